using Mimus.Core.Devices;
using Mimus.Core.State;

namespace Mimus.Kvm.Tests.Support;

/// <summary>A device that notes what is done to it, and reads as bytes that count up from 0x40.</summary>
internal sealed class Recorder(string name) : IMmioDevice
{
    private readonly List<string> _accesses = [];
    private byte _next = 0x40;

    public string Name => name;

    /// <summary>Each access: r or w, the offset, and the bytes.</summary>
    public IReadOnlyList<string> Accesses => _accesses;

    /// <summary>Called with each access's number, from 1 on.</summary>
    public Action<int>? OnAccess { get; set; }

    public void Read(ulong offset, Span<byte> data)
    {
        foreach (ref var value in data) value = _next++;
        Note($"r{offset:x}:{Convert.ToHexStringLower(data)}");
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data) => Note($"w{offset:x}:{Convert.ToHexStringLower(data)}");

    public void Reset() => _accesses.Clear();

    public void State(StateVisitor v)
    {
    }

    private void Note(string access)
    {
        _accesses.Add(access);
        OnAccess?.Invoke(_accesses.Count);
    }
}
