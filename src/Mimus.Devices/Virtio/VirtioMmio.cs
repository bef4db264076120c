using Mimus.Core.Devices;
using Mimus.Core.Diagnostics;
using Mimus.Core.Memory;
using Mimus.Core.State;

namespace Mimus.Devices.Virtio;

/// <summary>
/// Virtio over memory-mapped registers (virtio 1.2, 4.2): version 2, or version 1 as it was before virtio 1.0. A slot without
/// a device answers with device number 0, which drivers pass over.
/// </summary>
public sealed class VirtioMmio : IMmioDevice, IDrainable, IVirtioTransport
{
    /// <summary>The size of the register window.</summary>
    public const ulong Size = 0x1000;

    // Registers (4.2.2; those that only version 1 has: 4.2.4)
    private const int MagicValue = 0x000;
    private const int Version = 0x004;
    private const int DeviceIdentity = 0x008;
    private const int VendorId = 0x00c;
    private const int DeviceFeatures = 0x010;
    private const int DeviceFeaturesSelect = 0x014;
    private const int DriverFeatures = 0x020;
    private const int DriverFeaturesSelect = 0x024;
    private const int GuestPageSize = 0x028;            // version 1
    private const int QueueSelect = 0x030;
    private const int QueueSizeMaximum = 0x034;
    private const int QueueSize = 0x038;
    private const int QueueAlign = 0x03c;               // version 1
    private const int QueuePageNumber = 0x040;          // version 1
    private const int QueueReady = 0x044;
    private const int QueueNotify = 0x050;
    private const int InterruptStatus = 0x060;
    private const int InterruptAcknowledge = 0x064;
    private const int Status = 0x070;
    private const int QueueDescriptorsLow = 0x080, QueueDescriptorsHigh = 0x084;
    private const int QueueDriverLow = 0x090, QueueDriverHigh = 0x094;
    private const int QueueDeviceLow = 0x0a0, QueueDeviceHigh = 0x0a4;
    private const int SharedMemoryLengthLow = 0x0b0, SharedMemoryBaseHigh = 0x0bc;
    private const int ConfigurationGeneration = 0x0fc;
    private const int Configuration = 0x100;

    private const uint Magic = 0x74726976;  // "virt"
    private const uint Vendor = 0x554d4551; // the number that small drivers insist on
    private const uint UsedBufferInterrupt = 1, ConfigurationChangeInterrupt = 2;
    private const uint DefaultAlign = 4096;

    private readonly bool _legacy;
    private readonly VirtioDevice? _device;
    private readonly IrqLine _irq;
    private readonly MachineLog _log;
    private readonly Lock _lock = new();            // first: registers; held while the device resets
    private readonly Lock _interruptLock = new();   // last: the interrupt status and the line, which completions change too

    private uint _deviceFeaturesSelect, _driverFeaturesSelect, _queueSelect, _guestPageSize, _queueAlign;
    private uint _interruptStatus;

    /// <param name="name">The name in snapshots and messages.</param>
    /// <param name="device">The device in this slot, or null.</param>
    /// <param name="irq">The interrupt of the slot.</param>
    /// <param name="legacy">Whether to be version 1.</param>
    /// <param name="log">Where the driver's errors go.</param>
    public VirtioMmio(string name, VirtioDevice? device, IrqLine irq, bool legacy, MachineLog log)
    {
        Name = name;
        _device = device;
        _irq = irq;
        _legacy = legacy;
        _log = log;
        device?.Connect(this, legacy);
        ResetRegisters();
    }

    public string Name { get; }

    /// <summary>What sits in the slot, or null.</summary>
    public VirtioDevice? Device => _device;

    private VirtQueue? SelectedQueue => _device is not null && _queueSelect < (uint)_device.Queues.Count ? _device.Queues[(int)_queueSelect] : null;

    public void Read(ulong offset, Span<byte> data)
    {
        if (offset >= Configuration)
        {
            if (_device is null) data.Clear();
            else _device.ReadConfiguration(offset - Configuration, data);
            return;
        }
        if (data.Length != sizeof(uint) || offset % sizeof(uint) != 0)
        {
            // 4.2.2.2: registers are accessed by aligned words.
            data.Clear();
            ReportGuestError("read", offset, data.Length);
            return;
        }
        Register.Answer(data, offset == InterruptStatus ? Volatile.Read(ref _interruptStatus) : ReadRegister((int)offset));
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (_device is null) return;
        if (offset >= Configuration)
        {
            lock (_lock) _device.WriteConfiguration(offset - Configuration, data);
            return;
        }
        if (data.Length != sizeof(uint) || offset % sizeof(uint) != 0)
        {
            ReportGuestError("write", offset, data.Length);
            return;
        }
        var value = (uint)Register.Value(data);
        switch ((int)offset)
        {
            case QueueNotify:
                if (value <= int.MaxValue) _device.Notify((int)value);
                break;
            case InterruptAcknowledge:
                ChangeInterrupt(0, value);
                break;
            default:
                lock (_lock) WriteRegister(_device, (int)offset, value);
                break;
        }
    }

    public void QueueInterrupt(int queue) => ChangeInterrupt(UsedBufferInterrupt, 0);

    public void ConfigurationInterrupt() => ChangeInterrupt(ConfigurationChangeInterrupt, 0);

    public void Reset()
    {
        lock (_lock)
        {
            _device?.Reset();
            ResetRegisters();
        }
    }

    public void Drain() => _device?.Drain();

    public void State(StateVisitor v)
    {
        lock (_lock)
        {
            v.Field(1, "device-features-select", ref _deviceFeaturesSelect);
            v.Field(2, "driver-features-select", ref _driverFeaturesSelect);
            v.Field(3, "queue-select", ref _queueSelect);
            v.Field(4, "guest-page-size", ref _guestPageSize);
            v.Field(5, "queue-align", ref _queueAlign);
            v.Field(6, "interrupt-status", ref _interruptStatus);
            if (_device is not null) v.Child("device", _device);
            if (!v.IsRestoring) return;
            lock (_interruptLock) _irq.Redrive(_interruptStatus != 0);
        }
    }

    private uint ReadRegister(int register)
    {
        switch (register)
        {
            case MagicValue:
                return Magic;
            case Version:
                return _legacy ? 1u : 2;
            case VendorId:
                return Vendor;
        }
        if (_device is null) return 0;
        lock (_lock)
        {
            switch (register)
            {
                case DeviceIdentity:
                    return _device.DeviceId;
                case DeviceFeatures:
                    return _deviceFeaturesSelect switch
                    {
                        0 => (uint)_device.OfferedFeatures,
                        1 => (uint)(_device.OfferedFeatures >> 32),
                        _ => 0,
                    };
                case QueueSizeMaximum:
                    return (uint)(SelectedQueue?.MaximumSize ?? 0);
                case QueuePageNumber when _legacy:
                    return SelectedQueue is { IsReady: true } queue ? (uint)(queue.Addresses.Descriptors / Math.Max(_guestPageSize, 1)) : 0;
                case QueueReady when !_legacy:
                    return SelectedQueue is { IsReady: true } ? 1u : 0;
                case Status:
                    return (uint)_device.Status;
                case >= SharedMemoryLengthLow and <= SharedMemoryBaseHigh when !_legacy:
                    return uint.MaxValue; // 4.2.2: there is no such region
                case ConfigurationGeneration when !_legacy:
                    return _device.ConfigurationGeneration;
                default:
                    return 0;
            }
        }
    }

    private void WriteRegister(VirtioDevice device, int register, uint value)
    {
        switch (register)
        {
            case DeviceFeaturesSelect:
                _deviceFeaturesSelect = value;
                break;
            case DriverFeaturesSelect:
                _driverFeaturesSelect = value;
                break;
            case DriverFeatures:
                if (_driverFeaturesSelect <= 1) device.WriteDriverFeatures(_driverFeaturesSelect == 1, value);
                break;
            case QueueSelect:
                _queueSelect = value;
                break;
            case QueueSize:
                SelectedQueue?.SetSize(value);
                break;
            case Status:
                device.WriteStatus((byte)value);
                if ((byte)value == 0) ForgetDriver();
                break;
            default:
                if (_legacy) WriteLegacyRegister(register, value);
                else WriteModernRegister(register, value);
                break;
        }
    }

    private void WriteLegacyRegister(int register, uint value)
    {
        switch (register)
        {
            case GuestPageSize:
                _guestPageSize = value;
                break;
            case QueueAlign:
                _queueAlign = value;
                break;
            case QueuePageNumber when SelectedQueue is { } queue:
                queue.Disable();
                if (value == 0) break;
                queue.SetLegacyAddress((ulong)value * _guestPageSize, _queueAlign);
                queue.Enable();
                break;
        }
    }

    private void WriteModernRegister(int register, uint value)
    {
        if (SelectedQueue is not { } queue) return;
        var (descriptors, available, used) = queue.Addresses;
        switch (register)
        {
            case QueueReady:
                if ((value & 1) != 0) queue.Enable();
                else queue.Disable();
                break;
            case QueueDescriptorsLow or QueueDescriptorsHigh:
                queue.SetAddresses(Register.WithHalf(descriptors, register == QueueDescriptorsHigh, value), available, used);
                break;
            case QueueDriverLow or QueueDriverHigh:
                queue.SetAddresses(descriptors, Register.WithHalf(available, register == QueueDriverHigh, value), used);
                break;
            case QueueDeviceLow or QueueDeviceHigh:
                queue.SetAddresses(descriptors, available, Register.WithHalf(used, register == QueueDeviceHigh, value));
                break;
        }
    }

    private void ResetRegisters()
    {
        _guestPageSize = 0;
        ForgetDriver();
    }

    /// <summary>
    /// A driver's own reset leaves the page size: 4.2.4 wants it "during initialization, before any queues are used", and Linux
    /// writes it before it resets the device.
    /// </summary>
    private void ForgetDriver()
    {
        _deviceFeaturesSelect = _driverFeaturesSelect = _queueSelect = 0;
        _queueAlign = DefaultAlign;
        ChangeInterrupt(0, uint.MaxValue);
    }

    private void ChangeInterrupt(uint raise, uint lower)
    {
        lock (_interruptLock)
        {
            _interruptStatus = (_interruptStatus & ~lower) | raise;
            _irq.Set(_interruptStatus != 0);
        }
    }

    private void ReportGuestError(string act, ulong offset, int length)
    {
        if (_log.Has(LogItems.GuestErrors)) _log.Write($"{Name}: {act} of {length} bytes at 0x{offset:x}");
    }
}
