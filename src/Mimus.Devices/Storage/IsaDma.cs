using Mimus.Core.Devices;
using Mimus.Core.Memory;
using Mimus.Core.State;

namespace Mimus.Devices.Storage;

/// <summary>
/// The DMA controllers of the PC: two cascaded 8237A with page registers (Intel 8237A data sheet, 231466-005; 82371SB data sheet,
/// 2.5.1). Channels 0 to 3 move bytes and 5 to 7 words; 4 is the cascade. A device moves its data when it has them: the modes differ
/// only in how long the bus is held.
/// </summary>
public sealed class IsaDma : IMmioDevice
{
    /// <summary>
    /// Offsets of the registers: those of the first controller (ports 00h to 0Fh), of the second (C0h to DFh, every other one), and the
    /// pages (80h to 8Fh).
    /// </summary>
    public const int FirstOffset = 0x00, SecondOffset = 0x10, PageOffset = 0x30;

    /// <summary>How many offsets there are.</summary>
    public const ulong Size = 0x40;

    private const int Channels = 8, PerController = 4, Cascade = 4, PageRegisters = 16;

    // Registers behind those of the channels ("Register description")
    private const int StatusOrCommand = 8, Request = 9, SingleMask = 10, Mode = 11, ClearFlipFlop = 12, TemporaryOrClear = 13,
        ClearMask = 14, AllMask = 15;
    private const byte ControllerDisabled = 0x04, SetBit = 0x04;

    private readonly GuestMemory _memory;
    private readonly Action?[] _listeners = new Action?[Channels];
    private readonly Lock _lock = new(); // taken inside the locks of devices, held while data moves, never while a device is told

    private readonly DmaChannel8237[] _channels = new DmaChannel8237[Channels];
    private readonly byte[] _pages = new byte[PageRegisters]; // those without a channel are memory
    private readonly byte[] _command = new byte[2], _mask = new byte[2], _terminal = new byte[2], _request = new byte[2];
    private bool _firstHigh, _secondHigh; // the flip-flops: which half of a register is next

    /// <param name="name">The name in snapshots and messages.</param>
    /// <param name="memory">The guest's memory.</param>
    public IsaDma(string name, GuestMemory memory)
    {
        Name = name;
        _memory = memory;
        for (var i = 0; i < Channels; i++) _channels[i] = new DmaChannel8237(isWide: i >= PerController);
        Reset();
    }

    public string Name { get; }

    /// <summary>The channel of each page register; 4 is that of none.</summary>
    private static ReadOnlySpan<byte> PageChannels =>
        [Cascade, 2, 3, 1, Cascade, Cascade, Cascade, 0, Cascade, 6, 7, 5, Cascade, Cascade, Cascade, Cascade];

    /// <summary>Says who is to be told that a channel may have become ready, while the machine is built.</summary>
    public void Listen(int channel, Action onReady) => _listeners[channel] = onReady;

    /// <summary>Whether a device's request would be granted.</summary>
    public bool IsReady(int channel)
    {
        lock (_lock) return IsReadyLocked(channel);
    }

    /// <summary>
    /// Moves a device's data until their end or the channel's terminal count, and returns how many bytes; none while the channel is not
    /// ready.
    /// </summary>
    public int Transfer(int channel, Span<byte> data, bool toMemory, out bool terminal)
    {
        lock (_lock)
        {
            terminal = false;
            if (!IsReadyLocked(channel)) return 0;
            var done = _channels[channel].Transfer(_memory, data, toMemory, out terminal);
            if (!terminal) return done;
            var (controller, bit) = Place(channel);
            _terminal[controller] |= bit;
            _request[controller] &= (byte)~bit;
            if (!_channels[channel].IsAutomatic) _mask[controller] |= bit;
            return done;
        }
    }

    public void Read(ulong offset, Span<byte> data)
    {
        byte value = byte.MaxValue;
        lock (_lock)
        {
            if (offset < SecondOffset) value = ReadController(0, (int)offset);
            else if (offset < PageOffset) value = ReadController(1, (int)(offset - SecondOffset) / 2);
            else if (offset < Size) value = ReadPage((int)offset - PageOffset);
        }
        Register.Answer(data, value);
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty || offset >= Size) return;
        Span<bool> ready = stackalloc bool[Channels];
        lock (_lock)
        {
            var before = ReadyMask();
            if (offset < SecondOffset) WriteController(0, (int)offset, data[0]);
            else if (offset < PageOffset) WriteController(1, (int)(offset - SecondOffset) / 2, data[0]);
            else if (PageChannels[(int)offset - PageOffset] is Cascade) _pages[offset - PageOffset] = data[0];
            else _channels[PageChannels[(int)offset - PageOffset]].Page = data[0];
            var now = ReadyMask() & ~before;
            for (var i = 0; i < Channels; i++) ready[i] = (now >> i & 1) != 0;
        }
        for (var i = 0; i < Channels; i++)
        {
            if (ready[i]) _listeners[i]?.Invoke();
        }
    }

    public void Reset()
    {
        lock (_lock)
        {
            foreach (var channel in _channels) channel.Reset();
            Array.Clear(_pages);
            Clear(0);
            Clear(1);
        }
    }

    public void State(StateVisitor v)
    {
        lock (_lock)
        {
            for (var i = 0; i < Channels; i++) v.Child($"channel{i}", _channels[i]);
            v.Bytes(1, "pages", _pages);
            v.Bytes(2, "command", _command);
            v.Bytes(3, "mask", _mask);
            v.Bytes(4, "terminal", _terminal);
            v.Bytes(5, "request", _request);
            v.Field(6, "first-high", ref _firstHigh);
            v.Field(7, "second-high", ref _secondHigh);
        }
    }

    private byte ReadPage(int register) => PageChannels[register] == Cascade ? _pages[register] : _channels[PageChannels[register]].Page;

    private static (int Controller, byte Bit) Place(int channel) => (channel / PerController, (byte)(1 << channel % PerController));

    private bool IsReadyLocked(int channel)
    {
        var (controller, bit) = Place(channel);
        if (channel == Cascade || ((_mask[controller] & bit) | (_command[controller] & ControllerDisabled)) != 0) return false;
        // The first controller reaches the bus through channel 4.
        return controller == 1 || ((_mask[1] & 1) | (_command[1] & ControllerDisabled)) == 0;
    }

    private int ReadyMask()
    {
        var mask = 0;
        for (var i = 0; i < Channels; i++) mask |= IsReadyLocked(i) ? 1 << i : 0;
        return mask;
    }

    private ref bool FlipFlop(int controller) => ref controller == 0 ? ref _firstHigh : ref _secondHigh;

    private byte ReadController(int controller, int register)
    {
        if (register < StatusOrCommand)
        {
            ref var high = ref FlipFlop(controller);
            var value = _channels[controller * PerController + register / 2].Read(isCount: register % 2 != 0, high);
            high = !high;
            return value;
        }
        switch (register)
        {
            case StatusOrCommand:
                var status = (byte)(_terminal[controller] | _request[controller] << 4);
                _terminal[controller] = 0;
                return status;
            case AllMask:
                return (byte)(_mask[controller] | 0xf0);
            case TemporaryOrClear:
                return 0;
            default:
                return byte.MaxValue;
        }
    }

    private void WriteController(int controller, int register, byte value)
    {
        if (register < StatusOrCommand)
        {
            ref var high = ref FlipFlop(controller);
            _channels[controller * PerController + register / 2].Write(isCount: register % 2 != 0, high, value);
            high = !high;
            return;
        }
        var bit = (byte)(1 << (value & 3));
        switch (register)
        {
            case StatusOrCommand:
                _command[controller] = value;
                break;
            case Request:
                _request[controller] = (byte)((value & SetBit) != 0 ? _request[controller] | bit : _request[controller] & ~bit);
                break;
            case SingleMask:
                _mask[controller] = (byte)((value & SetBit) != 0 ? _mask[controller] | bit : _mask[controller] & ~bit);
                break;
            case Mode:
                _channels[controller * PerController + (value & 3)].Mode = value;
                break;
            case ClearFlipFlop:
                FlipFlop(controller) = false;
                break;
            case TemporaryOrClear:
                Clear(controller);
                break;
            case ClearMask:
                _mask[controller] = 0;
                break;
            case AllMask:
                _mask[controller] = (byte)(value & 15);
                break;
        }
    }

    /// <summary>Master clear.</summary>
    private void Clear(int controller)
    {
        _command[controller] = _terminal[controller] = _request[controller] = 0;
        _mask[controller] = 15;
        FlipFlop(controller) = false;
    }
}
