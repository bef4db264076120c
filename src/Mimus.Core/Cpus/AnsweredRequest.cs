namespace Mimus.Core.Cpus;

/// <summary>A kind of attention whose asker waits until the vCPU has done what it stands for, or is sure to before its next instruction.</summary>
public sealed class AnsweredRequest
{
    private readonly VcpuSignal _signal;
    private readonly Attention _what;
    private int _answers;

    internal AnsweredRequest(VcpuSignal signal, Attention what)
    {
        _signal = signal;
        _what = what;
    }

    /// <summary>The vCPU is asked and has not begun to answer.</summary>
    public bool IsPending => (_signal.Pending & _what) != 0;

    /// <summary>Asks; the result is for <see cref="IsSettled"/>. Any thread may call.</summary>
    public int Ask()
    {
        var answers = Volatile.Read(ref _answers);
        _signal.Raise(_what);
        return answers;
    }

    /// <summary>Whether the vCPU has answered since it was asked, or does not run and will see the request before it does.</summary>
    public bool IsSettled(int asked) => !_signal.IsRunning || Volatile.Read(ref _answers) != asked;

    /// <summary>The vCPU is about to do what it was asked for; on its thread, between two instructions.</summary>
    public void Accept() => _signal.Acknowledge(_what);

    /// <summary>The vCPU has done it.</summary>
    public void Complete() => Interlocked.Increment(ref _answers);
}
