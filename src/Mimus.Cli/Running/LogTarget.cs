using Mimus.Core.Diagnostics;

namespace Mimus.Cli.Running;

/// <summary>A log and the file behind it, if there is one.</summary>
internal sealed record LogTarget(MachineLog Log, IDisposable? File) : IDisposable
{
    public void Dispose() => File?.Dispose();
}
