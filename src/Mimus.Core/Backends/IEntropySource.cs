namespace Mimus.Core.Backends;

/// <summary>Where a machine's random numbers come from; a seeded one makes a run repeatable.</summary>
public interface IEntropySource
{
    void Fill(Span<byte> destination);
}
