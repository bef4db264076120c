namespace Mimus.Core.Cpus;

/// <summary>A vCPU that leaves guest code for what it cannot do there, and counts that. Only for people: nothing a guest sees may depend on it.</summary>
public interface IExitStatistics
{
    /// <summary>The counts as they are now. Called while the vCPU does not run.</summary>
    IReadOnlyList<ExitCount> Exits { get; }
}
