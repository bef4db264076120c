using Mimus.Core.Cpus;
using Mimus.Core.Diagnostics;
using Mimus.Core.Memory;
using Mimus.Core.Timing;
using Mimus.Isa.RiscV;
using Mimus.Translation.Engine;
using Mimus.Translation.Ir;
using Mimus.Translation.Tests.X64.Execution;

namespace Mimus.Translation.Tests;

/// <summary>What is said of compiled code: in the log, to perf, in numbers.</summary>
public sealed class ListingTests
{
    private const ulong Start = 0x8000_0000;

    /// <summary>li a0, 100; loop: addi a1, a1, 3; addi a0, a0, -1; bnez a0, loop; wfi; j . - 4.</summary>
    private static readonly uint[] s_program = [0x0640_0513, 0x0035_8593, 0xfff5_0513, 0xfe05_1ce3, 0x1050_0073, 0xffdf_f06f];

    [FactOnHost]
    public void The_log_has_the_instructions_the_operations_and_the_code()
    {
        var log = Run(LogItems.Instructions | LogItems.Operations | LogItems.MachineCode, null, new TranslatorOptions(), out _);
        Assert.Contains("IN: hart0 block 0x80000004\n0x0000000080000004: 00358593  addi\n0x0000000080000008: fff50513  addi\n0x000000008000000c: fe051ce3  bne\n", log, StringComparison.Ordinal);
        Assert.Contains("OP:\nblock 0x80000004..0x80000010\n", log, StringComparison.Ordinal);
        Assert.Matches(@"OUT: \[size=\d+\]\n0x[0-9a-f]{16}:  [0-9a-f]{2} ", log);
        // What is printed as operations is a unit again.
        var text = log[(log.IndexOf("OP:\n", StringComparison.Ordinal) + 4)..];
        Assert.Null(IrVerifier.FindFault(IrParser.Parse(text[..text.IndexOf("OUT:", StringComparison.Ordinal)])));
    }

    [FactOnHost]
    public void Code_elsewhere_is_not_told_of() =>
        Assert.Equal("", Run(LogItems.Instructions | LogItems.Operations | LogItems.MachineCode, new AddressFilter([(0, Start - 1)]), new TranslatorOptions(), out _));

    [FactOnHost]
    public void Only_what_was_asked_for_is_told()
    {
        var log = Run(LogItems.Operations, null, new TranslatorOptions(), out _);
        Assert.Contains("OP:", log, StringComparison.Ordinal);
        Assert.DoesNotContain("IN:", log, StringComparison.Ordinal);
        Assert.DoesNotContain("OUT:", log, StringComparison.Ordinal);
    }

    [FactOnHost]
    public void Perf_gets_a_line_for_each_piece_of_code()
    {
        Run(LogItems.None, null, new TranslatorOptions { WritesPerfMap = true }, out _);
        Run(LogItems.None, null, new TranslatorOptions { WritesPerfMap = true, RegionThreshold = 0 }, out _);
        var path = $"/tmp/perf-{Environment.ProcessId}.map";
        var lines = File.ReadAllLines(path);
        File.Delete(path);
        Assert.All(lines, l => Assert.Matches("^[0-9a-f]+ [0-9a-f]+ guest ", l));
        Assert.Contains(lines, l => l.EndsWith(" guest 0x80000004 block", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.EndsWith(" guest 0x80000004 region", StringComparison.Ordinal));
    }

    [FactOnHost]
    public void Every_instruction_is_counted_once()
    {
        Run(LogItems.None, null, new TranslatorOptions(), out var numbers);
        Assert.Equal(302ul, numbers["instructions translated"] + numbers["instructions interpreted"]);
        Assert.True(numbers["instructions translated"] > 250);
        Assert.Equal(1ul, numbers["blocks compiled"]);
        Assert.Equal(3ul, numbers["guest instructions compiled"]);
        Assert.InRange(numbers["code memory in use (bytes)"], numbers["machine code made (bytes)"], numbers["code memory (bytes)"]);
    }

    /// <summary>Runs the program until it waits.</summary>
    private static string Run(LogItems items, AddressFilter? filter, TranslatorOptions options, out Dictionary<string, ulong> numbers)
    {
        var text = new StringWriter { NewLine = "\n" };
        var log = new MachineLog(text, items) { Filter = filter };
        var bus = new AddressSpace();
        using var memory = new GuestMemory();
        var ram = memory.Add("ram", new AddressRange(Start, 1 << 20));
        bus.Map(ram);
        for (var i = 0; i < s_program.Length; i++) BitConverter.TryWriteBytes(ram.Bytes((ulong)i * 4, 4), s_program[i]);
        using var hart = new RiscVHart(0, new RiscVConfiguration(), bus, new TickCounter(new VirtualClock(), 10_000_000), log);
        hart.ProgramCounter = Start;
        using var accelerator = new TranslatorAccelerator(options);
        using var vcpu = accelerator.CreateVcpu(hart, new VcpuEnvironment(bus, memory, new DebugPoints(), log));
        Assert.Equal(VcpuExit.Halted, vcpu.Run());
        numbers = ((IEngineStatistics)vcpu).Numbers.ToDictionary(n => n.Name, n => n.Value);
        return text.ToString();
    }
}
