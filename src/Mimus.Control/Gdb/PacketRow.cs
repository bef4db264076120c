using System.Text;

namespace Mimus.Control.Gdb;

/// <summary>One row of the table of requests.</summary>
/// <param name="Name">How the request begins.</param>
/// <param name="Handler">What carries it out.</param>
/// <param name="IsWhole">Nothing follows the name.</param>
internal sealed record PacketRow(string Name, PacketHandler Handler, bool IsWhole = false)
{
    private readonly byte[] _name = Encoding.ASCII.GetBytes(Name);

    public bool Matches(ReadOnlySpan<byte> payload) => IsWhole ? payload.SequenceEqual(_name) : payload.StartsWith(_name);
}
