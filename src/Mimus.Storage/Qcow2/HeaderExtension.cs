namespace Mimus.Storage.Qcow2;

/// <summary>A piece of a header that programs which do not know it leave as it is.</summary>
internal sealed record HeaderExtension(uint Type, byte[] Data);
