using Mimus.Core.Cpus;
using Mimus.Core.State;
using Mimus.Isa;

namespace Mimus.Translation.Tests.Ir;

/// <summary>A processor of no architecture: slots, and traps that are only noted.</summary>
internal sealed unsafe class FakeCpu : EmulatedCpu
{
    public const int SlotCount = 256;
    public const int FlagsSlot = 255;

    private readonly CpuMemory _memory; // keeps the slots alive

    public FakeCpu()
        : this(new CpuMemory(SlotCount * sizeof(ulong)))
    {
    }

    private FakeCpu(CpuMemory memory)
        : base(0, "fake", memory) => _memory = memory;

    public Span<ulong> AllSlots => new(Slots, SlotCount);

    public (int Cause, ulong Value) Trap => (TrapCause, TrapValue);

    public override int FloatFlagsSlot => FlagsSlot;

    public override int FetchContext => 0;

    public override int DataContext => 0;

    public override bool HasInterrupt => true;

    public override bool IsStopped => false;

    public override ulong ProgramCounter { get; set; }

    public ulong Retired { get; set; }

    public override ICpuDebug Debug => throw new NotSupportedException();

    public override bool TryTranslate(ulong address, int size, MemoryAccess access, out PageTranslation translation) => throw new NotSupportedException();

    public override void RaiseAccessFault(ulong address, MemoryAccess access) => RaiseTrap((int)access, address);

    public override void RaiseMisaligned(ulong address, MemoryAccess access) => RaiseTrap(8 + (int)access, address);

    public override void Attend() => GC.KeepAlive(_memory);

    public override void RecheckInterrupts()
    {
    }

    protected override void CountRetired(ulong instructions) => Retired += instructions;

    public override void Reset() => AllSlots.Clear();

    public override void State(StateVisitor v)
    {
    }

    public override void SetLine(int input, bool high)
    {
    }

    protected override void DeliverTrap(int cause, ulong value, ulong pc)
    {
    }
}
