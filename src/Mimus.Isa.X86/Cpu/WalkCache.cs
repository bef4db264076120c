using System.Runtime.CompilerServices;

namespace Mimus.Isa.X86;

/// <summary>
/// What the upper levels of the page tables came to (SDM volume 3, 5.10.3): for 2 MiB of addresses, where the table of their pages is, the rights so far, and
/// whether instructions may be there. Tables of 8-byte entries only.
/// </summary>
internal sealed class WalkCache
{
    private const int CoveredBits = 21, Count = 128;

    private readonly Entry[] _entries = new Entry[Count];
    private ulong _generation = 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryFind(ulong address, out (ulong Table, ulong Rights, bool Executable) walk)
    {
        ref var entry = ref _entries[IndexOf(address)];
        walk = entry.Walk;
        return entry.Covered == address >> CoveredBits && entry.Generation == _generation;
    }

    public void Add(ulong address, (ulong Table, ulong Rights, bool Executable) walk) =>
        _entries[IndexOf(address)] = new Entry { Covered = address >> CoveredBits, Generation = _generation, Walk = walk };

    public void Forget() => _generation++;

    private static int IndexOf(ulong address) => (int)(address >> CoveredBits) & (Count - 1);

    private struct Entry
    {
        public ulong Covered, Generation;
        public (ulong Table, ulong Rights, bool Executable) Walk;
    }
}
