namespace Mimus.Storage.Operations;

/// <summary>What a check puts in order.</summary>
public enum RepairScope
{
    Nothing,

    /// <summary>Only space that is lost.</summary>
    Leaks,
    All,
}
