using Mimus.Core.Backends;
using Mimus.Core.Devices;
using Mimus.Core.State;

namespace Mimus.Devices.Firmware;

/// <summary>
/// A port to which firmware writes its messages, one character at a time: "port E9" of the Bochs emulator (its documentation,
/// <c>port_e9_hack</c>), at 402h in the firmware of virtual machines. Reading it tells that it is there.
/// </summary>
public sealed class DebugConsole(string name, IConsole console) : IMmioDevice
{
    private const byte Present = 0xe9;

    public string Name { get; } = name;

    public void Read(ulong offset, Span<byte> data) => Register.Answer(data, Present);

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (!data.IsEmpty) console.Write(data[..1]);
    }

    public void Reset()
    {
    }

    public void State(StateVisitor v)
    {
    }
}
