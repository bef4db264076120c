using Mimus.Core.Devices;
using Mimus.Core.Memory;
using Mimus.Core.State;

namespace Mimus.Boards.Pc;

/// <summary>A segment whose stores go to memory while loads still see the ROM: how firmware copies itself.</summary>
internal sealed class WriteOnlyMemory(RamBlock memory, ulong offset, RamBlock? rom, ulong romOffset) : IMmioDevice
{
    public string Name => memory.Name;

    public void Read(ulong at, Span<byte> data)
    {
        if (rom is null) data.Fill(byte.MaxValue);
        else rom.Bytes(romOffset + at, data.Length).CopyTo(data);
    }

    public void Write(ulong at, ReadOnlySpan<byte> data)
    {
        data.CopyTo(memory.Bytes(offset + at, data.Length));
        memory.MarkWritten(offset + at, (ulong)data.Length);
    }

    public void Reset()
    {
    }

    public void State(StateVisitor v)
    {
    }
}
