namespace Mimus.Core.Cpus;

/// <summary>An engine that runs guest code.</summary>
public interface IAccelerator : IDisposable
{
    /// <summary>The name by which people choose it.</summary>
    string Name { get; }

    IVcpu CreateVcpu(GuestCpu cpu, VcpuEnvironment environment);
}
