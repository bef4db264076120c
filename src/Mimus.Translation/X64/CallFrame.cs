using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Mimus.Translation.X64;

/// <summary>The registers of emitted code while it calls C#, and above them the spilled values.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct CallFrame
{
    public fixed ulong Gprs[16];
    public fixed ulong Xmms[2 * 16];
    private ulong _returnAddress;
    private ulong _site;
    private fixed ulong _spills[HostLayout.SpillCount];

    /// <summary>A value by its place; the slots are the CPU's, the constants the site's.</summary>
    public ulong Read(Place place, ulong* slots, ulong* constants) => place.Kind switch
    {
        PlaceKind.Gpr => Gprs[place.Number],
        PlaceKind.Xmm => Xmms[2 * place.Number],
        PlaceKind.NarrowXmm => (uint)Xmms[2 * place.Number],
        PlaceKind.XmmHigh => Xmms[(2 * place.Number) + 1],
        PlaceKind.Spill => _spills[place.Number],
        PlaceKind.Slot => slots[place.Number],
        PlaceKind.Constant => constants[place.Number],
        _ => 0,
    };

    /// <summary>Makes the slots what they were before a site's instruction.</summary>
    [SkipLocalsInit]
    public void Restore(ReadOnlySpan<Holding> holdings, ulong* slots, ulong* constants)
    {
        // All are read before any is written: one may be where another belongs.
        var values = stackalloc ulong[holdings.Length];
        for (var i = 0; i < holdings.Length; i++) values[i] = Read(holdings[i].Place, slots, constants);
        for (var i = 0; i < holdings.Length; i++) slots[holdings[i].Slot] = values[i];
    }

    public void Write(Place place, ulong value)
    {
        if (place.Kind == PlaceKind.Gpr) Gprs[place.Number] = value;
        else if (place.Kind == PlaceKind.Xmm) Xmms[2 * place.Number] = value;
    }
}
