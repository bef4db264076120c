using System.Globalization;
using System.Text;
using Iced.Intel;
using Mimus.Core.Cpus;
using Mimus.Isa.X86.Tests.Machines;
using Mimus.Translation.Engine;

namespace Mimus.Isa.X86.Tests.Host;

/// <summary>The same instruction with the same registers on the host CPU and on Mimus, and what came out different.</summary>
internal sealed unsafe class HostComparison : IDisposable
{
    /// <summary>The window that memory operands reach, and where <c>rbx</c> points in it.</summary>
    private const int WindowBytes = 512, WindowMiddle = 256;

    private static readonly ulong[] s_interesting =
        [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0x7fffffffffffffff, 0x8000000000000000, ulong.MaxValue];

    /// <summary>Numbers of both formats at their edges: zeroes, ones, the least and the greatest, infinities, NaNs.</summary>
    private static readonly ulong[] s_numbers =
    [
        0, 1ul << 63, 0x3ff0000000000000, 0xbff0000000000000, 0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000, 0x7ff0000000000001, 1, 0x000fffffffffffff,
        0x0010000000000000, 0x7fefffffffffffff, 0x3f8000003f800000, 0x7f8000007f800000, 0x7fc000007f800001, 0x0000000100800000, 0x7f7fffff80000000, 0x40490fdb3eaaaaab,
        0x41dfffffffc00000, 0x4effffff4f000000, 0x43e0000000000000,
    ];

    private readonly Random _random;
    private readonly TestMachine _machine;
    private readonly HostRunner _host;
    private readonly Mimus.Host.MemoryMapping _window = Mimus.Host.MemoryMapping.Anonymous(8192);
    private readonly bool _withLegacyFloats, _isTranslated;
    private readonly byte[] _windowBefore = new byte[WindowBytes];
    private HostState _before;

    public HostComparison(Random random, bool withLegacyFloats, bool isTranslated)
    {
        _isTranslated = isTranslated;
        _machine = new TestMachine(accelerator: isTranslated
            ? new TranslatorAccelerator(new TranslatorOptions { BlockThreshold = 0, RegionThreshold = int.MaxValue, CodeBytes = 1 << 20 }) : null);
        _random = random;
        _withLegacyFloats = withLegacyFloats;
        _host = new HostRunner(withLegacyFloats);
        LongMode.Enter(_machine);
        // The window is at the same address for both.
        var freeTable = 0x100000ul;
        LongMode.Map(_machine, (ulong)_window.Pointer, LongMode.Data, ref freeTable);
        LongMode.Map(_machine, (ulong)_window.Pointer + 4096, LongMode.Data + 4096, ref freeTable);
    }

    /// <summary>How many cases were compared.</summary>
    public long Compared { get; private set; }

    /// <summary>How many were not, because Mimus found that they fault.</summary>
    public long Faulted { get; private set; }

    public Func<Instruction, ulong>? FurtherUndefined { get; set; }

    /// <summary>Runs an instruction with so many sets of registers; what was different the first time, or null.</summary>
    public string? Run(byte[] bytes, in Instruction instruction, int cases)
    {
        _host.SetInstruction(bytes);
        _machine.Load(LongMode.Code, bytes);
        _machine.Load(LongMode.Code + (ulong)bytes.Length, [0xf4, 0xf4]);
        _machine.Vcpu.Forget();
        var flags = (EFlags.Arithmetic | EFlags.Direction) & ~Undefined(instruction);
        for (var i = 0; i < cases; i++)
        {
            MakeState(instruction);
            if (!RunGuest())
            {
                Faulted++;
                continue;
            }
            RunHost();
            Compared++;
            // How far a step of a remainder goes is each processor's own.
            if (instruction.Mnemonic is Mnemonic.Fprem or Mnemonic.Fprem1 && (_host.State->Fx[0] & (0x400ul << 16)) != 0) continue;
            if (Differs(flags)) return Describe(bytes, instruction, flags);
        }
        return null;
    }

    public void Dispose()
    {
        _machine.Dispose();
        _host.Dispose();
        _window.Dispose();
    }

    private static ulong Undefined(in Instruction instruction)
    {
        var undefined = instruction.RflagsUndefined;
        ulong mask = 0;
        if ((undefined & RflagsBits.CF) != 0) mask |= EFlags.Carry;
        if ((undefined & RflagsBits.PF) != 0) mask |= EFlags.Parity;
        if ((undefined & RflagsBits.AF) != 0) mask |= EFlags.Adjust;
        if ((undefined & RflagsBits.ZF) != 0) mask |= EFlags.Zero;
        if ((undefined & RflagsBits.SF) != 0) mask |= EFlags.Sign;
        if ((undefined & RflagsBits.OF) != 0) mask |= EFlags.Overflow;
        // Of shifts and rotations by more than one place the overflow flag means nothing.
        if (instruction.Mnemonic is Mnemonic.Shl or Mnemonic.Sal or Mnemonic.Shr or Mnemonic.Sar or Mnemonic.Rol or Mnemonic.Ror or Mnemonic.Rcl or Mnemonic.Rcr
            or Mnemonic.Shld or Mnemonic.Shrd) mask |= EFlags.Overflow | (instruction.Mnemonic is Mnemonic.Rol or Mnemonic.Ror or Mnemonic.Rcl or Mnemonic.Rcr ? 0 : EFlags.Adjust);
        // A shift by more than the operand's width leaves a carry that means nothing.
        if (instruction.Mnemonic is Mnemonic.Shl or Mnemonic.Sal or Mnemonic.Shr or Mnemonic.Shld or Mnemonic.Shrd) mask |= EFlags.Carry & NarrowCarry(instruction);
        return mask;
    }

    private static ulong NarrowCarry(in Instruction instruction)
    {
        var size = instruction.Op0Kind == OpKind.Register ? instruction.Op0Register.GetSize() : instruction.MemorySize.GetSize();
        return size < 4 ? ulong.MaxValue : 0;
    }

    private void MakeState(in Instruction instruction)
    {
        for (var i = 0; i < 16; i++) _before.Registers[i] = RandomValue();
        _before.Registers[Slot.Rbx] = (ulong)_window.Pointer + WindowMiddle;
        _before.Registers[Slot.Rsi] = (ulong)_random.Next(-8, 8);
        _before.Registers[Slot.Rsp] = LongMode.Stack;
        _before.Flags = ((ulong)_random.NextInt64() & EFlags.Arithmetic) | EFlags.Fixed;
        _before.Mxcsr = 0x1f80 | ((ulong)_random.Next(4) << 13) | (_random.Next(8) == 0 ? 0x8000u : 0) | (_random.Next(8) == 0 ? 0x40u : 0);
        for (var i = 0; i < 64; i++) _before.Vectors[i] = RandomNumber();
        if (instruction.MemoryIndex.IsVectorRegister()) MakeIndices(instruction);
        if (instruction.Mnemonic is Mnemonic.Maskmovq or Mnemonic.Maskmovdqu or Mnemonic.Vmaskmovdqu) _before.Registers[Slot.Rdi] = _before.Registers[Slot.Rbx];
        if (_withLegacyFloats) MakeLegacyState();
        for (var i = 0; i < WindowBytes; i += 8) BitConverter.TryWriteBytes(_windowBefore.AsSpan(i), _random.Next(2) == 0 ? RandomValue() : RandomNumber());
    }

    /// <summary>The indices of a gather, which stay inside the window.</summary>
    private void MakeIndices(in Instruction instruction)
    {
        var isWide = instruction.Mnemonic is Mnemonic.Vpgatherqd or Mnemonic.Vpgatherqq or Mnemonic.Vgatherqps or Mnemonic.Vgatherqpd;
        for (var i = 0; i < Slot.VectorSlots; i++)
        {
            ulong low = (ulong)_random.Next(-8, 8), high = (ulong)_random.Next(-8, 8);
            _before.Vectors[(instruction.MemoryIndex.GetNumber() * Slot.VectorSlots) + i] = isWide ? low : (uint)low | (high << 32);
        }
    }

    /// <summary>An image for FXRSTOR: registers full of numbers, a few empty, all exceptions masked.</summary>
    private void MakeLegacyState()
    {
        ReadOnlySpan<uint> precisions = [0, 2, 3, 3];
        var control = 0x7fu | (precisions[_random.Next(4)] << 8) | ((uint)_random.Next(4) << 10);
        var used = _random.Next(3) == 0 ? (uint)_random.Next(256) : 0xffu;
        _before.Fx[0] = control | ((ulong)_random.Next(8) << (16 + 11)) | ((ulong)used << 32);
        _before.Fx[3] = _before.Mxcsr;
        for (var i = 0; i < 8; i++) (_before.Fx[4 + (i * 2)], _before.Fx[5 + (i * 2)]) = RandomExtended();
    }

    private (ulong Significand, ulong SignExponent) RandomExtended()
    {
        var sign = (ulong)_random.Next(2) << 15;
        ReadOnlySpan<ulong> significands = [1ul << 63, ulong.MaxValue, 0xc000000000000000, 0x8000000000000001, 0, 1, 0x7fffffffffffffff, 0xfffffffffffff800];
        var significand = _random.Next(3) == 0 ? significands[_random.Next(significands.Length)] : (ulong)_random.NextInt64(long.MinValue, long.MaxValue) | (_random.Next(20) == 0 ? 0 : 1ul << 63);
        return _random.Next(8) switch
        {
            0 => (significand, sign | 0x7fff),
            1 => (significand, sign),
            2 => (significand, sign | (uint)_random.Next(0x8000)),
            3 => (significand, sign | (uint)_random.Next(1, 70)),
            4 => (significand, sign | (uint)_random.Next(0x7fb0, 0x7fff)),
            _ => (significand, sign | (uint)(16383 + _random.Next(-70, 70))),
        };
    }

    private void SetLegacyState(ref X86State state)
    {
        (state.X87Control, state.X87Status, state.X87Used) = ((ushort)_before.Fx[0], (ushort)(_before.Fx[0] >> 16), (byte)(_before.Fx[0] >> 32));
        var top = (int)(state.X87Status >> 11) & 7;
        for (var i = 0; i < 16; i++) state.X87[PlaceOf(top, i)] = _before.Fx[4 + i];
    }

    /// <summary>Where the state keeps the halves of x87's registers, which an image has from the top on.</summary>
    private static int PlaceOf(int top, int half) => (((top + (half / 2)) & 7) * Slot.VectorSlots) + (half & 1);

    private bool LegacyDiffers(ref X86State state)
    {
        var fx = _host.State->Fx;
        var words = state.X87Control | (state.X87Status << 16) | (state.X87Used << 32);
        if (words != (fx[0] & 0xff_ffff_ffff)) return true;
        var top = (int)(state.X87Status >> 11) & 7;
        for (var i = 0; i < 16; i++)
        {
            if (state.X87[PlaceOf(top, i)] != ((i & 1) == 0 ? fx[4 + i] : (ushort)fx[4 + i])) return true;
        }
        return false;
    }

    private ulong RandomValue() => _random.Next(8) switch
    {
        0 => s_interesting[_random.Next(s_interesting.Length)],
        1 => (ulong)_random.Next(-300, 300),
        2 => 1ul << _random.Next(64),
        3 => (uint)_random.Next(int.MinValue, int.MaxValue),
        _ => (ulong)_random.NextInt64(long.MinValue, long.MaxValue),
    };

    private ulong RandomNumber() => _random.Next(6) switch
    {
        0 => s_numbers[_random.Next(s_numbers.Length)],
        1 => BitConverter.DoubleToUInt64Bits((_random.NextDouble() - 0.5) * Math.Pow(2, _random.Next(-70, 70))),
        2 => ((ulong)BitConverter.SingleToUInt32Bits((_random.NextSingle() - 0.5f) * MathF.Pow(2, _random.Next(-40, 40))) << 32)
            | BitConverter.SingleToUInt32Bits((_random.NextSingle() - 0.5f) * MathF.Pow(2, _random.Next(-40, 40))),
        3 => RandomValue(),
        _ => (ulong)_random.NextInt64(long.MinValue, long.MaxValue),
    };

    private bool RunGuest()
    {
        ref var state = ref _machine.State;
        for (var i = 0; i < 16; i++) state.General[i] = _before.Registers[i];
        for (var i = 0; i < 64; i++) state.Vectors[i] = _before.Vectors[i];
        _machine.Cpu.Flags = _before.Flags;
        if (_withLegacyFloats) SetLegacyState(ref state);
        state.Mxcsr = _before.Mxcsr;
        state.Rip = LongMode.Code;
        state.Activity = Activity.Running;
        _windowBefore.CopyTo(_machine.Bytes(LongMode.Data, WindowBytes));
        if (!_isTranslated) _machine.Vcpu.Step(StepOptions.HoldInterrupts);
        else if (_machine.Vcpu.Run() != VcpuExit.Halted) throw new InvalidOperationException($"the machine did not come to its HLT: {_machine.Cpu.Failure}");
        return LongMode.ExceptionAt(_isTranslated ? state.Rip - 1 : state.Rip) < 0;
    }

    private void RunHost()
    {
        *_host.State = _before;
        _windowBefore.CopyTo(new Span<byte>(_window.Pointer, WindowBytes));
        _host.Run();
    }

    private bool Differs(ulong flags)
    {
        ref var state = ref _machine.State;
        for (var i = 0; i < 16; i++)
        {
            if (i != Slot.Rsp && state.General[i] != _host.State->Registers[i]) return true;
        }
        if (((_machine.Cpu.Flags ^ _host.State->Flags) & flags) != 0 || state.Mxcsr != _host.State->Mxcsr) return true;
        for (var i = 0; i < 64; i++)
        {
            if (state.Vectors[i] != _host.State->Vectors[i]) return true;
        }
        if (_withLegacyFloats && LegacyDiffers(ref state)) return true;
        return !_machine.Bytes(LongMode.Data, WindowBytes).SequenceEqual(new ReadOnlySpan<byte>(_window.Pointer, WindowBytes));
    }

    private string Describe(byte[] bytes, in Instruction instruction, ulong flags)
    {
        var s = new StringBuilder();
        ref var state = ref _machine.State;
        s.AppendLine(CultureInfo.InvariantCulture, $"{Convert.ToHexString(bytes)} {instruction} ({instruction.Code}); before, host, Mimus:");
        for (var i = 0; i < 16; i++)
        {
            if (i != Slot.Rsp && (state.General[i] != _host.State->Registers[i] || i < 4))
                s.AppendLine(CultureInfo.InvariantCulture, $"  r{i}: {_before.Registers[i]:x16} {_host.State->Registers[i]:x16} {state.General[i]:x16}");
        }
        s.AppendLine(CultureInfo.InvariantCulture, $"  flags: {_before.Flags:x} {_host.State->Flags & flags:x} {_machine.Cpu.Flags & flags:x}; mxcsr {_before.Mxcsr:x} {_host.State->Mxcsr:x} {state.Mxcsr:x}");
        for (var i = 0; i < 64; i++)
        {
            if (state.Vectors[i] != _host.State->Vectors[i] || IsNamed(instruction, i / 4))
                s.AppendLine(CultureInfo.InvariantCulture, $"  ymm{i / 4}[{i % 4}]: {_before.Vectors[i]:x16} {_host.State->Vectors[i]:x16} {state.Vectors[i]:x16}");
        }
        if (_withLegacyFloats) DescribeLegacy(s, ref state);
        for (var i = 0; i < WindowBytes; i += 8)
        {
            var (host, mimus) = (*(ulong*)(_window.Pointer + i), BitConverter.ToUInt64(_machine.Bytes(LongMode.Data + (ulong)i, 8)));
            if (host != mimus) s.AppendLine(CultureInfo.InvariantCulture, $"  [{i - WindowMiddle}]: {BitConverter.ToUInt64(_windowBefore, i):x16} {host:x16} {mimus:x16}");
        }
        return s.ToString();
    }

    private void DescribeLegacy(StringBuilder s, ref X86State state)
    {
        var fx = _host.State->Fx;
        s.AppendLine(CultureInfo.InvariantCulture, $"  words: {_before.Fx[0]:x16} {fx[0]:x16} {state.X87Control | (state.X87Status << 16) | (state.X87Used << 32):x16}");
        var top = (int)(state.X87Status >> 11) & 7;
        for (var i = 0; i < 8; i++)
        {
            var at = PlaceOf(top, 2 * i);
            s.AppendLine(CultureInfo.InvariantCulture,
                $"  st{i}: {_before.Fx[5 + (2 * i)]:x4}.{_before.Fx[4 + (2 * i)]:x16} {(ushort)fx[5 + (2 * i)]:x4}.{fx[4 + (2 * i)]:x16} {state.X87[at + 1]:x4}.{state.X87[at]:x16}");
        }
    }

    private static bool IsNamed(in Instruction instruction, int vector)
    {
        for (var i = 0; i < instruction.OpCount; i++)
        {
            if (instruction.GetOpKind(i) == OpKind.Register && instruction.GetOpRegister(i).IsVectorRegister() && instruction.GetOpRegister(i).GetNumber() == vector) return true;
        }
        return false;
    }
}
