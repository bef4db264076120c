using Mimus.Core.Cpus;

namespace Mimus.Engines.Tests.Machines;

/// <summary>An engine in one configuration.</summary>
/// <param name="Name">What it is called in reports.</param>
/// <param name="Create">Makes it; the machine that it runs disposes of it.</param>
internal sealed record Engine(string Name, Func<IAccelerator> Create)
{
    public override string ToString() => Name;
}
