namespace Mimus.Isa.X86.Instructions;

/// <summary>Vector work as plain methods.</summary>
public static unsafe class VectorHelpers
{
    /// <summary>What <see cref="Apply"/> is told: from the lowest byte on the numbers of target and operands and how many bytes count, and in the upper half the control.</summary>
    public static ulong Pack(int bytes, int target, int a, int b, int control) =>
        (ulong)(uint)target | ((ulong)(uint)a << 8) | ((ulong)(uint)b << 16) | ((ulong)(uint)bytes << 24) | ((ulong)(uint)control << 32);

    /// <summary>Carries out an operation on registers.</summary>
    public static ulong Apply(EmulatedCpu cpu, ulong operation, ulong registers)
    {
        VectorTable.Apply((X86Cpu)cpu, (VectorOperation)operation, (byte)(registers >> 24), (byte)registers, (byte)(registers >> 8), (byte)(registers >> 16), (int)(registers >> 32));
        return 0;
    }

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
