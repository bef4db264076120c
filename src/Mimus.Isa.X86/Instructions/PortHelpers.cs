namespace Mimus.Isa.X86.Instructions;

/// <summary>Accesses to ports, through their own address space.</summary>
internal static class PortHelpers
{
    public static ulong Input(EmulatedCpu cpu, ulong port, ulong size)
    {
        var x86 = (X86Cpu)cpu;
        return x86.TryPort(port, (int)size) ? x86.Ports.Read((ushort)port, (int)size) : 0;
    }

    /// <summary>The size is above the port.</summary>
    public static ulong Output(EmulatedCpu cpu, ulong portAndSize, ulong value)
    {
        var x86 = (X86Cpu)cpu;
        var port = (ulong)(ushort)portAndSize;
        var size = (int)(portAndSize >> 32);
        if (x86.TryPort(port, size)) x86.Ports.Write((ushort)port, size, (uint)value);
        return 0;
    }
}
