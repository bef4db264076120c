using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Mimus.Host;

namespace Mimus.Translation.Engine;

/// <summary>
/// From guest addresses to code, for indirect jumps: a cache with two places for each hash in each context in which code is fetched.
/// Emitted code looks into it by itself.
/// </summary>
internal sealed unsafe class JumpCache : IDisposable
{
    /// <summary>The hash of an address, masked by this and shifted, is the distance of its two entries.</summary>
    public const int IndexMask = SetCount - 1;

    public const int IndexShift = 5;

    /// <summary>From the first entry to the second.</summary>
    public const int SecondEntry = 16;

    private const int SetCount = 1 << 15;
    private const int EntryCount = SetCount * 2;
    private const int LogCapacity = 4096;

    private readonly MemoryMapping _memory = MemoryMapping.Anonymous((nuint)sizeof(Entry) * EntryCount * TranslationBuffer.ContextCount);
    private readonly Entry*[] _filled = new Entry*[LogCapacity];
    private int _filledCount;

    public JumpCache() => Select(0);

    /// <summary>The entries of the current context.</summary>
    public void* Current { get; private set; }

    public void Select(int context) => Current = (Entry*)_memory.Pointer + ((nint)context * EntryCount);

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
    }

    public void Flush()
    {
        if (_filledCount > LogCapacity) _memory.Clear();
        else
        {
            for (var i = 0; i < _filledCount; i++) _filled[i][0].Tag = _filled[i][1].Tag = 0;
        }
        _filledCount = 0;
    }

    public void Dispose() => _memory.Dispose();

    private Entry* SetOf(ulong pc) => (Entry*)Current + (((uint)Sse42.X64.Crc32(0, pc) & IndexMask) * 2);

    /// <summary>The tag is the address and one: instructions have even addresses, so that an empty entry is nobody's.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Entry
    {
        public ulong Tag;
        public void* Code;
    }
}
