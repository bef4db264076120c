using Mimus.Core.Cpus;
using Mimus.Core.Memory;
using Mimus.Devices.Pci;
using Mimus.Isa;

namespace Mimus.Boards.Pc;

/// <summary>
/// The memory of a PC and the ROM of its firmware: below 1 MiB, each of thirteen segments shows one or the other, as the host bridge says. Memory
/// behind the screen is only for system management mode, which this board has no use for: its chip set tells firmware that it is set up.
/// </summary>
internal sealed class PcMemory : IShadowMemory
{
    private const ulong SegmentLength = 0x4000;

    private readonly AddressSpace _bus;
    private readonly IReadOnlyList<EmulatedCpu> _cpus;
    private readonly RamBlock _shadow;
    private readonly RamBlock? _rom;
    private readonly IoRegion?[] _segments = new IoRegion?[(int)((PcLayout.RomsEnd - PcLayout.Roms) / SegmentLength)];

    public PcMemory(BoardBuilder builder, ulong bytes, ulong low, byte[]? firmware)
    {
        _bus = builder.Bus;
        _cpus = builder.Cpus;
        builder.AddRam("ram-low", new AddressRange(0, Math.Min(low, PcLayout.Screen)));
        builder.AddRam("ram", new AddressRange(PcLayout.RomsEnd, low - PcLayout.RomsEnd));
        if (bytes > low) builder.AddRam("ram-high", new AddressRange(PcLayout.FourGiB, bytes - low));
        BelowFourGiB = low;
        AboveFourGiB = bytes - low;
        _shadow = builder.Memory.Add("ram-shadow", new AddressRange(PcLayout.Roms, PcLayout.RomsEnd - PcLayout.Roms));
        if (firmware is null) return;
        _rom = builder.AddRam("firmware", new AddressRange(PcLayout.FourGiB - (ulong)firmware.Length, (ulong)firmware.Length), readOnly: true);
        builder.Loader.LoadOwn(firmware, _rom.Range.Start);
    }

    public ulong BelowFourGiB { get; }

    public ulong AboveFourGiB { get; }

    /// <summary>The addresses that PCI devices can have: from the end of memory to the interrupt controllers, but for the chip set's own.</summary>
    public IEnumerable<AddressRange> PciWindows(AddressRange? own)
    {
        var end = PcLayout.IoApic.Start;
        if (own is not { } taken || taken.Start < BelowFourGiB || taken.Start >= end)
        {
            yield return new AddressRange(BelowFourGiB, end - BelowFourGiB);
            yield break;
        }
        if (taken.Start > BelowFourGiB) yield return new AddressRange(BelowFourGiB, taken.Start - BelowFourGiB);
        var behind = taken.Start + taken.Length;
        if (behind < end) yield return new AddressRange(behind, end - behind);
    }

    public void SetSegment(ulong start, ulong length, bool readsMemory, bool writesMemory)
    {
        for (var at = start; at < start + length; at += SegmentLength) Show(at, readsMemory, writesMemory);
        // What anybody remembers of these addresses is no longer true.
        foreach (var cpu in _cpus) cpu.Signal.Flush.Ask();
    }

    public void SetSystemManagementMemory(bool isEnabled, bool isOpen)
    {
    }

    private void Show(ulong at, bool readsMemory, bool writesMemory)
    {
        ref var segment = ref _segments[(int)((at - PcLayout.Roms) / SegmentLength)];
        if (segment is not null) _bus.Unmap(segment);
        var range = new AddressRange(at, SegmentLength);
        var isRom = TryFindRom(at, out var romOffset);
        if (readsMemory) segment = _bus.Map(range, _shadow, at - PcLayout.Roms, isReadOnly: !writesMemory);
        else if (writesMemory) segment = _bus.Map(range, new WriteOnlyMemory(_shadow, at - PcLayout.Roms, isRom ? _rom : null, romOffset));
        else segment = isRom ? _bus.Map(range, _rom!, romOffset, isReadOnly: true) : null;
    }

    /// <summary>Below 1 MiB stands the end of the firmware's ROM, 128 KiB of it or all.</summary>
    private bool TryFindRom(ulong at, out ulong offset)
    {
        var fromEnd = PcLayout.RomsEnd - at;
        offset = (_rom?.Range.Length ?? 0) - fromEnd;
        return _rom is not null && at >= PcLayout.LowFirmware && fromEnd <= _rom.Range.Length;
    }
}
