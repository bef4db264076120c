namespace Mimus.Core.Devices;

/// <summary>
/// One interrupt wire from a device to an input of its controller. The device never learns the input's number. Setting a
/// level is lock-free and cheap when nothing changes.
/// </summary>
public sealed class IrqLine(IIrqSink sink, int input)
{
    private int _level;

    public bool IsHigh => Volatile.Read(ref _level) != 0;

    public void Set(bool high)
    {
        var level = high ? 1 : 0;
        if (Interlocked.Exchange(ref _level, level) != level) sink.SetLine(input, high);
    }

    /// <summary>
    /// Drives the level again although it may not have changed: after a snapshot has been restored, when the controller's
    /// inputs are the saved ones and this wire's memory is not.
    /// </summary>
    public void Redrive(bool high)
    {
        Volatile.Write(ref _level, high ? 1 : 0);
        sink.SetLine(input, high);
    }
}
