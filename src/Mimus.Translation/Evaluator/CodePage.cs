using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Mimus.Core.Memory;
using Mimus.Translation.Engine;

namespace Mimus.Translation.Evaluator;

/// <summary>
/// The decoded instructions of one page of guest memory, one place for each two bytes, filled as they are met. A copy of the
/// bytes tells, after an instruction fence, which places are out of date: no store needs to be watched for that.
/// </summary>
internal sealed unsafe class CodePage : CompilablePage, IWatchedCode
{
    /// <summary>A place for each half, and two behind the end that lead to the next page.</summary>
    public const int EntryCount = (PageSize / 2) + 2;

    private readonly RamBlock _block;
    private readonly ulong _offset;
    private readonly byte[] _copy = GC.AllocateUninitializedArray<byte>(PageSize);
    private DecodedInstruction* _entries;
    private delegate*<ref EvaluatorOps, in Mimus.Isa.Operands, void> _undecoded;

    public CodePage(RamBlock block, ulong offset, int generation)
        : base(alignment: 1)
    {
        _block = block;
        _offset = offset;
        Generation = generation;
        block.Code.Watch(offset);
        Now.CopyTo(_copy);
    }

    /// <summary>The page has no places for decoded instructions, which it needs to be interpreted.</summary>
    public bool NeedsEntries => _entries == null;

    /// <summary>Gives the page places, all of them yet to be decoded.</summary>
    public void MakeEntries(DecodedInstruction* room, delegate*<ref EvaluatorOps, in Mimus.Isa.Operands, void> undecoded,
        delegate*<ref EvaluatorOps, in Mimus.Isa.Operands, void> pageEnd)
    {
        _undecoded = undecoded;
        _entries = room;
        for (var i = 0; i < EntryCount; i++) _entries[i] = new DecodedInstruction { Handler = undecoded };
        _entries[EntryCount - 2].Handler = pageEnd;
        _entries[EntryCount - 1].Handler = pageEnd;
    }

    public void DropEntries() => _entries = null;

    public override byte* Host => _block.Pointer + _offset;

    private ReadOnlySpan<byte> Now => new(Host, PageSize);

    public bool IsSuspect { get; set; }

    public bool IsQuiet => _block.Code.IsQuiet(_offset);

    public bool HasChanged => !Now.SequenceEqual(_copy);

    public int Generation { get; private set; }

    /// <summary>The places, until they are dropped.</summary>
    public DecodedInstruction* Entries => _entries;

    /// <summary>Drops what no longer matches memory. A 4-byte instruction reaches into the place after its own.</summary>
    public void Revalidate(int generation)
    {
        Generation = generation;
        var now = Now;
        if (now.SequenceEqual(_copy)) return;
        Compiled = null;
        Version++;
        var halves = MemoryMarshal.Cast<byte, ushort>(now);
        var oldHalves = MemoryMarshal.Cast<byte, ushort>(_copy.AsSpan());
        for (var i = 0; i < halves.Length; i++)
        {
            if (halves[i] == oldHalves[i] || _entries == null) continue;
            _entries[i].Handler = _undecoded;
            if (i > 0) _entries[i - 1].Handler = _undecoded;
        }
        now.CopyTo(_copy);
    }

    /// <summary>The copy is what decoding reads, so that entries always match it.</summary>
    public ushort HalfAt(int index) => Unsafe.ReadUnaligned<ushort>(ref _copy[index * 2]);
}
