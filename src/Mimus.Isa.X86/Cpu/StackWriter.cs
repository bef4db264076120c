namespace Mimus.Isa.X86;

/// <summary>Pushes on a stack that the processor is about to switch to or has: the stack pointer moves only when all is written.</summary>
internal ref struct StackWriter(X86Cpu cpu, in SegmentState segment, ulong pointer, int stackBits, bool isUser)
{
    private readonly X86Cpu _cpu = cpu;
    private readonly ulong _base = segment.Base, _low = segment.Low, _end = segment.WriteEnd;

    /// <summary>Where the stack pointer will be.</summary>
    public ulong Pointer { get; private set; } = pointer;

    /// <summary>Writes one item; false with the fault pending.</summary>
    public bool TryPush(int size, ulong value)
    {
        var next = Pointer - (ulong)size;
        if (stackBits < 64) next &= (1ul << stackBits) - 1;
        if (stackBits < 64 && (next < _low || next + (ulong)size > _end))
        {
            _cpu.RaiseTrap(Fault.StackSegment, 0);
            return false;
        }
        var address = stackBits == 64 ? next : (uint)(_base + next);
        if (!_cpu.TryWrite(address, size, isUser, isImplicit: !isUser, value)) return false;
        Pointer = next;
        return true;
    }
}
