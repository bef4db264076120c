namespace Mimus.Control.Gdb;

/// <summary>
/// Finds packets in the bytes from a debugger: <c>$payload#checksum</c>, with <c>}</c> before bytes that are sent changed
/// (Debugging with GDB, appendix "Remote Serial Protocol", section Overview). Never holds more than one packet.
/// </summary>
internal sealed class PacketReader(int capacity)
{
    private const byte Start = (byte)'$', End = (byte)'#', Escape = (byte)'}', Change = 0x20, InterruptByte = 3;

    private readonly byte[] _payload = new byte[capacity];
    private Part _part;
    private int _length, _received;
    private byte _sum;
    private int _firstDigit;

    private enum Part
    {
        Outside,
        Payload,
        Escaped,
        FirstDigit,
        SecondDigit,
    }

    /// <summary>What the last packet said, until the next byte is fed.</summary>
    public ReadOnlySpan<byte> Payload => _payload.AsSpan(0, _length);

    public PacketEvent Feed(byte value)
    {
        switch (_part)
        {
            case Part.Outside:
                return FeedOutside(value);
            case Part.FirstDigit:
                _firstDigit = HexText.Digit(value);
                _part = Part.SecondDigit;
                return PacketEvent.None;
            case Part.SecondDigit:
                _part = Part.Outside;
                if (_received > capacity) return PacketEvent.TooLong;
                return _firstDigit >= 0 && ((_firstDigit << 4) | HexText.Digit(value)) == _sum ? PacketEvent.Packet : PacketEvent.Damaged;
            default:
                FeedPayload(value);
                return PacketEvent.None;
        }
    }

    private PacketEvent FeedOutside(byte value)
    {
        switch (value)
        {
            case Start:
                Begin();
                return PacketEvent.None;
            case InterruptByte:
                return PacketEvent.Interrupt;
            case (byte)'+':
                return PacketEvent.Acknowledged;
            case (byte)'-':
                return PacketEvent.Refused;
            default:
                return PacketEvent.Garbage;
        }
    }

    private void FeedPayload(byte value)
    {
        switch (value)
        {
            case Start:
                // Never part of a payload as it is: the end of the packet before was lost.
                Begin();
                return;
            case End:
                _part = Part.FirstDigit;
                return;
        }
        _sum += value;
        // Counting on would overflow one day: a packet may have no end.
        if (_received <= capacity) _received++;
        if (value == Escape && _part == Part.Payload)
        {
            _part = Part.Escaped;
            return;
        }
        if (_received <= capacity) _payload[_length++] = _part == Part.Escaped ? (byte)(value ^ Change) : value;
        _part = Part.Payload;
    }

    private void Begin()
    {
        _part = Part.Payload;
        _length = 0;
        _received = 0;
        _sum = 0;
    }
}
