namespace Mimus.Devices.Storage;

/// <summary>What an IDE drive has its disk do.</summary>
/// <param name="Drive">Whose job it is.</param>
/// <param name="Epoch">The drive's epoch when it began; after a reset, it is nobody's.</param>
/// <param name="Transfer">What to do.</param>
internal sealed record IdeJob(IdeDrive Drive, uint Epoch, DiskTransfer Transfer);
