namespace Mimus.Devices.Virtio;

public sealed partial class VirtioPci
{
    // The ports of before virtio 1.0 (4.1.4.10): while messages are on, two vectors stand before the device's configuration
    private const int LegacyDeviceFeatures = 0, LegacyDriverFeatures = 4, LegacyQueueAddress = 8, LegacyQueueSize = 12,
        LegacyQueueSelect = 14, LegacyQueueNotify = 16, LegacyStatus = 18, LegacyInterruptStatus = 19, LegacyConfigurationVector = 20,
        LegacyQueueVector = 22, LegacyHeader = 20, LegacyHeaderWithVectors = 24;
    private const ulong LegacyLength = 128;
    private const int LegacyPageShift = 12;
    private const ulong LegacyAlignment = 4096;

    private ulong LegacyConfiguration
    {
        get
        {
            lock (ConfigurationLock) return (ulong)(_messages.IsEnabled ? LegacyHeaderWithVectors : LegacyHeader);
        }
    }

    private void ReadLegacy(ulong offset, Span<byte> data)
    {
        var configuration = LegacyConfiguration;
        if (offset >= configuration)
        {
            if (offset < LegacyLength) _device.ReadConfiguration(offset - configuration, data);
            return;
        }
        if (offset == LegacyInterruptStatus)
        {
            Register.Answer(data, TakeInterruptStatus());
            return;
        }
        lock (_lock) Register.Answer(data, ReadLegacyRegister((int)offset));
    }

    private void WriteLegacy(ulong offset, ReadOnlySpan<byte> data)
    {
        var configuration = LegacyConfiguration;
        if (offset == LegacyQueueNotify)
        {
            _device.Notify((ushort)Register.Value(data));
            return;
        }
        lock (_lock)
        {
            if (offset < configuration) WriteLegacyRegister((int)offset, (uint)Register.Value(data));
            else if (offset < LegacyLength) _device.WriteConfiguration(offset - configuration, data);
        }
    }

    private uint ReadLegacyRegister(int register)
    {
        switch (register)
        {
            case LegacyDeviceFeatures:
                _device.ChooseInterface(legacy: true);
                return (uint)_device.OfferedFeatures;
            case LegacyDriverFeatures:
                return (uint)_device.DriverFeatures;
            case LegacyQueueAddress:
                return SelectedQueue is { IsReady: true } queue ? (uint)(queue.Addresses.Descriptors >> LegacyPageShift) : 0;
            case LegacyQueueSize:
                return (uint)(SelectedQueue?.MaximumSize ?? 0);
            case LegacyQueueSelect:
                return _queueSelect;
            case LegacyStatus:
                return (uint)_device.Status;
            case LegacyConfigurationVector:
                lock (ConfigurationLock) return _configurationVector;
            case LegacyQueueVector:
                lock (ConfigurationLock) return SelectedQueue is { } selected ? _queueVectors[selected.Index] : NoVector;
            default:
                return 0;
        }
    }

    private void WriteLegacyRegister(int register, uint value)
    {
        switch (register)
        {
            case LegacyDriverFeatures:
                _device.ChooseInterface(legacy: true);
                _device.WriteDriverFeatures(high: false, value);
                break;
            case LegacyQueueAddress when SelectedQueue is { } queue:
                queue.Disable();
                if (value == 0) break;
                queue.SetLegacyAddress((ulong)value << LegacyPageShift, LegacyAlignment);
                queue.Enable();
                break;
            case LegacyQueueSelect:
                _queueSelect = (ushort)value;
                break;
            case LegacyStatus:
                WriteStatus((byte)value, legacy: true);
                break;
            case LegacyConfigurationVector:
                lock (ConfigurationLock) _configurationVector = Vector((ushort)value);
                break;
            case LegacyQueueVector when SelectedQueue is { } queue:
                lock (ConfigurationLock) _queueVectors[queue.Index] = Vector((ushort)value);
                break;
        }
    }
}
