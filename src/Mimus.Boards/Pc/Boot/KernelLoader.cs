using Mimus.Boards.Loading;

namespace Mimus.Boards.Pc.Boot;

/// <summary>Finds out what kind of kernel a file is, and loads it.</summary>
internal static class KernelLoader
{
    /// <summary>Kernels of both widths: a 32-bit entry is common to them.</summary>
    public static readonly ElfTarget ElfTarget = new("x86", Machine: 62, Machine32: 3);

    private static readonly IKernelProtocol[] s_protocols = [new LinuxKernel(), new Multiboot2Kernel(), new MultibootKernel(), new PvhKernel()];

    public static KernelStart Load(ImageSource kernel, BootArea area)
    {
        foreach (var protocol in s_protocols)
        {
            if (protocol.TryLoad(kernel, area) is { } start) return start;
        }
        throw new ConfigurationException(ElfFile.IsElf(kernel)
            ? $"{kernel} is an ELF file without a PVH note or a Multiboot header, so nothing says how to start it; use a bzImage, or link one of the two in"
            : $"{kernel} is none that a PC can start: it is no bzImage, no Multiboot kernel and no ELF file with a PVH note");
    }
}
