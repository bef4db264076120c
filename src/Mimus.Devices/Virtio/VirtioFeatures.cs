namespace Mimus.Devices.Virtio;

/// <summary>The feature bits that are the same for all device types (virtio 1.2, chapter 6).</summary>
internal static class VirtioFeatures
{
    public const ulong AnyLayout = 1ul << 27;       // 6.3, legacy: requests may be cut into descriptors anywhere
    public const ulong IndirectDescriptors = 1ul << 28;
    public const ulong EventIndex = 1ul << 29;
    public const ulong Version1 = 1ul << 32;
}
