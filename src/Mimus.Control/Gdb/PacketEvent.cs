namespace Mimus.Control.Gdb;

/// <summary>What a byte from the debugger completed.</summary>
internal enum PacketEvent
{
    None,

    /// <summary>A packet with the right checksum.</summary>
    Packet,

    /// <summary>A packet whose checksum does not fit.</summary>
    Damaged,

    /// <summary>A packet of more bytes than were promised to be accepted; what it said is lost.</summary>
    TooLong,

    /// <summary>The byte that asks a running program to stop.</summary>
    Interrupt,

    /// <summary>The last packet arrived.</summary>
    Acknowledged,

    /// <summary>The last packet is to be sent again.</summary>
    Refused,

    /// <summary>A byte outside of packets that means nothing.</summary>
    Garbage,
}
