namespace Mimus.Devices.Virtio;

/// <summary>What a virtio device asks of the bus that carries it. Any thread may call.</summary>
public interface IVirtioTransport
{
    /// <summary>The driver must look at a queue's used ring.</summary>
    void QueueInterrupt(int queue);

    /// <summary>The driver must look at the configuration space and the status.</summary>
    void ConfigurationInterrupt();
}
