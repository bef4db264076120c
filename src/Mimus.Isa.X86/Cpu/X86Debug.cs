using Mimus.Core.Cpus;

namespace Mimus.Isa.X86;

/// <summary>A processor as a debugger sees it: gdb's numbers for x86-64.</summary>
internal sealed class X86Debug(X86Cpu cpu) : ICpuDebug
{
    private const int RipNumber = 16, FlagsNumber = 17, FirstSegment = 18, LastSegment = 23;

    /// <summary>gdb's order of the general registers, by our numbers.</summary>
    private static readonly byte[] s_order = [Slot.Rax, Slot.Rbx, Slot.Rcx, Slot.Rdx, Slot.Rsi, Slot.Rdi, Slot.Rbp, Slot.Rsp, 8, 9, 10, 11, 12, 13, 14, 15];

    private static readonly string[] s_names =
        ["rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"];

    private static readonly SegmentNumber[] s_segments = [SegmentNumber.Cs, SegmentNumber.Ss, SegmentNumber.Ds, SegmentNumber.Es, SegmentNumber.Fs, SegmentNumber.Gs];

    public string Architecture => "i386:x86-64";

    public IReadOnlyList<DebugFeature> Features { get; } =
    [
        new("org.gnu.gdb.i386.core", "",
        [
            .. s_names.Select((name, i) => new DebugRegister(i, name, 64, name is "rbp" or "rsp" ? "data_ptr" : "int64", null)),
            new(RipNumber, "rip", 64, "code_ptr", null),
            new(FlagsNumber, "eflags", 32, "int32", null),
            .. s_segments.Select((segment, i) => new DebugRegister(FirstSegment + i, segment.ToString().ToLowerInvariant(), 32, "int32", null)),
        ]),
    ];

    public ulong ProgramCounter
    {
        get => cpu.ProgramCounter;
        set => cpu.ProgramCounter = value;
    }

    public string Status => cpu.IsStopped ? "halted" : cpu.IsReal ? "real mode" : cpu.IsVirtual8086 ? "virtual-8086 mode" : $"CPL{cpu.Cpl}";

    public bool TryReadRegister(int number, out ulong value)
    {
        ref var state = ref cpu.Registers;
        value = number switch
        {
            >= 0 and < RipNumber => state.General[s_order[number]],
            RipNumber => state.Rip,
            FlagsNumber => cpu.Flags,
            >= FirstSegment and <= LastSegment => state.Segment(s_segments[number - FirstSegment]).Selector,
            _ => 0,
        };
        return number is >= 0 and <= LastSegment;
    }

    public bool TryWriteRegister(int number, ulong value)
    {
        ref var state = ref cpu.Registers;
        switch (number)
        {
            case >= 0 and < RipNumber: state.General[s_order[number]] = value; return true;
            case RipNumber: state.Rip = value; return true;
            case FlagsNumber: cpu.Flags = value; return true;
            default: return false;
        }
    }

    public bool TryTranslate(ulong virtualAddress, out ulong physicalAddress) => cpu.TryPeek(virtualAddress, out physicalAddress);
}
