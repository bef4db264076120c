using Mimus.Core.Devices;
using Mimus.Core.Diagnostics;
using Mimus.Core.State;
using Mimus.Devices.Pci;

namespace Mimus.Devices.Virtio;

/// <summary>
/// Virtio over PCI (virtio 1.2, 4.1): modern, or transitional with the ports of before virtio 1.0 beside it. The ports are in
/// <c>VirtioPci.Legacy.cs</c>, and the capabilities in <c>VirtioPci.Capabilities.cs</c>.
/// </summary>
/// <remarks>
/// Locks: the registers' comes first and is held while the device resets. Completions, on other threads, take that of the configuration
/// space, which is never held while the registers' is waited for.
/// </remarks>
public sealed partial class VirtioPci : PciFunction, IDrainable, IVirtioTransport
{
    // Windows
    private const int LegacyWindow = 0, MessageWindow = 1, ModernWindow = 4;
    private const ulong ModernLength = 0x4000;

    // The parts of the modern window, on pages of their own
    private const ulong CommonPart = 0x0000, InterruptPart = 0x1000, DevicePart = 0x2000, NotifyPart = 0x3000, PartLength = 0x1000;
    private const uint NotifyMultiplier = 4;

    // Common configuration (4.1.4.3)
    private const int DeviceFeatureSelect = 0x00, DeviceFeature = 0x04, DriverFeatureSelect = 0x08, DriverFeature = 0x0c,
        ConfigurationVector = 0x10, QueueCount = 0x12, DeviceStatus = 0x14, Generation = 0x15, QueueSelect = 0x16, QueueSize = 0x18,
        QueueVector = 0x1a, QueueEnable = 0x1c, QueueNotifyOffset = 0x1e, QueueDescriptors = 0x20, QueueDriver = 0x28, QueueDevice = 0x30,
        CommonLength = 0x38;

    private const ushort NoVector = 0xffff;
    private const uint UsedBufferInterrupt = 1, ConfigurationChangeInterrupt = 2; // 4.1.4.5

    private readonly VirtioDevice _device;
    private readonly bool _isTransitional;
    private readonly MachineLog _log;
    private readonly MsixCapability _messages;
    private readonly Lock _lock = new();

    private readonly uint[] _queueVectors; // under the lock of the configuration space, as completions use them
    private uint _configurationVector, _interruptStatus;
    private uint _deviceFeatureSelect, _driverFeatureSelect;
    private ushort _queueSelect;

    /// <param name="name">The name in snapshots and messages.</param>
    /// <param name="device">The device.</param>
    /// <param name="isTransitional">Whether drivers of before virtio 1.0 find it too.</param>
    /// <param name="log">Where the driver's errors go.</param>
    public VirtioPci(string name, VirtioDevice device, bool isTransitional, MachineLog log)
        : base(name, Identify(device, isTransitional))
    {
        _device = device;
        _isTransitional = isTransitional;
        _log = log;
        _queueVectors = new uint[device.Queues.Count];
        device.Connect(this, legacy: false);
        DefinePin(0);
        _messages = new MsixCapability(this, device.Queues.Count + 1, MessageWindow);
        AddBar(new PciBar(MessageWindow, PciBarKind.Memory32, _messages.WindowLength));
        AddBar(new PciBar(ModernWindow, PciBarKind.PrefetchableMemory64, ModernLength));
        if (isTransitional) AddBar(new PciBar(LegacyWindow, PciBarKind.Port, LegacyLength));
        AddVirtioCapabilities();
        Reset();
    }

    /// <summary>What it carries.</summary>
    public VirtioDevice Device => _device;

    private VirtQueue? SelectedQueue => _queueSelect < _device.Queues.Count ? _device.Queues[_queueSelect] : null;

    protected override bool SignalsByMessage => _messages.IsEnabled;

    public void Drain() => _device.Drain();

    public void QueueInterrupt(int queue)
    {
        lock (ConfigurationLock) Signal(_queueVectors[queue], UsedBufferInterrupt);
    }

    public void ConfigurationInterrupt()
    {
        lock (ConfigurationLock) Signal(_configurationVector, ConfigurationChangeInterrupt);
    }

    protected override void ReadBar(int bar, ulong offset, Span<byte> data)
    {
        data.Clear();
        switch (bar)
        {
            case LegacyWindow when _isTransitional:
                ReadLegacy(offset, data);
                break;
            case MessageWindow:
                lock (ConfigurationLock) _messages.Read(offset, data);
                break;
            case ModernWindow when offset < CommonLength:
                lock (_lock) Register.Answer(data, ReadCommon((int)offset));
                break;
            case ModernWindow when offset == InterruptPart && !data.IsEmpty:
                data[0] = TakeInterruptStatus();
                break;
            case ModernWindow when offset is >= DevicePart and < DevicePart + PartLength:
                _device.ReadConfiguration(offset - DevicePart, data);
                break;
        }
    }

    protected override void WriteBar(int bar, ulong offset, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) return;
        switch (bar)
        {
            case LegacyWindow when _isTransitional:
                WriteLegacy(offset, data);
                break;
            case MessageWindow:
                lock (ConfigurationLock) _messages.Write(offset, data);
                break;
            case ModernWindow when offset < CommonLength:
                lock (_lock) WriteCommon((int)offset, data.Length, Register.Value(data));
                break;
            case ModernWindow when offset is >= DevicePart and < DevicePart + PartLength:
                lock (_lock) _device.WriteConfiguration(offset - DevicePart, data);
                break;
            case ModernWindow when offset is >= NotifyPart and < NotifyPart + PartLength:
                _device.Notify((int)((offset - NotifyPart) / NotifyMultiplier));
                break;
        }
    }

    protected override void OnWritten(int offset, int length) => _messages.OnWritten(offset, length);

    protected override void BeforeReset()
    {
        lock (_lock)
        {
            _device.Reset();
            ResetRegisters();
            _device.ChooseInterface(legacy: false);
        }
    }

    protected override void OnReset()
    {
        _messages.Reset();
        _interruptStatus = 0;
    }

    protected override void FunctionState(StateVisitor v)
    {
        v.Child("messages", _messages);
        v.Fields(10, "queue-vectors", _queueVectors);
        v.Field(11, "configuration-vector", ref _configurationVector);
        v.Field(12, "interrupt-status", ref _interruptStatus);
        v.Field(13, "device-feature-select", ref _deviceFeatureSelect);
        v.Field(14, "driver-feature-select", ref _driverFeatureSelect);
        v.Field(15, "queue-select", ref _queueSelect);
        var legacy = _device.IsLegacy;
        v.Field(16, "legacy", ref legacy);
        if (v.IsRestoring) _device.RestoreInterface(legacy && _isTransitional);
        v.Child("device", _device);
    }

    private static PciIdentity Identify(VirtioDevice device, bool isTransitional)
    {
        const ushort vendor = 0x1af4, firstModern = 0x1040, subsystem = 0x1100;
        // 4.1.2.3: the numbers of transitional devices, and 4.1.2.1 for the others.
        ushort transitional = device.DeviceId switch
        {
            1 => 0x1000, // network
            2 => 0x1001, // block
            3 => 0x1003, // console
            4 => 0x1005, // entropy
            5 => 0x1002, // balloon
            8 => 0x1004, // SCSI
            9 => 0x1009, // 9P
            _ => 0,
        };
        if (isTransitional && transitional == 0)
            throw new ArgumentException($"{device.Name}: devices of type {device.DeviceId} have no transitional form", nameof(isTransitional));
        var classCode = device.DeviceId switch
        {
            1 => 0x020000u, // Ethernet
            2 or 8 => 0x010000u, // SCSI storage
            3 => 0x078000u, // communication
            _ => 0x00ff00u,
        };
        return isTransitional
            ? new PciIdentity(vendor, transitional, classCode, 0, vendor, (ushort)device.DeviceId)
            : new PciIdentity(vendor, (ushort)(firstModern + device.DeviceId), classCode, 1, vendor, subsystem);
    }

    private ulong ReadCommon(int register)
    {
        switch (register)
        {
            case DeviceFeatureSelect:
                return _deviceFeatureSelect;
            case DeviceFeature:
                _device.ChooseInterface(legacy: false);
                return _deviceFeatureSelect switch
                {
                    0 => (uint)_device.OfferedFeatures,
                    1 => _device.OfferedFeatures >> 32,
                    _ => 0,
                };
            case DriverFeatureSelect:
                return _driverFeatureSelect;
            case DriverFeature:
                return _driverFeatureSelect switch
                {
                    0 => (uint)_device.DriverFeatures,
                    1 => _device.DriverFeatures >> 32,
                    _ => 0,
                };
            case ConfigurationVector:
                lock (ConfigurationLock) return _configurationVector;
            case QueueCount:
                return (ulong)_device.Queues.Count;
            case DeviceStatus:
                return (ulong)_device.Status;
            case Generation:
                return _device.ConfigurationGeneration;
            case QueueSelect:
                return _queueSelect;
        }
        if (SelectedQueue is not { } queue) return register == QueueVector ? NoVector : 0u;
        var (descriptors, driver, device) = queue.Addresses;
        switch (register)
        {
            case QueueSize:
                return (ulong)queue.Size;
            case QueueVector:
                lock (ConfigurationLock) return _queueVectors[queue.Index];
            case QueueEnable:
                return queue.IsReady ? 1u : 0;
            case QueueNotifyOffset:
                return (ulong)queue.Index;
            case QueueDescriptors or QueueDescriptors + 4:
                return Half(descriptors, register);
            case QueueDriver or QueueDriver + 4:
                return Half(driver, register);
            case QueueDevice or QueueDevice + 4:
                return Half(device, register);
            default:
                return 0;
        }
    }

    /// <summary>4.1.3.1: an access has the width of its field; the addresses are written as halves or, by many drivers, at once.</summary>
    private void WriteCommon(int register, int length, ulong value)
    {
        switch (register, length)
        {
            case (DeviceFeatureSelect, 4):
                _deviceFeatureSelect = (uint)value;
                break;
            case (DriverFeatureSelect, 4):
                _driverFeatureSelect = (uint)value;
                break;
            case (DriverFeature, 4):
                _device.ChooseInterface(legacy: false);
                if (_driverFeatureSelect <= 1) _device.WriteDriverFeatures(_driverFeatureSelect == 1, (uint)value);
                break;
            case (ConfigurationVector, 2):
                lock (ConfigurationLock) _configurationVector = Vector(value);
                break;
            case (DeviceStatus, 1):
                WriteStatus((byte)value, legacy: false);
                break;
            case (QueueSelect, 2):
                _queueSelect = (ushort)value;
                break;
            case (>= QueueSize and < CommonLength, _) when SelectedQueue is { } queue:
                WriteQueue(queue, register, length, value);
                break;
            default:
                if (_log.Has(LogItems.GuestErrors)) _log.Write($"{Name}: write of {length} bytes at 0x{register:x}");
                break;
        }
    }

    private void WriteQueue(VirtQueue queue, int register, int length, ulong value)
    {
        var (descriptors, driver, device) = queue.Addresses;
        switch (register)
        {
            case QueueSize:
                queue.SetSize((ushort)value);
                break;
            case QueueVector:
                lock (ConfigurationLock) _queueVectors[queue.Index] = Vector(value);
                break;
            case QueueEnable:
                // 4.1.4.3.2: a driver enables queues and never disables them.
                if ((value & 1) != 0) queue.Enable();
                break;
            case QueueDescriptors or QueueDescriptors + 4:
                queue.SetAddresses(With(descriptors, register, length, value), driver, device);
                break;
            case QueueDriver or QueueDriver + 4:
                queue.SetAddresses(descriptors, With(driver, register, length, value), device);
                break;
            case QueueDevice or QueueDevice + 4:
                queue.SetAddresses(descriptors, driver, With(device, register, length, value));
                break;
        }
    }

    private static ulong Half(ulong address, int register) => (register & 4) != 0 ? address >> 32 : address;

    private static ulong With(ulong address, int register, int length, ulong value) =>
        length == sizeof(ulong) && (register & 4) == 0 ? value : Register.WithHalf(address, (register & 4) != 0, (uint)value);

    private void WriteStatus(byte value, bool legacy)
    {
        _device.ChooseInterface(legacy);
        _device.WriteStatus(value);
        if (value == 0) ResetRegisters();
    }

    /// <summary>4.1.5.1.2: a vector that does not exist is none.</summary>
    private uint Vector(ulong value) => value < (ulong)_messages.Vectors ? (uint)value : NoVector;

    private void Signal(uint vector, uint status)
    {
        if (_messages.IsEnabled)
        {
            if (vector != NoVector) _messages.Signal((int)vector);
            return;
        }
        _interruptStatus |= status;
        SetInterrupt(true);
    }

    /// <summary>4.1.4.5: reading the status clears it and lowers the pin.</summary>
    private byte TakeInterruptStatus()
    {
        lock (ConfigurationLock)
        {
            var status = (byte)_interruptStatus;
            _interruptStatus = 0;
            SetInterrupt(false);
            return status;
        }
    }

    private void ResetRegisters()
    {
        _deviceFeatureSelect = _driverFeatureSelect = 0;
        _queueSelect = 0;
        lock (ConfigurationLock)
        {
            _configurationVector = NoVector;
            _queueVectors.AsSpan().Fill(NoVector);
            _interruptStatus = 0;
            SetInterrupt(false);
        }
    }
}
