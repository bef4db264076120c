using System.Runtime.InteropServices;

namespace Mimus.Translation.X64;

/// <summary>The registers of emitted code while it calls C#, and above them the spilled values.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct CallFrame
{
    public fixed ulong Gprs[16];
    public fixed ulong Xmms[16];
    private ulong _returnAddress;
    private ulong _site;
    private fixed ulong _spills[HostLayout.SpillCount];

    /// <summary>A value by its place; the slots are the CPU's.</summary>
    public ulong Read(Place place, ulong* slots) => place.Kind switch
    {
        PlaceKind.Gpr => Gprs[place.Number],
        PlaceKind.Xmm => Xmms[place.Number],
        PlaceKind.NarrowXmm => (uint)Xmms[place.Number],
        PlaceKind.Spill => _spills[place.Number],
        PlaceKind.Slot => slots[place.Number],
        _ => place.Number,
    };

    public void Write(Place place, ulong value)
    {
        if (place.Kind == PlaceKind.Gpr) Gprs[place.Number] = value;
        else if (place.Kind == PlaceKind.Xmm) Xmms[place.Number] = value;
    }
}
