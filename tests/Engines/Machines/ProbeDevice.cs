using System.Buffers.Binary;
using Mimus.Core.Devices;
using Mimus.Core.State;

namespace Mimus.Engines.Tests.Machines;

/// <summary>
/// A page of registers that remembers every access in its order: an access too many, too few, or of another width makes another
/// digest, and other values are read from then on.
/// </summary>
internal sealed class ProbeDevice : IMmioDevice
{
    public const ulong Address = 0x1000_0000, Size = 0x1000;

    /// <summary>Writes here call <see cref="Acknowledged"/> and leave no trace.</summary>
    public const ulong Acknowledge = 0xff0;

    private const ulong Prime = 0x0000_0100_0000_01b3;

    private readonly Lock _lock = new();
    private ulong _digest;

    public string Name => "probe";

    /// <summary>Called by the vCPU's thread.</summary>
    public Action? Acknowledged { get; set; }

    /// <summary>Called by the vCPU's thread at every other access.</summary>
    public Action? Accessed { get; set; }

    public ulong Digest
    {
        get
        {
            lock (_lock) return _digest;
        }
    }

    public void Reset()
    {
        lock (_lock) _digest = 0xcbf2_9ce4_8422_2325;
    }

    public void Read(ulong offset, Span<byte> data)
    {
        Span<byte> value = stackalloc byte[8];
        lock (_lock)
        {
            Add(offset ^ ((ulong)data.Length << 32));
            BinaryPrimitives.WriteUInt64LittleEndian(value, _digest ^ (_digest >> 29));
        }
        value[..data.Length].CopyTo(data);
        Accessed?.Invoke();
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (offset == Acknowledge)
        {
            Acknowledged?.Invoke();
            return;
        }
        lock (_lock)
        {
            Add(offset ^ ((ulong)data.Length << 40));
            foreach (var b in data) Add(b);
        }
        Accessed?.Invoke();
    }

    public void State(StateVisitor v) => v.Field(1, "digest", ref _digest);

    private void Add(ulong value) => _digest = (_digest ^ value) * Prime;
}
