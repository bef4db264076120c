using System.Globalization;
using System.Text;
using Iced.Intel;
using Mimus.Core.Cpus;
using Mimus.Isa.X86.Tests.Machines;
using Mimus.TestSupport;
using Mimus.Translation.Engine;

namespace Mimus.Isa.X86.Tests.Translated;

/// <summary>Random loops leave the evaluator and the translator in the same state, whether code is compiled by blocks or by regions.</summary>
public sealed class ProgramTests
{
    private const int WindowBytes = 1024, WindowMiddle = 512, Iterations = 4;

    [Theory]
    [InlineData(false, false, 8)]
    [InlineData(true, false, 12)]
    [InlineData(false, true, 8)]
    [InlineData(true, true, 12)]
    public void Random_loops_come_to_the_same(bool inRegions, bool withVectors, int length)
    {
        if (!TranslatorAccelerator.IsSupported) return;
        var seed = TestSeed.Value;
        var random = new Random(seed + (inRegions ? 1 : 0) + (withVectors ? 2 : 0));
        using var evaluated = new TestMachine();
        using var translated = new TestMachine(accelerator: new TranslatorAccelerator(
            new TranslatorOptions { BlockThreshold = 0, RegionThreshold = inRegions ? 0 : int.MaxValue, CodeBytes = 2 << 20 }));
        LongMode.Enter(evaluated);
        LongMode.Enter(translated);
        var program = new RandomProgram(random, i => withVectors || IsGeneral(i));
        for (long i = 0; i < FuzzBudget.Or(1500); i++)
        {
            var pieces = program.Make(1 + random.Next(length));
            var state = random.Next();
            if (Difference(evaluated, translated, pieces, state) is null) continue;
            // The fewest pieces that still differ.
            for (var at = 0; at < pieces.Count;)
            {
                List<byte[]> fewer = [.. pieces[..at], .. pieces[(at + 1)..]];
                if (Difference(evaluated, translated, fewer, state) is null) at++;
                else pieces = fewer;
            }
            Assert.Fail($"seed {seed}, program {i}: evaluated, translated\n{Difference(evaluated, translated, pieces, state)}{Disassemble(RandomProgram.Assemble(pieces))}");
        }
    }

    private static bool IsGeneral(Instruction instruction)
    {
        for (var i = 0; i < instruction.OpCount; i++)
        {
            if (instruction.GetOpKind(i) == OpKind.Register && !instruction.GetOpRegister(i).IsGPR()) return false;
        }
        return instruction.Mnemonic.ToString()[0] != 'F';
    }

    private static string? Difference(TestMachine evaluated, TestMachine translated, List<byte[]> pieces, int seed)
    {
        var code = RandomProgram.Assemble(pieces);
        Run(evaluated, code, seed);
        Run(translated, code, seed);
        var s = new StringBuilder();
        ref X86State a = ref evaluated.State, b = ref translated.State;
        for (var i = 0; i < 16; i++) Add($"r{i}", a.General[i], b.General[i]);
        Add("rip", a.Rip, b.Rip);
        Add("flags", evaluated.Cpu.Flags, translated.Cpu.Flags);
        Add("mxcsr", a.Mxcsr, b.Mxcsr);
        Add("retired", a.Retired, b.Retired);
        for (var i = 0; i < 16; i++)
        {
            for (var part = 0; part < 4; part++) Add($"ymm{i}[{part}]", a.VectorParts(i)[part], b.VectorParts(i)[part]);
        }
        Span<byte> x = evaluated.Bytes(LongMode.Data, WindowBytes), y = translated.Bytes(LongMode.Data, WindowBytes);
        for (var i = 0; i < WindowBytes; i += 8) Add($"[{i - WindowMiddle}]", BitConverter.ToUInt64(x[i..]), BitConverter.ToUInt64(y[i..]));
        return s.Length == 0 ? null : s.ToString();

        void Add(string name, ulong first, ulong second)
        {
            if (first != second) s.AppendLine(CultureInfo.InvariantCulture, $"  {name}: {first:x16} {second:x16}");
        }
    }

    private static void Run(TestMachine machine, byte[] code, int seed)
    {
        var random = new Random(seed);
        machine.Load(LongMode.Code, code);
        random.NextBytes(machine.Bytes(LongMode.Data, WindowBytes));
        LongMode.Enter(machine);
        ref var state = ref machine.State;
        state.Cr2 = state.Retired = 0;
        for (var i = 0; i < 16; i++) state.General[i] = random.Next(3) == 0 ? (ulong)random.Next(-200, 200) : (ulong)random.NextInt64(long.MinValue, long.MaxValue);
        for (var i = 0; i < 16; i++)
        {
            for (var part = 0; part < 4; part++) state.VectorParts(i)[part] = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
        }
        state.General[Slot.Rbx] = LongMode.Data + WindowMiddle;
        state.General[Slot.Rsi] = (ulong)random.Next(-8, 8);
        state.General[Slot.Rsp] = LongMode.Stack;
        state.General[15] = Iterations;
        state.Mxcsr = 0x1f80;
        machine.Cpu.Flags = ((ulong)random.NextInt64() & EFlags.Arithmetic) | EFlags.Fixed;
        state.Rip = LongMode.Code;
        state.Activity = Activity.Running;
        Assert.Equal(VcpuExit.Halted, machine.Vcpu.Run());
    }

    private static string Disassemble(byte[] code)
    {
        var s = new StringBuilder();
        var decoder = Iced.Intel.Decoder.Create(64, code);
        decoder.IP = LongMode.Code;
        while (decoder.IP < LongMode.Code + (ulong)code.Length) s.AppendLine(CultureInfo.InvariantCulture, $"  {decoder.IP:x}: {decoder.Decode()}");
        return s.ToString();
    }
}
