namespace Mimus.Core.Devices;

/// <summary>What a device may ask of the whole machine. The request is carried out later, by the machine's own thread.</summary>
public interface IMachineControl
{
    /// <summary>The guest turned the power off; <paramref name="status"/> becomes the exit status.</summary>
    void RequestPowerOff(int status);

    void RequestReset();
}
