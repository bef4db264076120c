namespace Mimus.Core.Memory;

/// <summary>
/// Knows, while it is on, which pages of memory were written since they were last collected, by whomever. Off, it costs nothing
/// where memory is written often. One part of the program uses it at a time.
/// </summary>
/// <remarks>
/// <para>
/// What must hold: a write is either in the bytes that are read after <see cref="Collect"/> has returned, or its page is in the
/// next collection. <see cref="Collect"/> first takes the bits, then has every vCPU forget which pages it may write without
/// asking, and waits until each has.
/// </para>
/// <para>
/// <b>A vCPU marks a page before it writes</b> and before it remembers the page as writable, and answers requests only between two
/// instructions. So a write whose mark was taken is either before the answer, which the collector has waited for and which makes
/// it visible; or after it, and then the vCPU had forgotten the page and has marked it anew, after the bits were taken. A vCPU
/// that does not run counts as having answered: it will before its next instruction. Marks that lead to no write, because the
/// access faults later or a store-conditional fails, do no harm.
/// </para>
/// <para>
/// <b>Everybody else marks a page after writing it</b> (devices, loaders, the debugger): nobody waits for them, so a mark before the
/// write could be taken and the page read in between. The mark is a locked operation: who takes it sees what was written before.
/// </para>
/// <para>
/// <b>Starting</b>: a writer that found the log off does not mark. A vCPU's pages are forgotten as at a collection. Of the others,
/// each has passed a full barrier when the process-wide one returns: a write is before it, and in memory for all to see, or the
/// writer looks at the log behind it and finds it on.
/// </para>
/// </remarks>
public sealed class DirtyLog
{
    private readonly GuestMemory _memory;
    private readonly List<IWriteLog> _others = [];
    private bool _isOn;

    internal DirtyLog(GuestMemory memory) => _memory = memory;

    /// <summary>Makes somebody known who keeps a log himself; while the machine is built.</summary>
    public void Add(IWriteLog other) => _others.Add(other);

    public void Remove(IWriteLog other) => _others.Remove(other);

    /// <summary>From its return on, all writes are noted; those before are in memory.</summary>
    public void Start()
    {
        if (_isOn) throw new InvalidOperationException("the dirty log is in use");
        _isOn = true;
        foreach (var block in _memory.Blocks) block.Dirty.Start();
        Interlocked.MemoryBarrierProcessWide();
        ForgetWrites();
        foreach (var other in _others) other.Start();
    }

    public void Stop()
    {
        foreach (var other in _others) other.Stop();
        foreach (var block in _memory.Blocks) block.Dirty.Stop();
        _isOn = false;
    }

    /// <summary>The pages written since the start or the last collection, a set for each block. Not from a vCPU's thread.</summary>
    public IReadOnlyList<PageSet> Collect()
    {
        foreach (var other in _others) other.Collect();
        PageSet[] taken = [.. _memory.Blocks.Select(block => block.Dirty.Take())];
        ForgetWrites();
        return taken;
    }

    private void ForgetWrites()
    {
        Span<int> asked = stackalloc int[_memory.Writers.Count];
        _memory.Writers.AskToForget(asked);
        var wait = new SpinWait();
        while (!_memory.Writers.HaveForgotten(asked)) wait.SpinOnce();
    }
}
