namespace Mimus.Isa.X86.Instructions;

/// <summary>Accesses to ports, through their own address space.</summary>
internal static class PortHelpers
{
    public static ulong Input(EmulatedCpu cpu, ulong port, ulong size)
    {
        var x86 = (X86Cpu)cpu;
        return x86.TryPort(port, (int)size) ? Read(x86, port, (int)size) : 0;
    }

    /// <summary>The size is above the port.</summary>
    public static ulong Output(EmulatedCpu cpu, ulong portAndSize, ulong value)
    {
        var x86 = (X86Cpu)cpu;
        var port = (ulong)(ushort)portAndSize;
        var size = (int)(portAndSize >> 32);
        if (x86.TryPort(port, size)) Write(x86, port, size, value);
        return 0;
    }

    /// <summary>Where a device does not have all of the ports, each of them is read by itself; nobody answering gives ones.</summary>
    private static ulong Read(X86Cpu cpu, ulong port, int size)
    {
        if (cpu.Ports.Find(port) is { Device: not null } region && region.Range.Contains(port, (ulong)size)) return region.Read(port, size);
        if (size == 1) return 0xff;
        var half = size / 2;
        return Read(cpu, port, half) | (Read(cpu, port + (ulong)half, half) << (8 * half));
    }

    private static void Write(X86Cpu cpu, ulong port, int size, ulong value)
    {
        if (cpu.Ports.Find(port) is { Device: not null } region && region.Range.Contains(port, (ulong)size))
        {
            region.Write(port, size, value);
            return;
        }
        if (size == 1) return;
        var half = size / 2;
        Write(cpu, port, half, value);
        Write(cpu, port + (ulong)half, half, value >> (8 * half));
    }
}
