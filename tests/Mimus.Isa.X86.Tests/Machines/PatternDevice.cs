using System.Buffers.Binary;
using Mimus.Core.Devices;
using Mimus.Core.State;

namespace Mimus.Isa.X86.Tests.Machines;

/// <summary>Registers that all read as one number.</summary>
internal sealed class PatternDevice(ulong pattern) : IMmioDevice
{
    public string Name => "pattern";

    /// <summary>How often it was read or written.</summary>
    public int Accesses { get; private set; }

    public void Read(ulong offset, Span<byte> data)
    {
        Accesses++;
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, pattern);
        bytes[..data.Length].CopyTo(data);
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data) => Accesses++;

    public void Reset() => Accesses = 0;

    public void State(StateVisitor v)
    {
    }
}
