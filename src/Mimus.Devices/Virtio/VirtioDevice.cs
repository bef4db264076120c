using Mimus.Core.Devices;
using Mimus.Core.Diagnostics;
using Mimus.Core.Memory;
using Mimus.Core.State;

namespace Mimus.Devices.Virtio;

/// <summary>
/// A virtio device without its bus (virtio 1.2, chapter 2): status, features, configuration space and queues. A transport
/// makes registers of them; a derived class is one device type.
/// </summary>
/// <remarks>
/// The transport calls from vCPU threads and holds its own lock around all but <see cref="Notify"/>. Completions come from
/// other threads and take the lock of one queue, then (after it) the transport's lock for interrupts, never the one above.
/// </remarks>
public abstract class VirtioDevice : IDevice, IDrainable
{
    private readonly MachineLog _log;
    private readonly VirtQueue[] _queues;

    private IVirtioTransport? _transport;

    private ulong _driverFeatures;
    private volatile VirtioStatus _status;
    private volatile bool _needsReset;
    private uint _configurationGeneration;

    /// <param name="name">The name in snapshots and messages.</param>
    /// <param name="deviceId">The device type's number (chapter 5).</param>
    /// <param name="queueCount">How many queues it has.</param>
    /// <param name="queueSize">How many descriptors a queue has at most: a power of two.</param>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="log">Where the driver's errors go.</param>
    protected VirtioDevice(string name, uint deviceId, int queueCount, int queueSize, GuestMemory memory, MachineLog log)
    {
        Name = name;
        DeviceId = deviceId;
        Memory = memory;
        _log = log;
        _queues = new VirtQueue[queueCount];
        for (var i = 0; i < queueCount; i++) _queues[i] = new VirtQueue(this, i, queueSize, memory);
    }

    public string Name { get; }

    public uint DeviceId { get; }

    public IReadOnlyList<VirtQueue> Queues => _queues;

    /// <summary>Which of the offered features the driver has taken.</summary>
    public ulong DriverFeatures => _driverFeatures;

    /// <summary>Changes when the configuration space changes otherwise than by the driver (2.5.2).</summary>
    public uint ConfigurationGeneration => Volatile.Read(ref _configurationGeneration);

    public VirtioStatus Status => _needsReset ? _status | VirtioStatus.NeedsReset : _status;

    /// <summary>The layout and rules of before virtio 1.0 (2.4.4 and the other legacy sections); the transport says so.</summary>
    public bool IsLegacy { get; private set; }

    internal bool NeedsReset => _needsReset;

    protected GuestMemory Memory { get; }

    /// <summary>The features of the device type.</summary>
    protected abstract ulong TypeFeatures { get; }

    /// <summary>The configuration space as the driver sees it now; bytes past it read as zero.</summary>
    protected abstract ReadOnlySpan<byte> Configuration { get; }

    /// <summary>A device that a driver may give buffers to. Legacy drivers use their queues before they set DRIVER_OK (3.1.2).</summary>
    private bool MayRun => !_needsReset && (IsLegacy || (_status & VirtioStatus.DriverOk) != 0);

    /// <summary>Says which bus carries the device, once, while the machine is built.</summary>
    public void Connect(IVirtioTransport transport, bool legacy)
    {
        if (_transport is not null) throw new InvalidOperationException($"{Name} is already on a bus");
        _transport = transport;
        IsLegacy = legacy;
    }

    public ulong OfferedFeatures => TypeFeatures | VirtioFeatures.IndirectDescriptors | VirtioFeatures.EventIndex
        | (IsLegacy ? VirtioFeatures.AnyLayout : VirtioFeatures.Version1);

    /// <summary>A transitional device follows the interface that the driver has chosen, until that has set it up (2.2.3).</summary>
    internal void ChooseInterface(bool legacy)
    {
        if ((_status & (VirtioStatus.FeaturesOk | VirtioStatus.DriverOk)) == 0) IsLegacy = legacy;
    }

    /// <summary>Which interface the driver had chosen when the state was saved; before that is restored.</summary>
    internal void RestoreInterface(bool legacy) => IsLegacy = legacy;

    /// <summary>The driver chooses half of the features (2.2); not any more once it has said that it is done.</summary>
    public void WriteDriverFeatures(bool high, uint value)
    {
        if ((_status & VirtioStatus.FeaturesOk) == 0) _driverFeatures = Register.WithHalf(_driverFeatures, high, value);
    }

    /// <summary>The driver writes the status; 0 resets the device (2.1, 2.4).</summary>
    public void WriteStatus(byte value)
    {
        var status = (VirtioStatus)value & ~VirtioStatus.NeedsReset;
        if (value == 0)
        {
            Reset();
            return;
        }
        if ((status & ~_status & VirtioStatus.FeaturesOk) != 0 && (_driverFeatures & ~OfferedFeatures) != 0)
        {
            // 2.2.2: the driver sees the bit missing and gives up. A missing VERSION_1 is let pass, as many small drivers omit it.
            ReportGuestError($"features 0x{_driverFeatures & ~OfferedFeatures:x} were taken but not offered");
            status &= ~VirtioStatus.FeaturesOk;
        }
        // A legacy driver does not say when it is done with the features; by its DRIVER_OK it is (3.1.2).
        if (IsLegacy) _driverFeatures &= OfferedFeatures;
        var started = (status & ~_status & VirtioStatus.DriverOk) != 0;
        _status = status;
        if (!started) return;
        OnStarted();
        // Buffers may have been made available before.
        foreach (var queue in _queues) Notify(queue.Index);
    }

    /// <summary>The driver has made buffers available (2.7.13). Takes no lock of the transport and returns soon.</summary>
    public void Notify(int queue)
    {
        if ((uint)queue < (uint)_queues.Length && MayRun && _queues[queue].IsReady) OnNotify(_queues[queue]);
    }

    public void ReadConfiguration(ulong offset, Span<byte> data)
    {
        data.Clear();
        var space = Configuration;
        if (offset >= (ulong)space.Length) return;
        space = space[(int)offset..];
        space[..Math.Min(space.Length, data.Length)].CopyTo(data);
    }

    /// <summary>The driver writes to the configuration space; device types with writable fields take them.</summary>
    public virtual void WriteConfiguration(ulong offset, ReadOnlySpan<byte> data)
    {
    }

    public void Reset()
    {
        // First no new work, then no old work, then the rest: nothing may reach the driver's memory once it sees status 0.
        _status = VirtioStatus.None;
        foreach (var queue in _queues) queue.Disable();
        Drain();
        foreach (var queue in _queues) queue.Reset();
        _driverFeatures = 0;
        _needsReset = false;
        OnReset();
    }

    public virtual void Drain()
    {
    }

    public void State(StateVisitor v)
    {
        var status = (byte)Status;
        v.Field(1, "status", ref status);
        v.Field(2, "driver-features", ref _driverFeatures);
        v.Field(3, "configuration-generation", ref _configurationGeneration);
        if (v.IsRestoring)
        {
            _needsReset = ((VirtioStatus)status & VirtioStatus.NeedsReset) != 0;
            _status = (VirtioStatus)status & ~VirtioStatus.NeedsReset;
            if ((_status & VirtioStatus.FeaturesOk) != 0 && (_driverFeatures & ~OfferedFeatures) != 0)
                StateVisitor.Refuse($"{Name}: features that this machine does not offer");
        }
        foreach (var queue in _queues) v.Child($"queue{queue.Index}", queue);
        TypeState(v);
    }

    /// <summary>The driver did what the specification forbids: the device stops until it is reset (2.1.2).</summary>
    internal void Fail(string reason)
    {
        if (_needsReset) return;
        _needsReset = true;
        ReportGuestError(reason);
        // 2.1.2: a driver that has set DRIVER_OK is told by a configuration change.
        if ((_status & VirtioStatus.DriverOk) != 0) _transport?.ConfigurationInterrupt();
    }

    internal void ReportGuestError(string reason)
    {
        if (_log.Has(LogItems.GuestErrors)) _log.Write($"{Name}: {reason}");
    }

    /// <summary>Gives a request back to the driver and interrupts it where it wants that.</summary>
    protected void Complete(VirtQueue queue, VirtChain chain, uint written)
    {
        if (queue.Push(chain, written)) _transport?.QueueInterrupt(queue.Index);
    }

    /// <summary>Whether the driver has taken all of the given feature bits.</summary>
    protected bool HasFeature(ulong bits) => (_driverFeatures & bits) == bits;

    /// <summary>Tells the driver that <see cref="Configuration"/> has changed.</summary>
    protected void ConfigurationChanged()
    {
        Interlocked.Increment(ref _configurationGeneration);
        if ((_status & VirtioStatus.DriverOk) != 0) _transport?.ConfigurationInterrupt();
    }

    /// <summary>There are, or may be, buffers in a queue.</summary>
    protected abstract void OnNotify(VirtQueue queue);

    /// <summary>The driver has finished setting up.</summary>
    protected virtual void OnStarted()
    {
    }

    protected virtual void OnReset()
    {
    }

    /// <summary>The state of the device type, and at the end of a restore what derives from it.</summary>
    protected virtual void TypeState(StateVisitor v)
    {
    }
}
