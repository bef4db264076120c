namespace Mimus.Isa.X86.Instructions;

/// <summary>Segment registers and questions about descriptors.</summary>
internal static class SegmentHelpers
{
    private const ulong Seen = 1ul << 63;

    public static ulong Load(EmulatedCpu cpu, ulong number, ulong selector)
    {
        var x86 = (X86Cpu)cpu;
        if (number is (ulong)SegmentNumber.Cs or > (ulong)SegmentNumber.Gs) x86.Refuse(Fault.InvalidOpcode, 0);
        else x86.TryLoadSegment((SegmentNumber)number, (ushort)selector);
        return 0;
    }

    public static ulong LoadLocalTable(EmulatedCpu cpu, ulong selector, ulong unused)
    {
        var x86 = (X86Cpu)cpu;
        if (x86.TryRequireProtected()) x86.TryLoadLocalTable((ushort)selector);
        return 0;
    }

    public static ulong LoadTask(EmulatedCpu cpu, ulong selector, ulong unused)
    {
        var x86 = (X86Cpu)cpu;
        if (x86.TryRequireProtected()) x86.TryLoadTask((ushort)selector);
        return 0;
    }

    public static ulong SystemSelector(EmulatedCpu cpu, ulong number, ulong unused)
    {
        var x86 = (X86Cpu)cpu;
        return x86.TryRequireProtected() && x86.TryRequireUnrestricted() ? x86.Registers.Segment((SegmentNumber)number).Selector : 0;
    }

    public static ulong RequireProtected(EmulatedCpu cpu, ulong a, ulong b) => ((X86Cpu)cpu).TryRequireProtected() ? 1u : 0u;

    public static ulong VerifyReading(EmulatedCpu cpu, ulong selector, ulong unused) =>
        TryVisible(cpu, selector, out var descriptor) && !descriptor.IsSystem && descriptor.IsReadable ? 1u : 0u;

    public static ulong VerifyWriting(EmulatedCpu cpu, ulong selector, ulong unused) =>
        TryVisible(cpu, selector, out var descriptor) && descriptor.IsWritableData ? 1u : 0u;

    /// <summary>LAR: the second word of the descriptor without its base and limit.</summary>
    public static ulong Rights(EmulatedCpu cpu, ulong selector, ulong unused)
    {
        if (!TryVisible(cpu, selector, out var descriptor)) return 0;
        var isKnown = !descriptor.IsSystem || descriptor.Type is Descriptor.Tss or Descriptor.BusyTss or Descriptor.Ldt or Descriptor.CallGate
            || (!((X86Cpu)cpu).IsLongActive && descriptor.Type is Descriptor.Tss16 or Descriptor.BusyTss16 or Descriptor.CallGate16 or Descriptor.TaskGate);
        return isKnown ? ((descriptor.Low >> 32) & 0xf0ff00) | Seen : 0;
    }

    /// <summary>LSL.</summary>
    public static ulong LimitOf(EmulatedCpu cpu, ulong selector, ulong unused)
    {
        if (!TryVisible(cpu, selector, out var descriptor)) return 0;
        var hasLimit = !descriptor.IsSystem || descriptor.Type is Descriptor.Tss or Descriptor.BusyTss or Descriptor.Ldt
            || (!((X86Cpu)cpu).IsLongActive && descriptor.Type is Descriptor.Tss16 or Descriptor.BusyTss16);
        return hasLimit ? descriptor.Limit | Seen : 0;
    }

    /// <summary>Whether a program at this privilege can see a descriptor; no fault when not, but page faults are pending.</summary>
    private static bool TryVisible(EmulatedCpu cpu, ulong selector, out Descriptor descriptor)
    {
        var x86 = (X86Cpu)cpu;
        descriptor = default;
        if (!x86.TryRequireProtected() || (selector & 0xfffc) == 0 || !x86.TryLocate((ushort)selector, out var address)) return false;
        if (!x86.TryReadSystem(address, 8, out var low)) return false;
        descriptor = new Descriptor(low);
        return descriptor.IsConforming || (ulong)descriptor.Privilege >= Math.Max(x86.Cpl, selector & 3);
    }
}
