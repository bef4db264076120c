using Mimus.Boards.Loading;
using Mimus.Core.Backends;
using Mimus.Core.Devices;
using Mimus.Core.Diagnostics;
using Mimus.Core.Memory;
using Mimus.Core.State;
using Mimus.Core.Timing;
using Mimus.Devices.Display;
using Mimus.Isa;

namespace Mimus.Boards;

/// <summary>A built machine: its parts, wired up, in the order in which they reset and are saved.</summary>
public sealed class Machine : IStateful, IDisposable
{
    private readonly IReadOnlyList<IDevice> _devices;
    private readonly Action _boot;
    private readonly MemoryLoader _loader;

    internal Machine(BoardBuilder builder, string board, Action boot)
    {
        Board = board;
        Clock = builder.Clock;
        Log = builder.Log;
        Memory = builder.Memory;
        Bus = builder.Bus;
        Cpus = [.. builder.Cpus];
        DeviceTree = builder.DeviceTree;
        _devices = [.. builder.Devices];
        _boot = boot;
        _loader = builder.Loader;
        Reset();
    }

    public string Board { get; }

    public VirtualClock Clock { get; }

    public MachineLog Log { get; }

    public GuestMemory Memory { get; }

    public AddressSpace Bus { get; }

    public IReadOnlyList<EmulatedCpu> Cpus { get; }

    public IReadOnlyList<IDevice> Devices => _devices;

    /// <summary>The display; null on boards without one.</summary>
    public VgaAdapter? Display => _devices.OfType<VgaAdapter>().FirstOrDefault();

    /// <summary>The keyboard; null on boards without one.</summary>
    public IKeyReceiver? Keyboard => _devices.OfType<IKeyReceiver>().FirstOrDefault();

    /// <summary>The power button; null on boards without one.</summary>
    public IPowerButton? PowerButton => _devices.OfType<IPowerButton>().FirstOrDefault();

    /// <summary>The flattened device tree that the guest is given; empty on boards without one.</summary>
    public ReadOnlyMemory<byte> DeviceTree { get; }

    /// <summary>Returns to the state at power-on, with everything loaded again. No vCPU runs meanwhile.</summary>
    public void Reset()
    {
        if (Log.Has(LogItems.Resets)) Log.Write("machine reset");
        foreach (var device in _devices) device.Reset();
        foreach (var cpu in Cpus) cpu.Reset();
        Memory.Reservations.Clear();
        _boot();
    }

    /// <summary>Waits for the work that devices have under way.</summary>
    public void Drain()
    {
        foreach (var device in _devices.OfType<IDrainable>()) device.Drain();
    }

    public void State(StateVisitor v)
    {
        v.Child("clock", Clock);
        v.Child("memory", Memory);
        foreach (var cpu in Cpus) v.Child(cpu.Name, cpu);
        foreach (var device in _devices) v.Child(device.Name, device);
        if (v.IsRestoring) Memory.Reservations.Clear();
    }

    public void Dispose()
    {
        foreach (var device in _devices.OfType<IDisposable>()) device.Dispose();
        foreach (var cpu in Cpus) cpu.Dispose();
        Memory.Dispose();
        _loader.Dispose();
    }
}
