namespace Mimus.Isa.RiscV;

/// <content>Fences that other harts ask for.</content>
public sealed partial class RiscVHart
{
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
        var asked = Signal.Flush.Ask();
        var wait = new SpinWait();
        while (!Signal.Flush.IsSettled(asked))
        {
            requester.AnswerFlush();
            wait.SpinOnce(sleep1Threshold: -1);
        }
    }

    protected override void FlushAll()
    {
        _mmu.ForgetTables();
        base.FlushAll();
    }
}
