namespace Mimus.Core.Diagnostics;

/// <summary>The guest addresses that a log is limited to.</summary>
/// <param name="ranges">First and last addresses.</param>
public sealed class AddressFilter(IReadOnlyList<(ulong First, ulong Last)> ranges)
{
    public bool Contains(ulong address)
    {
        foreach (var (first, last) in ranges)
        {
            if (address >= first && address <= last) return true;
        }
        return false;
    }
}
