using Mimus.Core.Backends;
using Mimus.Host;

namespace Mimus;

/// <summary>Random numbers of the host's operating system.</summary>
internal sealed class SystemEntropy : IEntropySource
{
    public static SystemEntropy Instance { get; } = new();

    public void Fill(Span<byte> destination) => HostEntropy.Fill(destination);
}
