using System.Buffers.Binary;

namespace Mimus.Devices.Pci;

/// <summary>
/// Message-signalled interrupts of a function (PCI Local Bus 3.0, 6.8.1), with a 64-bit address and a mask for each vector. Its
/// registers are in the function's configuration space, under its lock.
/// </summary>
internal sealed class MsiCapability
{
    private const byte CapabilityId = 0x05;
    private const int Length = 24;

    // Registers (figure 6-9)
    private const int Control = 2, Address = 4, Data = 12, Mask = 16, Pending = 20;

    // Control (6.8.1.3)
    private const ushort Enable = 1 << 0, Address64 = 1 << 7, Maskable = 1 << 8, MultipleEnable = 7 << MultipleEnableShift;
    private const int MultipleCapableShift = 1, MultipleEnableShift = 4;

    private readonly PciFunction _function;
    private readonly int _at;
    private readonly int _vectors;

    /// <param name="function">Whose interrupts they are.</param>
    /// <param name="vectorsLog2">How many there are, as a power of two: 0 to 5.</param>
    public MsiCapability(PciFunction function, int vectorsLog2)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)vectorsLog2, 5u);
        _function = function;
        _vectors = 1 << vectorsLog2;
        _at = function.AddCapability(CapabilityId, Length);
        function.Define16(_at + Control, (ushort)(Address64 | Maskable | vectorsLog2 << MultipleCapableShift), Enable | MultipleEnable);
        function.Define32(_at + Address, 0, 0xfffffffc);
        function.Define32(_at + Address + 4, 0, uint.MaxValue);
        function.Define16(_at + Data, 0, ushort.MaxValue);
        function.Define32(_at + Mask, 0, _vectors == 32 ? uint.MaxValue : (1u << _vectors) - 1);
        function.Define32(_at + Pending, 0);
    }

    public bool IsEnabled => (_function.Configured16(_at + Control) & Enable) != 0;

    /// <summary>Signals a vector, now or when the guest lifts its mask; only while <see cref="IsEnabled"/>.</summary>
    public void Signal(int vector)
    {
        SetPending(vector, true);
        Send();
    }

    /// <summary>The guest has written to the configuration space: masked vectors may be free.</summary>
    public void OnWritten(int offset, int length)
    {
        if (offset < _at + Length && offset + length > _at && IsEnabled) Send();
    }

    private void Send()
    {
        var ready = _function.Configured32(_at + Pending) & ~_function.Configured32(_at + Mask);
        // 6.8.1.6: with fewer vectors than it could use, the function shares the last.
        var allowed = Math.Min(_vectors, 1 << Math.Min((_function.Configured16(_at + Control) & MultipleEnable) >> MultipleEnableShift, 5));
        var address = _function.Configured32(_at + Address) | (ulong)_function.Configured32(_at + Address + 4) << 32;
        for (var vector = 0; vector < _vectors; vector++)
        {
            if ((ready >> vector & 1) == 0) continue;
            SetPending(vector, false);
            var data = _function.Configured16(_at + Data) & ~(uint)(allowed - 1) | (uint)Math.Min(vector, allowed - 1);
            _function.SendMessage(address, data);
        }
    }

    private void SetPending(int vector, bool pending)
    {
        var bits = _function.Configured32(_at + Pending);
        bits = pending ? bits | 1u << vector : bits & ~(1u << vector);
        BinaryPrimitives.WriteUInt32LittleEndian(_function.Configuration[(_at + Pending)..], bits);
    }
}
