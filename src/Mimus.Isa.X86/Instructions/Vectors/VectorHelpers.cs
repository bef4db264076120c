namespace Mimus.Isa.X86.Instructions;

/// <summary>Vector work that gives a general register's value.</summary>
internal static unsafe class VectorHelpers
{
    /// <summary>The highest bits of all lanes; the argument has the register and, above it, how many bytes count.</summary>
    public static ulong Mask(EmulatedCpu cpu, ulong argument, ulong laneBytes)
    {
        var lanes = (byte*)(cpu.Slots + Slot.Vector((int)(argument & 0xff)));
        ulong mask = 0;
        for (var lane = 0; lane < (int)((argument >> 8) / laneBytes); lane++)
        {
            if ((lanes[((lane + 1) * (int)laneBytes) - 1] & 0x80) != 0) mask |= 1ul << lane;
        }
        return mask;
    }
}
