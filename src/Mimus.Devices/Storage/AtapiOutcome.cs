namespace Mimus.Devices.Storage;

/// <summary>What becomes of a packet: an error, a reply in the buffer, or sectors to be read.</summary>
internal readonly record struct AtapiOutcome(byte SenseKey, int ReplyLength, long FirstSector, int Sectors)
{
    public static AtapiOutcome Done => default;

    public static AtapiOutcome Reply(int length) => new(0, length, 0, 0);

    public static AtapiOutcome Read(long first, int sectors) => new(0, 0, first, sectors);
}
