using Mimus.Core.Devices;
using Mimus.Core.State;

namespace Mimus.Devices.Firmware;

/// <summary>Port 80h of the PC, where firmware writes how far its self-test has come, and systems write to pass a microsecond.</summary>
public sealed class PostCodePort(string name) : IMmioDevice
{
    private byte _code;

    public string Name { get; } = name;

    /// <summary>The last code.</summary>
    public byte Code => Volatile.Read(ref _code);

    public void Read(ulong offset, Span<byte> data) => Register.Answer(data, Code);

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (!data.IsEmpty) Volatile.Write(ref _code, data[0]);
    }

    public void Reset() => Volatile.Write(ref _code, 0);

    public void State(StateVisitor v) => v.Field(1, "code", ref _code);
}
