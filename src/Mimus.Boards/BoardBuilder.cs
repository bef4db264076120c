using Mimus.Boards.Loading;
using Mimus.Core.Backends;
using Mimus.Core.Devices;
using Mimus.Core.Diagnostics;
using Mimus.Core.Memory;
using Mimus.Core.Timing;
using Mimus.Isa;

namespace Mimus.Boards;

/// <summary>What a board's code uses to put a machine together.</summary>
public sealed class BoardBuilder
{
    private readonly List<IDevice> _devices = [];
    private readonly List<EmulatedCpu> _cpus = [];

    public BoardBuilder(VirtualClock clock, IMachineControl control, IEntropySource entropy, MachineLog log)
    {
        Clock = clock;
        Control = control;
        Entropy = entropy;
        Log = log;
        Work = clock.Instructions is null ? DeviceWork.OnThreadPool : new TimedWork(clock);
        Loader = new MemoryLoader(Memory);
    }

    public VirtualClock Clock { get; }

    public IMachineControl Control { get; }

    public IEntropySource Entropy { get; }

    public MachineLog Log { get; }

    /// <summary>Where devices do their work.</summary>
    public DeviceWork Work { get; }

    public GuestMemory Memory { get; } = new();

    public AddressSpace Bus { get; } = new();

    /// <summary>The I/O ports, on boards that have them.</summary>
    public PortSpace Ports { get; } = new();

    public MemoryLoader Loader { get; }

    public IReadOnlyList<IDevice> Devices => _devices;

    public IReadOnlyList<EmulatedCpu> Cpus => _cpus;

    public byte[] DeviceTree { get; set; } = [];

    public RamBlock AddRam(string name, AddressRange range, bool readOnly = false)
    {
        var block = Memory.Add(name, range, readOnly);
        Bus.Map(block);
        return block;
    }

    public T Add<T>(T device) where T : IDevice
    {
        _devices.Add(device);
        return device;
    }

    public T Add<T>(T device, AddressRange range) where T : IMmioDevice
    {
        Bus.Map(range, device);
        return Add(device);
    }

    /// <summary>Adds a device with registers at ports, from an offset of its own on.</summary>
    public T AddAtPorts<T>(T device, params ReadOnlySpan<PortRange> ranges) where T : IMmioDevice
    {
        foreach (var range in ranges) Ports.Map(range.First, range.Count, device, range.Offset, range.Widest);
        return Add(device);
    }

    public T AddCpu<T>(T cpu) where T : EmulatedCpu
    {
        _cpus.Add(cpu);
        return cpu;
    }
}
