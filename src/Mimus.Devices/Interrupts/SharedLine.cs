using Mimus.Core.Devices;
using Mimus.Core.State;

namespace Mimus.Devices.Interrupts;

/// <summary>A wire that several devices pull: high while any of them does.</summary>
public sealed class SharedLine(string name, IrqLine output) : IDevice, IIrqSink
{
    /// <summary>How many devices can share it.</summary>
    public const int MaximumInputs = 64;

    private readonly Lock _lock = new(); // taken inside the locks of devices, held while the output changes
    private ulong _levels;

    public string Name { get; } = name;

    public void SetLine(int input, bool high)
    {
        if ((uint)input >= MaximumInputs) return;
        lock (_lock)
        {
            _levels = high ? _levels | 1ul << input : _levels & ~(1ul << input);
            output.Redrive(_levels != 0);
        }
    }

    /// <summary>The levels are the devices' own outputs, which their resets lower.</summary>
    public void Reset()
    {
    }

    /// <remarks>
    /// Restored before the devices, which drive it again: then it does not fall only because the one that holds it comes last.
    /// </remarks>
    public void State(StateVisitor v)
    {
        lock (_lock) v.Field(1, "levels", ref _levels);
    }
}
