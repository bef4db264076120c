using Mimus.Core.Devices;
using Mimus.Core.State;

namespace Mimus.Boards.Pico;

/// <summary>Addresses where nothing is: the first access stops the machine, and is what it says of its end.</summary>
internal sealed class UnknownAccess(string what, ulong start, PicoMachine machine) : IMmioDevice
{
    public string Name => what;

    public void Read(ulong offset, Span<byte> data)
    {
        machine.Stop($"read of {data.Length} bytes at {what} 0x{start + offset:x}, where nothing is");
        data.Fill(0xff);
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data) => machine.Stop($"write of {data.Length} bytes at {what} 0x{start + offset:x}, where nothing is");

    public void Reset()
    {
    }

    public void State(StateVisitor v)
    {
    }
}
