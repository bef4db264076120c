using System.Buffers.Binary;

namespace Mimus.Devices.Virtio;

public sealed partial class VirtioPci
{
    // Capabilities (4.1.4): where the parts are
    private const byte VendorCapability = 0x09;
    private const int CapabilityLength = 16, NotifyCapabilityLength = 20, AccessCapabilityLength = 20;
    private const int CapabilityLengthField = 2, CapabilityType = 3, CapabilityBar = 4, CapabilityOffset = 8, CapabilityPartLength = 12,
        CapabilityExtra = 16;
    private const byte CommonCapability = 1, NotifyCapability = 2, InterruptCapability = 3, DeviceCapability = 4, AccessCapability = 5;

    private int _access; // where the capability is by which configuration accesses reach the windows

    private void AddVirtioCapabilities()
    {
        AddPart(CommonCapability, CommonPart, CapabilityLength);
        AddPart(InterruptCapability, InterruptPart, CapabilityLength);
        AddPart(DeviceCapability, DevicePart, CapabilityLength);
        Define32(AddPart(NotifyCapability, NotifyPart, NotifyCapabilityLength) + CapabilityExtra, NotifyMultiplier);
        // 4.1.4.9: for firmware that reaches no windows.
        _access = AddCapability(VendorCapability, AccessCapabilityLength);
        Define8(_access + CapabilityLengthField, AccessCapabilityLength);
        Define8(_access + CapabilityType, AccessCapability);
        Define8(_access + CapabilityBar, 0, 0xff);
        Define32(_access + CapabilityOffset, 0, uint.MaxValue);
        Define32(_access + CapabilityPartLength, 0, uint.MaxValue);
        Define32(_access + CapabilityExtra, 0, uint.MaxValue);
    }

    private int AddPart(byte type, ulong offset, int length)
    {
        var at = AddCapability(VendorCapability, length);
        Define8(at + CapabilityLengthField, (byte)length);
        Define8(at + CapabilityType, type);
        Define8(at + CapabilityBar, ModernWindow);
        Define32(at + CapabilityOffset, (uint)offset);
        Define32(at + CapabilityPartLength, (uint)PartLength);
        return at;
    }

    protected override void BeforeRead(int offset, int length)
    {
        Span<byte> data = stackalloc byte[sizeof(uint)];
        data.Clear();
        if (!TryAccess(offset, length, out var bar, out var at, out var width)) return;
        ReadBar(bar, at, data[..width]);
        lock (ConfigurationLock) data.CopyTo(Configuration[(_access + CapabilityExtra)..]);
    }

    protected override void AfterWrite(int offset, int length)
    {
        if (!TryAccess(offset, length, out var bar, out var at, out var width)) return;
        Span<byte> data = stackalloc byte[sizeof(uint)];
        lock (ConfigurationLock) Configuration.Slice(_access + CapabilityExtra, sizeof(uint)).CopyTo(data);
        WriteBar(bar, at, data[..width]);
    }

    /// <summary>
    /// Whether an access to the configuration space is one to a window: it touches the data, and the place is one of 1, 2 or 4 bytes in
    /// the modern window.
    /// </summary>
    private bool TryAccess(int offset, int length, out int bar, out ulong at, out int width)
    {
        (bar, at, width) = (0, 0, 0);
        var data = _access + CapabilityExtra;
        if (_access == 0 || offset >= data + sizeof(uint) || offset + length <= data) return false;
        lock (ConfigurationLock)
        {
            bar = Configuration[_access + CapabilityBar];
            at = BinaryPrimitives.ReadUInt32LittleEndian(Configuration[(_access + CapabilityOffset)..]);
            var asked = BinaryPrimitives.ReadUInt32LittleEndian(Configuration[(_access + CapabilityPartLength)..]);
            width = asked is 1 or 2 or 4 ? (int)asked : 0;
        }
        return bar == ModernWindow && width != 0 && at % (ulong)width == 0 && at < ModernLength;
    }
}
