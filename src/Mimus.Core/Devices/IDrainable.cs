namespace Mimus.Core.Devices;

/// <summary>A device with work under way on other threads.</summary>
public interface IDrainable
{
    /// <summary>Waits until all started work has ended and its results are in the device's state. No vCPU runs meanwhile.</summary>
    void Drain();
}
