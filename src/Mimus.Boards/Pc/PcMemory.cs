using Mimus.Core.Cpus;
using Mimus.Core.Memory;
using Mimus.Devices.Pci;
using Mimus.Isa;

namespace Mimus.Boards.Pc;

/// <summary>
/// The memory of a PC and the ROM of its firmware: below 1 MiB, each of thirteen segments shows one or the other, as the host bridge says. The memory
/// behind the screen is for system management mode (82441FX data sheet, 3.2.16); devices do not reach it. That its data can be closed by itself while its code is
/// not, D_CLS, is kept and changes nothing.
/// </summary>
internal sealed class PcMemory : IShadowMemory
{
    private const ulong SegmentLength = 0x4000;

    // Where that memory is for the host alone
    private const ulong ManagementMemoryAt = (1ul << 51) + (1ul << 40);

    private readonly AddressSpace _bus;
    private readonly IReadOnlyList<EmulatedCpu> _cpus;
    private readonly RamBlock _shadow;
    private readonly RamBlock? _rom;
    private readonly IoRegion _management;
    private volatile bool _managementIsEnabled, _managementIsOpen;
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
        var management = builder.Memory.Add("ram-management", new AddressRange(ManagementMemoryAt, PcLayout.ScreenWindow.Length), isHidden: true);
        _management = new AddressSpace().Map(PcLayout.ScreenWindow, management, 0, isReadOnly: false);
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
        ForgetPlaces();
    }

    public void SetSystemManagementMemory(bool isEnabled, bool isOpen)
    {
        _managementIsEnabled = isEnabled;
        _managementIsOpen = isOpen;
        ForgetPlaces();
    }

    /// <summary>The memory of system management mode, where a processor sees it at an address.</summary>
    public IoRegion? FindManagement(ulong address, bool isInManagement) =>
        address - PcLayout.Screen < PcLayout.ScreenWindow.Length && _managementIsEnabled && (isInManagement || _managementIsOpen) ? _management : null;

    /// <summary>What anybody remembers of these addresses is no longer true.</summary>
    private void ForgetPlaces()
    {
        foreach (var cpu in _cpus) cpu.Signal.Flush.Ask();
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
