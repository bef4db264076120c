using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Mimus.Host;

namespace Mimus.Translation.Engine;

/// <summary>
/// From guest addresses to code, for indirect jumps: a direct-mapped cache for each context in which code is fetched. Emitted code looks
/// into it by itself.
/// </summary>
internal sealed unsafe class JumpCache : IDisposable
{
    public const int IndexMask = EntryCount - 1;

    private const int EntryCount = 1 << 15;
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
        var entry = EntryOf(pc);
        return entry->Tag == pc + 1 ? entry->Code : null;
    }

    public void Insert(ulong pc, void* code)
    {
        var entry = EntryOf(pc);
        *entry = new Entry { Tag = pc + 1, Code = code };
        if (_filledCount < LogCapacity) _filled[_filledCount] = entry;
        _filledCount++;
    }

    public void Flush()
    {
        if (_filledCount > LogCapacity) _memory.Clear();
        else
        {
            for (var i = 0; i < _filledCount; i++) _filled[i]->Tag = 0;
        }
        _filledCount = 0;
    }

    public void Dispose() => _memory.Dispose();

    private Entry* EntryOf(ulong pc) => (Entry*)Current + ((uint)Sse42.X64.Crc32(0, pc) & IndexMask);

    /// <summary>The tag is the address and one: instructions have even addresses, so that an empty entry is nobody's.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Entry
    {
        public ulong Tag;
        public void* Code;
    }
}
