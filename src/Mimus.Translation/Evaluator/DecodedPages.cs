using Mimus.Host;

namespace Mimus.Translation.Evaluator;

/// <summary>Room for the decoded instructions of so many pages of code. It takes eight times what code takes, so pages take turns.</summary>
internal sealed unsafe class DecodedPages(int capacity) : IDisposable
{
    private readonly MemoryMapping _memory = MemoryMapping.Anonymous((nuint)(capacity * CodePage.EntryCount * sizeof(DecodedInstruction)));
    private readonly CodePage?[] _owners = new CodePage?[capacity];
    private int _next;

    /// <summary>Gives a page the room of the one that has had its own longest.</summary>
    public DecodedInstruction* Take(CodePage page)
    {
        _owners[_next]?.DropEntries();
        _owners[_next] = page;
        var room = (DecodedInstruction*)_memory.Pointer + (_next * CodePage.EntryCount);
        _next = (_next + 1) % capacity;
        return room;
    }

    /// <summary>All pages have given up theirs.</summary>
    public void Clear()
    {
        Array.Clear(_owners);
        _next = 0;
    }

    public void Dispose() => _memory.Dispose();
}
