namespace Mimus.Devices.Interrupts;

/// <summary>Where devices send message-signalled interrupts: a write that is no memory's (PCI Local Bus 3.0, 6.8).</summary>
public interface IMessageSink
{
    /// <summary>Any thread may call, with the lock of its device held.</summary>
    void Send(ulong address, uint data);
}
