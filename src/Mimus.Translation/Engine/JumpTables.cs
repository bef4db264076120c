using Mimus.Translation.X64;

namespace Mimus.Translation.Engine;

/// <summary>The jump tables of all contexts, made when they are first used; emitted code sees the current one.</summary>
internal sealed unsafe class JumpTables(byte* engine) : IDisposable
{
    private readonly JumpTable?[] _tables = new JumpTable?[TranslationBuffer.ContextCount];
    private readonly ContextSet _used = new();
    private JumpTable _current = null!;
    private int _context = -1;

    /// <summary>Whether a context is the one that emitted code sees.</summary>
    public bool Shows(int context) => context == _context;

    public void Select(int context)
    {
        if (context == _context) return;
        TakeRoom();
        _context = context;
        _current = _tables[context] ??= Begin(context);
        Show();
    }

    public void* Find(ulong pc) => _current.Find(pc);

    public void Insert(ulong pc, void* code)
    {
        TakeRoom();
        _current.Insert(pc, code);
        Show();
    }

    public void Flush(int first, int count)
    {
        TakeRoom();
        var end = ContextSet.EndOf(first, count);
        for (var context = _used.Next(first); context < end; context = _used.Next(context + 1)) _tables[context]!.Flush();
        if (_current is not null) Show();
    }

    public void Dispose()
    {
        foreach (var table in _tables) table?.Dispose();
    }

    private JumpTable Begin(int context)
    {
        _used.Add(context);
        return new JumpTable();
    }

    /// <summary>How much room emitted code has left in the current table.</summary>
    private void TakeRoom()
    {
        if (_current is not null) _current.Room = Math.Max(0, *(int*)(engine + HostLayout.JumpRoom));
    }

    private void Show()
    {
        *(void**)(engine + HostLayout.LastJump) = _current.Last;
        *(int*)(engine + HostLayout.JumpRoom) = _current.Room;
        *(void**)(engine + HostLayout.JumpTable) = _current.Entries;
        *(ulong*)(engine + HostLayout.JumpMask) = _current.Mask;
    }
}
