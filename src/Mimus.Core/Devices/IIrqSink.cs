namespace Mimus.Core.Devices;

/// <summary>The receiving end of interrupt lines: an interrupt controller or a vCPU's input pins. Called from any thread.</summary>
public interface IIrqSink
{
    void SetLine(int input, bool high);
}
