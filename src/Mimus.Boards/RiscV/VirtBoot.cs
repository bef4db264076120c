using System.Buffers.Binary;
using Mimus.Boards.DeviceTrees;
using Mimus.Boards.Loading;
using Mimus.Core.Memory;
using Mimus.Isa.RiscV;

namespace Mimus.Boards.RiscV;

/// <summary>Loads firmware, kernel, initial RAM disk and device tree of the <c>virt</c> board and decides where harts begin.</summary>
internal sealed class VirtBoot(BoardBuilder builder, MachineConfiguration configuration, DeviceTreeNode tree, AddressRange ram)
{
    private static readonly ElfTarget s_elfTarget = new("RISC-V", Machine: 243);

    private const ulong TwoMegabytes = 2ul << 20;

    // The header of a Linux kernel image for RISC-V (Linux, Documentation/arch/riscv/boot-image-header.rst).
    private const int ImageSizeAt = 16, ImageMagicAt = 56, ImageHeaderSize = 64;
    private const uint ImageMagic = 0x05435352;

    /// <summary>The small program at the reset vector: hart id to a0, tree to a1, information for firmware to a2, and go.</summary>
    private static readonly uint[] s_resetCode =
    [
        0x00000297, // auipc t0, 0
        0x02828613, // addi  a2, t0, 40
        0xf1402573, // csrr  a0, mhartid
        0x0202b583, // ld    a1, 32(t0)
        0x0182b283, // ld    t0, 24(t0)
        0x00028067, // jr    t0
    ];

    // What OpenSBI's fw_dynamic wants to know (OpenSBI, docs/firmware/fw_dynamic.md).
    private const ulong DynamicMagic = 0x4942534f, DynamicVersion = 2, NextModeSupervisor = 1;

    private ulong _kernelEntry, _firmwareEntry, _treeAddress;

    /// <summary>Whether the machine itself serves the operating system's calls, in place of code in M mode.</summary>
    public bool BuiltInFirmware => configuration.Firmware == "default";

    public void Load()
    {
        LoadFirmware();
        LoadKernel();
        foreach (var request in configuration.Loaders) LoadExtra(request);
        LoadTree();
        builder.Loader.LoadOwn(ResetProgram(), VirtLayout.BootRom.Start);
    }

    /// <summary>Puts memory and harts into the state from which the machine starts.</summary>
    public void Boot(IReadOnlyList<RiscVHart> harts)
    {
        builder.Loader.Fill();
        if (!BuiltInFirmware) return;
        foreach (var hart in harts) hart.PrepareForSupervisor();
        harts[0].Start(_kernelEntry, _treeAddress);
    }

    private void LoadFirmware()
    {
        _firmwareEntry = ram.Start;
        if (configuration.Firmware is "none" or "default") return;
        var source = ImageSource.Open(configuration.Firmware, "firmware");
        _firmwareEntry = ElfFile.IsElf(source)
            ? builder.Loader.LoadElf(source, s_elfTarget).Entry
            : builder.Loader.LoadRaw(source, ram.Start).Entry;
    }

    private void LoadKernel()
    {
        _kernelEntry = configuration.Firmware == "none" ? ram.Start : VirtLayout.KernelBase;
        if (!configuration.HasKernel)
        {
            if (configuration.InitrdPath is not null) throw new ConfigurationException("an initial RAM disk needs a kernel; give one with -kernel");
            return;
        }
        var source = configuration.KernelImage is { } given
            ? ImageSource.FromBytes(given, "kernel", configuration.KernelPath ?? "the built-in guest")
            : ImageSource.Open(configuration.KernelPath!, "kernel");
        var image = ElfFile.IsElf(source)
            ? builder.Loader.LoadElf(source, s_elfTarget)
            : builder.Loader.LoadRaw(source, _kernelEntry, LinuxExtent(source.Read(0, ImageHeaderSize)));
        _kernelEntry = image.Entry;
        if (configuration.Firmware == "none") _firmwareEntry = image.Entry;
        if (configuration.InitrdPath is { } initrd) LoadInitrd(initrd, image.End);
        if (configuration.CommandLine.Length > 0) tree.Child("chosen").Text("bootargs", configuration.CommandLine);
    }

    private void LoadInitrd(string path, ulong kernelEnd)
    {
        var source = ImageSource.Open(path, "initial RAM disk");
        // Far enough above the kernel for what it unpacks, and below the device tree.
        var wanted = Math.Max(kernelEnd, ram.Start + Math.Min(ram.Length / 2, 512ul << 20));
        var image = builder.Loader.LoadRaw(source, AlignUp(wanted, 4096));
        tree.Child("chosen").Wide("linux,initrd-start", image.Start).Wide("linux,initrd-end", image.End);
    }

    private void LoadExtra(LoaderRequest request)
    {
        var source = ImageSource.Open(request.Path, "file");
        if (request.Address is { } address) builder.Loader.LoadRaw(source, address);
        else if (ElfFile.IsElf(source)) builder.Loader.LoadElf(source, s_elfTarget);
        else throw new ConfigurationException($"file '{request.Path}' is not an ELF file and so needs an address: -device loader,file=FILE,addr=ADDRESS");
    }

    private void LoadTree()
    {
        var root = tree;
        if (configuration.DeviceTreePath is { } path)
        {
            try
            {
                using var source = ImageSource.Open(path, "device tree");
                root = DeviceTreeReader.Read(source.ReadAll());
            }
            catch (FormatException e)
            {
                throw new ConfigurationException($"'{path}' is not a usable device tree: {e.Message}; make one with dtc, or leave -dtb out");
            }
            // What belongs to this run comes from this run: the kernel's arguments and where its RAM disk is.
            foreach (var (name, value) in tree.Child("chosen").Properties) root.Child("chosen").Set(name, value);
        }
        else
        {
            var seed = new byte[32];
            builder.Entropy.Fill(seed);
            tree.Child("chosen").Set("rng-seed", seed);
        }
        var data = DeviceTreeWriter.Write(root);
        builder.DeviceTree = data;
        // Near the end of memory, but inside the part that 32-bit addresses and early page tables reach.
        var end = Math.Min(ram.Start + ram.Length, ram.Start + (1ul << 30));
        var room = (ulong)data.Length;
        _treeAddress = ram.Length > 4 * TwoMegabytes ? (end - room) & ~(TwoMegabytes - 1) : (end - room) & ~7ul;
        builder.Loader.LoadRaw(ImageSource.FromBytes(data, "the", "device tree"), _treeAddress);
    }

    private byte[] ResetProgram()
    {
        var program = new byte[88];
        for (var i = 0; i < s_resetCode.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(program.AsSpan(i * 4), s_resetCode[i]);
        ulong[] data = [_firmwareEntry, _treeAddress, DynamicMagic, DynamicVersion, _kernelEntry, NextModeSupervisor, 0, 0];
        for (var i = 0; i < data.Length; i++) BinaryPrimitives.WriteUInt64LittleEndian(program.AsSpan(24 + (i * 8)), data[i]);
        return program;
    }

    /// <summary>How much memory a Linux kernel image takes; 0 for other things.</summary>
    private static ulong LinuxExtent(ReadOnlySpan<byte> header) =>
        header.Length >= ImageHeaderSize && BinaryPrimitives.ReadUInt32LittleEndian(header[ImageMagicAt..]) == ImageMagic
            ? BinaryPrimitives.ReadUInt64LittleEndian(header[ImageSizeAt..])
            : 0;

    private static ulong AlignUp(ulong value, ulong alignment) => (value + alignment - 1) & ~(alignment - 1);
}
