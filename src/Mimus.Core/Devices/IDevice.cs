using Mimus.Core.State;

namespace Mimus.Core.Devices;

/// <summary>A part of a machine: it has a name, can be reset to its power-on state, and its state can be saved.</summary>
public interface IDevice : IStateful
{
    string Name { get; }

    /// <summary>Returns to the power-on state; doing it twice is the same as once.</summary>
    void Reset();
}
