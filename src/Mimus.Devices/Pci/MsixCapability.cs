using System.Buffers.Binary;
using System.Numerics;
using Mimus.Core.State;

namespace Mimus.Devices.Pci;

/// <summary>
/// Message-signalled interrupts with a table (PCI Local Bus 3.0, 6.8.2), which has a window of its own. All of it is under the lock of the
/// function's configuration space.
/// </summary>
internal sealed class MsixCapability : IStateful
{
    private const byte CapabilityId = 0x11;
    private const int Length = 12;

    // Registers (figure 6-10)
    private const int Control = 2, Table = 4, PendingArray = 8;

    // Control (6.8.2.3)
    private const ushort Enable = 1 << 15, FunctionMask = 1 << 14;

    // Table entry (figure 6-11)
    private const int EntryLength = 16, EntryData = 8, EntryControl = 12;
    private const byte EntryMasked = 1;
    private const int MaximumVectors = 2048;

    private readonly PciFunction _function;
    private readonly int _at;
    private readonly int _pendingStart;

    private readonly byte[] _table;
    private readonly ulong[] _pending;

    /// <param name="function">Whose interrupts they are.</param>
    /// <param name="vectors">How many there are.</param>
    /// <param name="bar">The number of the window in which the table is; the function adds it with <see cref="WindowLength"/>.</param>
    public MsixCapability(PciFunction function, int vectors, int bar)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vectors, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(vectors, MaximumVectors);
        _function = function;
        _table = new byte[vectors * EntryLength];
        _pending = new ulong[(vectors + 63) / 64];
        // The two parts are on pages of their own (6.8.2).
        _pendingStart = (_table.Length + 0xfff) & ~0xfff;
        WindowLength = BitOperations.RoundUpToPowerOf2((ulong)_pendingStart + 0x1000);
        _at = function.AddCapability(CapabilityId, Length);
        function.Define16(_at + Control, (ushort)(vectors - 1), Enable | FunctionMask);
        function.Define32(_at + Table, (uint)bar);
        function.Define32(_at + PendingArray, (uint)(_pendingStart | bar));
        Reset();
    }

    public ulong WindowLength { get; }

    public bool IsEnabled => (_function.Configured16(_at + Control) & Enable) != 0;

    public int Vectors => _table.Length / EntryLength;

    /// <summary>Signals a vector, now or when the guest lifts its masks; only while <see cref="IsEnabled"/>.</summary>
    public void Signal(int vector)
    {
        if ((uint)vector >= (uint)Vectors) return;
        _pending[vector / 64] |= 1ul << vector;
        Send(vector);
    }

    public void Read(ulong offset, Span<byte> data)
    {
        data.Clear();
        if (offset < (ulong)_table.Length)
        {
            var entries = _table.AsSpan((int)offset);
            entries[..Math.Min(entries.Length, data.Length)].CopyTo(data);
            return;
        }
        var word = (offset - (ulong)_pendingStart) / sizeof(ulong);
        if (offset >= (ulong)_pendingStart && word < (ulong)_pending.Length) Register.AnswerPart(data, _pending[word], offset);
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        // 6.8.2: aligned accesses of 32 or 64 bits.
        if (offset >= (ulong)_table.Length || data.Length is not (4 or 8) || offset % (ulong)data.Length != 0) return;
        data.CopyTo(_table.AsSpan((int)offset));
        Send((int)offset / EntryLength);
    }

    /// <summary>The guest has written to the configuration space: masked vectors may be free.</summary>
    public void OnWritten(int offset, int length)
    {
        if (offset >= _at + Length || offset + length <= _at) return;
        for (var vector = 0; vector < Vectors; vector++) Send(vector);
    }

    public void Reset()
    {
        Array.Clear(_table);
        Array.Clear(_pending);
        for (var i = EntryControl; i < _table.Length; i += EntryLength) _table[i] = EntryMasked; // 6.8.2.9
    }

    public void State(StateVisitor v)
    {
        v.Bytes(1, "table", _table);
        v.Fields(2, "pending", _pending);
        if (v.IsRestoring && Vectors % 64 != 0) _pending[^1] &= (1ul << Vectors) - 1;
    }

    private void Send(int vector)
    {
        var bit = 1ul << vector;
        if ((_pending[vector / 64] & bit) == 0 || (_function.Configured16(_at + Control) & (Enable | FunctionMask)) != Enable) return;
        var entry = _table.AsSpan(vector * EntryLength, EntryLength);
        if ((entry[EntryControl] & EntryMasked) != 0) return;
        _pending[vector / 64] &= ~bit;
        _function.SendMessage(BinaryPrimitives.ReadUInt64LittleEndian(entry) & ~3ul, BinaryPrimitives.ReadUInt32LittleEndian(entry[EntryData..]));
    }
}
