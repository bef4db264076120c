using Mimus.Core.Cpus;

namespace Mimus.Isa.RiscV;

/// <content>Fences that other harts ask for.</content>
public sealed partial class RiscVHart
{
    private int _flushesDone;

    /// <summary>
    /// Makes the hart drop its translations and decoded instructions, and waits until it has or is not running: then it will
    /// before its next instruction. <paramref name="requester"/> answers such requests itself meanwhile, so two harts that ask
    /// each other both get on.
    /// </summary>
    public void FlushFrom(RiscVHart requester)
    {
        if (ReferenceEquals(requester, this))
        {
            FlushAll();
            return;
        }
        var before = Volatile.Read(ref _flushesDone);
        Signal.Raise(Attention.Flush);
        var wait = new SpinWait();
        while (Signal.IsRunning && Volatile.Read(ref _flushesDone) == before)
        {
            if ((requester.Signal.Pending & Attention.Flush) != 0) requester.AnswerFlush();
            wait.SpinOnce(sleep1Threshold: -1);
        }
    }

    private void AnswerFlush()
    {
        Signal.Acknowledge(Attention.Flush);
        FlushAll();
        Interlocked.Increment(ref _flushesDone);
    }

    private void FlushAll()
    {
        Caches.FlushTranslations();
        Caches.FlushCode();
    }
}
