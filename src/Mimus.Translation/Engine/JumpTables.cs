using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Mimus.Translation.X64;

namespace Mimus.Translation.Engine;

/// <summary>The jump tables of all contexts, made when they are first used; emitted code sees the current one, and may go on in another.</summary>
internal sealed unsafe class JumpTables : IDisposable
{
    private readonly byte* _engine;
    private readonly ContextRecord* _records;
    private readonly JumpTable?[] _tables = new JumpTable?[TranslationBuffer.ContextCount];
    private readonly ContextSet _used = new();
    private JumpTable _current = null!;
    private int _context = -1;

    /// <param name="engine">The engine's part of the vCPU's memory.</param>
    public JumpTables(byte* engine)
    {
        const int Count = TranslationBuffer.ContextCount;
        _engine = engine;
        _records = (ContextRecord*)NativeMemory.AlignedAlloc(Count * ContextRecord.Bytes, ContextRecord.Bytes);
        NativeMemory.Clear(_records, Count * ContextRecord.Bytes);
        *(ContextRecord**)(engine + HostLayout.Contexts) = _records;
    }

    ~JumpTables() => NativeMemory.AlignedFree(_records);

    /// <summary>Whether a context is the one that emitted code sees.</summary>
    public bool Shows(int context) => context == _context;

    public void Select(int context)
    {
        if (context == _context) return;
        _context = context;
        _current = _tables[context] ??= Begin(context);
        Show();
    }

    /// <summary>Whether emitted code has gone on in another context than the one selected, which is selected now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryFollow(out int context)
    {
        context = (int)(*(ContextRecord**)(_engine + HostLayout.CurrentContext) - _records);
        if (context == _context) return false;
        _context = context;
        _current = _tables[context]!;
        return true;
    }

    /// <summary>From now on emitted code may go on in the selected context by itself.</summary>
    public void Open(TranslationEntry* translations, int epoch)
    {
        _records[_context].Translations = translations;
        _records[_context].Epoch = epoch;
    }

    public void* Find(ulong pc) => _current.Find(pc);

    public void Insert(ulong pc, void* code)
    {
        _current.Insert(pc, code);
        Show();
    }

    public void Flush(int first, int count)
    {
        var end = ContextSet.EndOf(first, count);
        for (var context = _used.Next(first); context < end; context = _used.Next(context + 1))
        {
            _tables[context]!.Flush();
            _records[context].Epoch = 0;
        }
        if (_current is not null) Show();
    }

    public void Dispose()
    {
        foreach (var table in _tables) table?.Dispose();
        NativeMemory.AlignedFree(_records);
        GC.SuppressFinalize(this);
    }

    private JumpTable Begin(int context)
    {
        _used.Add(context);
        return new JumpTable(_records + context);
    }

    private void Show()
    {
        var record = _records + _context;
        *(ContextRecord**)(_engine + HostLayout.CurrentContext) = record;
        *(void**)(_engine + HostLayout.JumpTable) = record->Jumps;
        *(ulong*)(_engine + HostLayout.JumpMask) = record->Mask;
    }
}
