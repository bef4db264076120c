using Mimus.Translation.X64;

namespace Mimus.Translation.Engine;

/// <summary>The jump tables of all contexts, made when they are first used; emitted code sees the current one.</summary>
internal sealed unsafe class JumpTables(byte* engine) : IDisposable
{
    private readonly JumpTable?[] _tables = new JumpTable?[TranslationBuffer.ContextCount];
    private JumpTable _current = null!;
    private int _context = -1;

    public void Select(int context)
    {
        if (context == _context) return;
        _context = context;
        _current = _tables[context] ??= new JumpTable();
        Show();
    }

    public void* Find(ulong pc) => _current.Find(pc);

    public void Insert(ulong pc, void* code)
    {
        _current.Insert(pc, code);
        Show();
    }

    public void Flush(int first, int count)
    {
        for (var context = first; context < _tables.Length && context - first < count; context++) _tables[context]?.Flush();
        if (_current is not null) Show();
    }

    public void Dispose()
    {
        foreach (var table in _tables) table?.Dispose();
    }

    private void Show()
    {
        *(void**)(engine + HostLayout.JumpTable) = _current.Entries;
        *(ulong*)(engine + HostLayout.JumpMask) = _current.Mask;
    }
}
