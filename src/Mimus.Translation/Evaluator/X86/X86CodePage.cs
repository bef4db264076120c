using System.Numerics;
using Mimus.Core.Memory;
using Mimus.Isa.X86;
using Mimus.Translation.Engine;

namespace Mimus.Translation.Evaluator.X86;

/// <summary>
/// The decoded instructions of one page of memory in one mode: runs of them elsewhere, and for each byte where the instruction is that begins
/// there. The bytes that were decoded are marked, and copied, to notice when they change.
/// </summary>
internal sealed unsafe class X86CodePage(RamBlock ram, ulong start, CodeMode mode) : CompilablePage(alignment: 0), IWatchedCode
{
    private const int LineBytes = 64;

    private readonly int[] _places = new int[PageSize];
    private readonly ulong[] _decoded = new ulong[PageSize / LineBytes];
    private readonly byte[] _copy = new byte[PageSize];
    private readonly List<int> _runs = [];
    private long _identity = Interlocked.Increment(ref s_identities);

    private static long s_identities;

    public override byte* Host { get; } = ram.Pointer + start;

    /// <summary>Another one after each change.</summary>
    public override byte* Identity => (byte*)_identity;

    public CodeMode Mode { get; } = mode;

    /// <summary>The same page decoded in another mode. The first of them stands for all.</summary>
    public X86CodePage? Next { get; set; }

    /// <summary>How often the processor has stored to the page beside what was decoded.</summary>
    public int StoresBeside { get; set; }

    public int Generation { get; set; }

    public bool IsSuspect { get; set; }

    public bool IsQuiet => ram.Code.IsQuiet(start);

    public bool HasChanged => !MatchesMemory() || Next is { HasChanged: true };

    /// <summary>Where each run begins.</summary>
    public IReadOnlyList<int> Runs => _runs;

    /// <summary>The place in the arena of the instruction at an offset; 0 where none was decoded.</summary>
    public int PlaceOf(int offset) => _places[offset];

    public void SetPlace(int offset, int place) => _places[offset] = place;

    public void AddRun(int place) => _runs.Add(place);

    /// <summary>Notes which bytes were decoded.</summary>
    public void MarkDecoded(int offset, ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i++) _decoded[(offset + i) / LineBytes] |= 1ul << ((offset + i) % LineBytes);
        bytes.CopyTo(_copy.AsSpan(offset));
    }

    /// <summary>Whether any of these bytes was decoded.</summary>
    public bool HasDecoded(int offset, int length)
    {
        for (var i = offset; i < Math.Min(offset + length, PageSize); i++)
        {
            if (((_decoded[i / LineBytes] >> (i % LineBytes)) & 1) != 0) return true;
        }
        return false;
    }

    /// <summary>Whether all that was decoded is still there.</summary>
    public bool MatchesMemory()
    {
        for (var line = 0; line < _decoded.Length; line++)
        {
            if (_decoded[line] == 0) continue;
            var start = line * LineBytes;
            if (new ReadOnlySpan<byte>(Host + start, LineBytes).SequenceEqual(_copy.AsSpan(start, LineBytes))) continue;
            for (var bits = _decoded[line]; bits != 0; bits &= bits - 1)
            {
                var at = start + BitOperations.TrailingZeroCount(bits);
                if (Host[at] != _copy[at]) return false;
            }
        }
        return true;
    }

    /// <summary>Forgets all that was made of the page's bytes: they have changed.</summary>
    public void Clear()
    {
        Compiled = null;
        Version++;
        _identity = Interlocked.Increment(ref s_identities);
        Array.Clear(_places);
        Array.Clear(_decoded);
        _runs.Clear();
    }
}
