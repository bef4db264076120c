namespace Mimus.Storage.Qcow2;

/// <summary>Where the contents of a unit come from.</summary>
internal enum UnitKind
{
    /// <summary>From the backing file.</summary>
    Missing,
    Zero,
    Data,
    Compressed,
}
