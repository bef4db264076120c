using Mimus.Core.Devices;

namespace Mimus.Devices.Interrupts;

/// <summary>
/// A wire that several devices pull: high while any of them does. It remembers nothing that they do not drive again after a restore.
/// </summary>
public sealed class SharedLine(IrqLine output) : IIrqSink
{
    /// <summary>How many devices can share it.</summary>
    public const int MaximumInputs = 64;

    private readonly Lock _lock = new(); // taken inside the locks of devices, held while the output changes
    private ulong _levels;

    public void SetLine(int input, bool high)
    {
        if ((uint)input >= MaximumInputs) return;
        lock (_lock)
        {
            _levels = high ? _levels | 1ul << input : _levels & ~(1ul << input);
            output.Redrive(_levels != 0);
        }
    }
}
