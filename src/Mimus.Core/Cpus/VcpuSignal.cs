namespace Mimus.Core.Cpus;

/// <summary>What other threads want of a vCPU; engines look at it at every backward or indirect branch.</summary>
[Flags]
public enum Attention
{
    None = 0,

    /// <summary>The pending interrupts or their enables have changed.</summary>
    Interrupts = 1,

    /// <summary>Leave the run loop.</summary>
    Stop = 2,

    /// <summary>Another vCPU asks for translations to be dropped (a remote TLB flush or instruction fence).</summary>
    Flush = 4,

    /// <summary>The dirty log asks for translations for writing to be dropped.</summary>
    ForgetWrites = 8,
}

/// <summary>
/// The mailbox of one vCPU: a word of <see cref="Attention"/> bits at a fixed address that emitted code can poll, and the bed
/// on which a halted vCPU sleeps.
/// </summary>
public sealed unsafe class VcpuSignal : IDisposable
{
    private readonly CpuMemory _memory;
    private readonly AutoResetEvent _wake = new(false);
    private volatile bool _sleeping;
    private int _running;

    internal VcpuSignal(CpuMemory memory)
    {
        _memory = memory;
        Flush = new AnsweredRequest(this, Attention.Flush);
        ForgetWrites = new AnsweredRequest(this, Attention.ForgetWrites);
    }

    /// <summary>The request of another vCPU to drop translations and decoded instructions.</summary>
    public AnsweredRequest Flush { get; }

    /// <summary>The request of the <see cref="Memory.DirtyLog"/> to drop translations for writing.</summary>
    public AnsweredRequest ForgetWrites { get; }

    /// <summary>The word to poll: not zero when anything is wanted.</summary>
    public int* Word => _memory.AttentionWord;

    public Attention Pending => (Attention)Volatile.Read(ref *Word);

    /// <summary>
    /// Whether guest code may be running. Set before the engine looks at the word, so whoever raises a bit and then reads false
    /// knows that the bit will be seen before the next guest instruction.
    /// </summary>
    public bool IsRunning
    {
        get => Volatile.Read(ref _running) != 0;
        set => Interlocked.Exchange(ref _running, value ? 1 : 0);
    }

    /// <summary>Makes <see cref="IsRunning"/> true until the result is disposed of, whatever happens to the engine.</summary>
    public GuestScope EnterGuest()
    {
        IsRunning = true;
        return new GuestScope(this);
    }

    /// <summary>Called after attention was asked for, where several vCPUs share one thread and its sleep. Set before any runs.</summary>
    public Action? Raised { get; set; }

    /// <summary>Asks for attention and wakes the vCPU when it sleeps. Any thread may call.</summary>
    public void Raise(Attention what)
    {
        Interlocked.Or(ref *Word, (int)what);
        if (_sleeping) _wake.Set();
        Raised?.Invoke();
    }

    /// <summary>Takes note of the given bits: they are cleared before the vCPU looks at what they stand for.</summary>
    public void Acknowledge(Attention what) => Interlocked.And(ref *Word, ~(int)what);

    /// <summary>Sleeps until attention is asked for.</summary>
    public void Sleep()
    {
        _sleeping = true;
        Interlocked.MemoryBarrier();
        while (Pending == Attention.None) _wake.WaitOne();
        _sleeping = false;
    }

    public void Dispose() => _wake.Dispose();

    /// <summary>The time in which guest code may be running.</summary>
    public readonly ref struct GuestScope
    {
        private readonly VcpuSignal _signal;

        internal GuestScope(VcpuSignal signal) => _signal = signal;

        public void Dispose() => _signal.IsRunning = false;
    }
}
