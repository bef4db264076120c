using System.Buffers.Binary;
using Mimus.Boards.Loading;

namespace Mimus.Boards.Pc.Boot;

/// <summary>An ELF kernel with the entry of Xen's PVH guests (Xen, docs/misc/pvh.pandoc and xen/include/public/arch-x86/hvm/start_info.h).</summary>
internal sealed class PvhKernel : IKernelProtocol
{
    private const string NoteName = "Xen";
    private const uint EntryNote = 18; // XEN_ELFNOTE_PHYS32_ENTRY
    private const uint Magic = 0x336ec578, Version = 1;
    private const int InfoLength = 56, ModuleLength = 32;
    private const int MapPadding = 4;

    public KernelStart? TryLoad(ImageSource kernel, BootArea area)
    {
        if (!ElfFile.IsElf(kernel)) return null;
        var elf = MemoryLoader.ParseElf(kernel, KernelLoader.ElfTarget);
        if (elf.FindNote(NoteName, EntryNote) is not { Length: >= sizeof(uint) } note) return null;
        var image = area.Loader.LoadElf(kernel, elf);
        var initrd = area.LoadInitrd(PcLayout.FourGiB, image.End);

        var info = new byte[InfoLength];
        Set(info, 0, Magic);
        Set(info, 4, Version);
        if (initrd is { } loaded)
        {
            var module = new byte[ModuleLength];
            SetLong(module, 0, loaded.Start);
            SetLong(module, 8, loaded.End - loaded.Start);
            Set(info, 12, 1);
            SetLong(info, 16, area.Place(module));
        }
        SetLong(info, 24, area.Place(area.CommandLine));
        SetLong(info, 32, area.AcpiRoot);
        SetLong(info, 40, area.Place(MemoryMapEntry.ToBytes(area.Map, after: MapPadding)));
        Set(info, 48, (uint)area.Map.Count);
        return new KernelStart(BinaryPrimitives.ReadUInt32LittleEndian(note), Ebx: area.Place(info));
    }

    private static void Set(byte[] data, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(at), value);

    private static void SetLong(byte[] data, int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(data.AsSpan(at), value);
}
