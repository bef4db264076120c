namespace Mimus.Devices.Storage;

/// <summary>What the diskette controller has a disk do.</summary>
/// <param name="Epoch">The controller's epoch when it began; after a reset, it is nobody's.</param>
/// <param name="Transfer">What to do.</param>
internal sealed record FloppyJob(uint Epoch, DiskTransfer Transfer);
