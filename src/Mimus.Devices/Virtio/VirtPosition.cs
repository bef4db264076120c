namespace Mimus.Devices.Virtio;

/// <summary>A place in the buffers of a <see cref="VirtChain"/>.</summary>
public readonly record struct VirtPosition(int Segment, int Offset);
