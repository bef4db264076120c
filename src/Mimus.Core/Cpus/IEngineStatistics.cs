namespace Mimus.Core.Cpus;

/// <summary>What an engine counts of its work on one vCPU. Only for people: nothing a guest sees may depend on it.</summary>
public interface IEngineStatistics
{
    /// <summary>The numbers as they are now, in the order to show them. Called while the vCPU does not run.</summary>
    IReadOnlyList<EngineNumber> Numbers { get; }
}
