namespace Mimus.Isa.X86.Instructions;

/// <summary>Flags that privilege protects.</summary>
public static class FlagHelpers
{
    /// <summary>The arithmetic flags, where their kind is not known beforehand.</summary>
    public static ulong Read(EmulatedCpu cpu, ulong unused, ulong unused2) => ((X86Cpu)cpu).FlagReader!.ReadFlags();

    /// <summary>STAC and CLAC.</summary>
    public static ulong SetAccess(EmulatedCpu cpu, ulong on, ulong unused)
    {
        var x86 = (X86Cpu)cpu;
        if (x86.Cpl != 0 || x86.IsVirtual8086) x86.Refuse(Fault.InvalidOpcode, 0);
        else if (on != 0) x86.Registers.SystemFlags |= EFlags.AlignmentCheck;
        else x86.Registers.SystemFlags &= ~EFlags.AlignmentCheck;
        return 0;
    }
}
