using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Mimus.Host;

namespace Mimus.Translation.Engine;

/// <summary>
/// From guest addresses to code, for indirect jumps: a cache with two places for each hash in each context in which code is fetched.
/// Emitted code looks into it by itself. The part of a context is as large as what is in it asks for: hashes are spread over all of it,
/// so a few hundred entries would touch as many pages.
/// </summary>
internal sealed unsafe class JumpCache : IDisposable
{
    /// <summary>The hash of an address, masked and shifted by this, is the distance of its two entries.</summary>
    public const int IndexShift = 5;

    /// <summary>From the first entry to the second.</summary>
    public const int SecondEntry = 16;

    private const int LeastMask = (1 << 8) - 1, MostMask = (1 << 15) - 1;
    private const int EntryCount = (MostMask + 1) * 2;
    private const int LogCapacity = 4096;

    private readonly MemoryMapping _memory = MemoryMapping.Anonymous((nuint)sizeof(Entry) * EntryCount * TranslationBuffer.ContextCount);
    private readonly Entry*[] _filled = new Entry*[LogCapacity];
    private readonly int[] _masks = new int[TranslationBuffer.ContextCount];
    private readonly int[] _inserted = new int[TranslationBuffer.ContextCount];
    private int _filledCount;
    private int _context;

    public JumpCache()
    {
        Shrink();
        Select(0);
    }

    /// <summary>The entries of the current context.</summary>
    public void* Current { get; private set; }

    /// <summary>The mask for the hash in the current context.</summary>
    public int Mask => _masks[_context];

    public void Select(int context)
    {
        _context = context;
        Current = (Entry*)_memory.Pointer + ((nint)context * EntryCount);
    }

    public void* Find(ulong pc)
    {
        var entry = SetOf(pc);
        if (entry->Tag == pc + 1) return entry->Code;
        return entry[1].Tag == pc + 1 ? entry[1].Code : null;
    }

    public void Insert(ulong pc, void* code)
    {
        var entry = SetOf(pc);
        if (entry->Tag != pc + 1) entry[1] = entry[0];
        *entry = new Entry { Tag = pc + 1, Code = code };
        if (_filledCount < LogCapacity) _filled[_filledCount] = entry;
        _filledCount++;
        if (++_inserted[_context] > Mask && Mask != MostMask) Grow();
    }

    public void Flush()
    {
        if (_filledCount > LogCapacity)
        {
            _memory.Clear();
            Shrink();
        }
        else
        {
            for (var i = 0; i < _filledCount; i++) _filled[i][0].Tag = _filled[i][1].Tag = 0;
        }
        _filledCount = 0;
        Array.Clear(_inserted);
    }

    public void Dispose() => _memory.Dispose();

    /// <summary>What is found elsewhere from now on is put there when it is missed; where it was it does no harm.</summary>
    private void Grow()
    {
        _masks[_context] = Math.Min((Mask << 2) | 3, MostMask);
        _inserted[_context] = 0;
    }

    private void Shrink()
    {
        for (var i = 0; i < _masks.Length; i++) _masks[i] = LeastMask;
    }

    private Entry* SetOf(ulong pc) => (Entry*)Current + (((uint)Sse42.X64.Crc32(0, pc) & (uint)Mask) * 2);

    /// <summary>The tag is the address and one: instructions have even addresses, so that an empty entry is nobody's.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Entry
    {
        public ulong Tag;
        public void* Code;
    }
}
