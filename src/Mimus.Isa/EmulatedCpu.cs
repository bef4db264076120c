using Mimus.Core.Cpus;
using Mimus.Core.Memory;
using Mimus.Core.Timing;

namespace Mimus.Isa;

/// <summary>
/// A processor whose instructions Mimus itself carries out: what the evaluator and the translator need of it beside its
/// instruction table. All is called on the vCPU's own thread, except where the base class says otherwise.
/// </summary>
public abstract unsafe class EmulatedCpu(int index, string name, CpuMemory memory) : GuestCpu(index, name, memory)
{
    private ITranslationCaches? _caches;
    private ulong _executed;

    /// <summary>The state in native memory, as slots of 64 bits; the first are the guest's registers.</summary>
    public ulong* Slots { get; } = (ulong*)memory.State;

    /// <summary>The slot of the sticky floating-point flags, with the bits of FloatFlags.</summary>
    public abstract int FloatFlagsSlot { get; }

    /// <summary>A guest fault is waiting for <see cref="TakeTrap"/>.</summary>
    public bool TrapPending { get; private set; }

    /// <summary>The instruction asked to wait for an interrupt.</summary>
    public bool WaitRequested { get; set; }

    /// <summary>
    /// A number below 256 that stands for all that decides how an instruction's address is translated now: the tables' root,
    /// address-space id, privilege.
    /// </summary>
    public abstract int FetchContext { get; }

    /// <summary>The same for loads and stores.</summary>
    public abstract int DataContext { get; }

    public override ulong Executed => _executed + Caches.InstructionsInFlight;

    /// <summary>What instructions read the time from; null where they count themselves.</summary>
    public virtual TickCounter? Time => null;

    /// <summary>The time that instructions read.</summary>
    public ulong Ticks => Time?.Ticks ?? Executed;

    protected int TrapCause { get; private set; }

    protected ulong TrapValue { get; private set; }

    /// <summary>What caches translations and decoded code of this CPU; set once by the engine that runs it.</summary>
    public ITranslationCaches Caches
    {
        protected get => _caches ?? NoCaches.Instance;
        set => _caches = value;
    }

    /// <summary>Records a trap; the instruction must change nothing more.</summary>
    public void RaiseTrap(int cause, ulong value)
    {
        TrapPending = true;
        TrapCause = cause;
        TrapValue = value;
    }

    /// <summary>Drops the pending trap: another has come of its delivery.</summary>
    protected void DropTrap() => TrapPending = false;

    /// <summary>Translates an address for an access; when that faults, the fault is pending and the result false.</summary>
    public abstract bool TryTranslate(ulong address, int size, MemoryAccess access, out PageTranslation translation);

    /// <summary>
    /// The same for the start of a page that was translated before, but nothing is changed and no fault pending. False, too, where a
    /// processor does not do this.
    /// </summary>
    public virtual bool TryTranslateAgain(ulong page, MemoryAccess access, out PageTranslation translation)
    {
        translation = default;
        return false;
    }

    /// <summary>An access to a physical address that nothing answers, or not in this way.</summary>
    public abstract void RaiseAccessFault(ulong address, MemoryAccess access);

    /// <summary>Whether the processor carries out accesses that are not aligned; when not, they trap.</summary>
    public abstract void RaiseMisaligned(ulong address, MemoryAccess access);

    /// <summary>Whether accesses to device registers that are not aligned are carried out byte by byte; when not, they are misaligned.</summary>
    public virtual bool SplitsMisaligned => false;

    /// <summary>Whether misaligned accesses of the running program are to trap although the processor could carry them out.</summary>
    public virtual bool ChecksAlignment => false;

    /// <summary>Whether the guest's own debug registers watch data: then accesses to its pages are told by <see cref="NoteAccess"/>.</summary>
    public bool WatchesData { get; protected set; }

    /// <summary>Whether a page of virtual addresses has data that the guest watches.</summary>
    public virtual bool WatchesPage(ulong page) => false;

    /// <summary>The running instruction has accessed data.</summary>
    public virtual void NoteAccess(ulong address, int size, bool isStore)
    {
    }

    /// <summary>Registers in memory that this processor alone sees at a physical address; null where it sees what all see.</summary>
    public virtual IoRegion? FindOwnRegion(ulong physical) => null;

    /// <summary>Whether this processor's stores to a page of host memory have to be told by <see cref="StoredTo"/>.</summary>
    public bool HasCode(byte* page) => Caches.HasCode(page);

    /// <summary>This processor has stored to bytes inside one page.</summary>
    public void StoredTo(byte* host, int size) => Caches.StoredTo(host, size);

    /// <summary>Enters the handler of the pending trap; <paramref name="pc"/> is the instruction's address.</summary>
    public void TakeTrap(ulong pc)
    {
        TrapPending = false;
        _executed++; // an instruction that traps does not retire, but takes its time
        DeliverTrap(TrapCause, TrapValue, pc);
    }

    /// <summary>The debugger steps: <see cref="Attend"/> leaves interrupts pending.</summary>
    public bool HoldInterrupts { get; set; }

    /// <summary>
    /// Looks at what other threads asked for; takes an interrupt if one is due, which changes the program counter in the state.
    /// </summary>
    public abstract void Attend();

    /// <summary>The same, where being asked to stop is possible: that is taken note of, and the result is false.</summary>
    public bool TryAttend()
    {
        if ((Signal.Pending & Attention.Stop) != 0)
        {
            Signal.Acknowledge(Attention.Stop);
            return false;
        }
        Attend();
        return true;
    }

    /// <summary>Asks for attention if an interrupt is due: what decides about it may have changed.</summary>
    public abstract void RecheckInterrupts();

    /// <summary>Whether an interrupt is pending that ends a wait.</summary>
    public abstract bool HasInterrupt { get; }

    /// <summary>Whether a waiting processor has a reason to go on. Being asked to stop is none.</summary>
    public bool HasWork => (Signal.Pending & ~Attention.Stop) != 0 || HasInterrupt;

    /// <summary>Whether the processor has not been started or was stopped: it runs nothing until an event starts it.</summary>
    public abstract bool IsStopped { get; }

    /// <summary>Whether it runs no instruction before an event, even if there is one already.</summary>
    public virtual bool IsWaiting => IsStopped;

    /// <summary>The next instruction must run alone: what comes after it depends on it.</summary>
    public virtual bool MustStep => false;

    /// <summary>Why the processor has stopped for good; null while it can go on.</summary>
    public virtual string? Failure => null;

    /// <summary>Whether the guest's own debug registers may have to do with an instruction at this address or another with its page offset.</summary>
    public virtual bool MayTrigger(ulong pc) => false;

    /// <summary>Raises the guest's own debug exception if it is due before the instruction at this address.</summary>
    public virtual bool RaiseTriggered(ulong pc) => false;

    public abstract ulong ProgramCounter { get; set; }

    /// <summary>Adds to the count of instructions that have been carried out.</summary>
    public void AddRetired(ulong instructions)
    {
        _executed += instructions;
        CountRetired(instructions);
    }

    /// <summary>Adds to the count that is part of the state.</summary>
    protected abstract void CountRetired(ulong instructions);

    protected abstract void DeliverTrap(int cause, ulong value, ulong pc);

    /// <summary>Drops all translations, and what was made of instructions that have changed.</summary>
    protected virtual void FlushAll()
    {
        Caches.FlushTranslations();
        Caches.FlushCode();
    }

    /// <summary>Drops all that if another thread has asked for it: a part of <see cref="Attend"/>.</summary>
    protected void AnswerFlush()
    {
        if (!Signal.Flush.IsPending) return;
        Signal.Flush.Accept();
        FlushAll();
        Signal.Flush.Complete();
    }

    /// <summary>Drops translations for writing if the dirty log has asked for it: a part of <see cref="Attend"/>.</summary>
    protected void AnswerForgetWrites()
    {
        if (!Signal.ForgetWrites.IsPending) return;
        Signal.ForgetWrites.Accept();
        ForgetWrites();
        Signal.ForgetWrites.Complete();
    }

    /// <summary>Drops translations for writing: whether a page is marked or has code is looked at anew.</summary>
    public virtual void ForgetWrites() => Caches.FlushWrites();

    private sealed class NoCaches : ITranslationCaches
    {
        public static NoCaches Instance { get; } = new();

        public ulong InstructionsInFlight => 0;

        public void FlushTranslations()
        {
        }

        public void FlushContexts(int first, int count)
        {
        }

        public void FlushLocal(int first, int count)
        {
        }

        public void FlushPage(ulong address, int first, int count)
        {
        }

        public void FlushWrites()
        {
        }

        public void FlushCode()
        {
        }

        public void ForgetCode()
        {
        }

        public bool HasCode(byte* page) => false;

        public void StoredTo(byte* host, int size)
        {
        }
    }
}
