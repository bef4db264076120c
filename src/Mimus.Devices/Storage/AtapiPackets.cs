using System.Buffers.Binary;
using System.Text;
using Mimus.Core.State;

namespace Mimus.Devices.Storage;

/// <summary>
/// The packet commands of a CD-ROM drive with a data disc (SCSI Multimedia Commands 3, T10 1363D; SCSI Primary Commands 2, T10 1236D).
/// It has no lock.
/// </summary>
internal sealed class AtapiPackets : IStateful
{
    // Commands
    private const byte TestUnitReady = 0x00, RequestSense = 0x03, Inquiry = 0x12, StartStop = 0x1b, PreventRemoval = 0x1e,
        ReadCapacity = 0x25, Read10 = 0x28, Seek = 0x2b, ReadSubchannel = 0x42, ReadToc = 0x43, GetConfiguration = 0x46,
        GetEventStatus = 0x4a, ReadDiscInformation = 0x51, ModeSense10 = 0x5a, Read12 = 0xa8, SetSpeed = 0xbb, MechanismStatus = 0xbd,
        ReadCd = 0xbe;

    // Sense keys and additional codes (SPC-2, 7.20)
    private const byte NotReady = 2, MediumError = 3, IllegalRequest = 5, UnitAttention = 6;
    private const byte NoMedium = 0x3a, UnrecoveredRead = 0x11, InvalidCommand = 0x20, OutOfRange = 0x21, InvalidField = 0x24,
        MediumMayHaveChanged = 0x28, PowerOn = 0x29;

    private const int SenseLength = 18, LeadOut = 0xaa;
    private const int FramesPerSecond = 75, LeadIn = 150;

    private byte _key, _code;       // of the last error
    private byte _attention;        // what the host is told at the next opportunity
    private bool _locked;           // the host wants the disc to stay

    /// <summary>Another disc is in the drive.</summary>
    public void MediumChanged() => _attention = MediumMayHaveChanged;

    public void Reset()
    {
        _key = _code = 0;
        _attention = PowerOn;
        _locked = false;
    }

    public void State(StateVisitor v)
    {
        v.Field(1, "key", ref _key);
        v.Field(2, "code", ref _code);
        v.Field(3, "attention", ref _attention);
        v.Field(4, "locked", ref _locked);
    }

    public AtapiOutcome ReadFailed() => Error(MediumError, UnrecoveredRead);

    /// <summary>Carries out a packet; a reply goes into the buffer, at most as long as the packet allows.</summary>
    public AtapiOutcome Execute(ReadOnlySpan<byte> packet, Span<byte> buffer, long sectors)
    {
        var command = packet[0];
        if (_attention != 0 && command is not (RequestSense or Inquiry or GetConfiguration or GetEventStatus))
        {
            var code = _attention;
            _attention = 0;
            return Error(UnitAttention, code);
        }
        var outcome = ExecuteAlways(packet, buffer, sectors);
        if (outcome is { } done) return done;
        if (sectors == 0) return Error(NotReady, NoMedium);
        return ExecuteWithDisc(packet, buffer, sectors);
    }

    /// <summary>The commands that need no disc; null for the others.</summary>
    private AtapiOutcome? ExecuteAlways(ReadOnlySpan<byte> packet, Span<byte> buffer, long sectors)
    {
        switch (packet[0])
        {
            case RequestSense:
                return Sense(buffer, packet[4]);
            case Inquiry:
                return InquiryData(buffer, BinaryPrimitives.ReadUInt16BigEndian(packet[3..]));
            case PreventRemoval:
                _locked = (packet[4] & 1) != 0;
                return AtapiOutcome.Done;
            case StartStop or SetSpeed:
                return AtapiOutcome.Done; // the drive is always at speed, and its tray is the machine's operator's
            case GetConfiguration:
                return Configuration(buffer, BinaryPrimitives.ReadUInt16BigEndian(packet[7..]), sectors > 0);
            case GetEventStatus:
                return EventStatus(buffer, packet, sectors > 0);
            case ModeSense10:
                return ModePage(buffer, packet);
            case MechanismStatus:
                return Take(buffer, 8, BinaryPrimitives.ReadUInt16BigEndian(packet[8..]), b => b[5] = 1);
            case TestUnitReady or ReadCapacity or Read10 or Read12 or ReadCd or Seek or ReadToc or ReadSubchannel or ReadDiscInformation:
                return null;
            default:
                return Error(IllegalRequest, InvalidCommand);
        }
    }

    private AtapiOutcome ExecuteWithDisc(ReadOnlySpan<byte> packet, Span<byte> buffer, long sectors)
    {
        switch (packet[0])
        {
            case ReadCapacity:
                BinaryPrimitives.WriteUInt32BigEndian(buffer, (uint)Math.Min(sectors - 1, uint.MaxValue));
                BinaryPrimitives.WriteInt32BigEndian(buffer[4..], AtapiDrive.SectorLength);
                return AtapiOutcome.Reply(8);
            case Read10:
                return Read(BinaryPrimitives.ReadUInt32BigEndian(packet[2..]), BinaryPrimitives.ReadUInt16BigEndian(packet[7..]), sectors);
            case Read12:
                return Read(BinaryPrimitives.ReadUInt32BigEndian(packet[2..]), BinaryPrimitives.ReadUInt32BigEndian(packet[6..]), sectors);
            case ReadCd:
                // Only the user data of a sector is there; nothing chosen is nothing read (MMC-3, 6.1.15).
                if ((packet[9] & 0xf8) == 0) return AtapiOutcome.Done;
                if ((packet[9] & 0xf8) != 0x10) return Error(IllegalRequest, InvalidField);
                return Read(BinaryPrimitives.ReadUInt32BigEndian(packet[2..]), BinaryPrimitives.ReadUInt32BigEndian(packet[5..]) & 0xffffff, sectors);
            case Seek:
                return BinaryPrimitives.ReadUInt32BigEndian(packet[2..]) < sectors ? AtapiOutcome.Done : Error(IllegalRequest, OutOfRange);
            case ReadToc:
                return Toc(buffer, packet, sectors);
            case ReadSubchannel:
                return Take(buffer, 4, BinaryPrimitives.ReadUInt16BigEndian(packet[7..]), b => b[1] = 0x15); // no audio is played
            case ReadDiscInformation:
                return Take(buffer, 34, BinaryPrimitives.ReadUInt16BigEndian(packet[7..]), b =>
                {
                    b[1] = 32;
                    b[2] = 0x0e; // a finished disc whose last session is complete
                    b[3] = b[4] = b[5] = b[6] = 1;
                });
            default:
                return AtapiOutcome.Done;
        }
    }

    private AtapiOutcome Error(byte key, byte code)
    {
        (_key, _code) = (key, code);
        return new AtapiOutcome(key, 0, 0, 0);
    }

    private AtapiOutcome Read(uint first, uint count, long sectors)
    {
        if (first > sectors || count > sectors - first) return Error(IllegalRequest, OutOfRange);
        return count == 0 ? AtapiOutcome.Done : AtapiOutcome.Read(first, (int)Math.Min(count, int.MaxValue));
    }

    private static AtapiOutcome Take(Span<byte> buffer, int length, int allowed, Action<byte[]> fill)
    {
        var reply = new byte[length];
        fill(reply);
        reply.CopyTo(buffer);
        return AtapiOutcome.Reply(Math.Min(length, allowed));
    }

    private AtapiOutcome Sense(Span<byte> buffer, int allowed)
    {
        if (_attention != 0) (_key, _code, _attention) = (UnitAttention, _attention, 0);
        var (key, code) = (_key, _code);
        (_key, _code) = (0, 0);
        return Take(buffer, SenseLength, allowed, b => (b[0], b[2], b[7], b[12]) = (0x70, key, SenseLength - 8, code));
    }

    private static AtapiOutcome InquiryData(Span<byte> buffer, int allowed) => Take(buffer, 36, allowed, b =>
    {
        (b[0], b[1], b[3], b[4]) = (0x05, 0x80, 0x21, 31); // a CD-ROM, removable, ATAPI
        Encoding.ASCII.GetBytes("MIMUS   MIMUS CD-ROM    1.0 ", b.AsSpan(8));
    });

    /// <summary>MMC-3, 6.1.4: the profile list and the core feature; a CD-ROM profile is current while there is a disc.</summary>
    private static AtapiOutcome Configuration(Span<byte> buffer, int allowed, bool hasDisc) => Take(buffer, 28, allowed, b =>
    {
        (b[3], b[7]) = (24, hasDisc ? (byte)8 : (byte)0);
        (b[10], b[11], b[13], b[14]) = (3, 4, 8, hasDisc ? (byte)1 : (byte)0);
        (b[17], b[18], b[19], b[23]) = (1, 3, 8, 2); // ATAPI
    });

    /// <summary>MMC-3, 6.1.6: polled events of the medium.</summary>
    private AtapiOutcome EventStatus(Span<byte> buffer, ReadOnlySpan<byte> packet, bool hasDisc)
    {
        if ((packet[1] & 1) == 0) return Error(IllegalRequest, InvalidField);
        var wanted = (packet[4] & 0x10) != 0;
        var isNew = _attention == MediumMayHaveChanged;
        return Take(buffer, wanted ? 8 : 4, BinaryPrimitives.ReadUInt16BigEndian(packet[7..]), b =>
        {
            b[3] = 0x10;
            (b[1], b[2]) = wanted ? ((byte)6, (byte)4) : ((byte)2, (byte)0x80);
            if (wanted) (b[4], b[5]) = (isNew && hasDisc ? (byte)2 : (byte)0, hasDisc ? (byte)2 : (byte)0);
        });
    }

    /// <summary>MMC-3, 5.5: error recovery, capabilities and their mechanical status.</summary>
    private AtapiOutcome ModePage(Span<byte> buffer, ReadOnlySpan<byte> packet)
    {
        var allowed = BinaryPrimitives.ReadUInt16BigEndian(packet[7..]);
        var hasCapabilities = (packet[2] & 0x3f) is 0x2a or 0x3f;
        var hasRecovery = (packet[2] & 0x3f) is 0x01 or 0x3f;
        if ((!hasCapabilities && !hasRecovery) || packet[2] >> 6 == 3) return Error(IllegalRequest, InvalidField);
        var length = 8 + (hasRecovery ? 8 : 0) + (hasCapabilities ? 20 : 0);
        var locked = _locked;
        return Take(buffer, length, allowed, b =>
        {
            b[1] = (byte)(length - 2);
            var page = b.AsSpan(8);
            if (hasRecovery)
            {
                (page[0], page[1], page[3]) = (0x01, 6, 5);
                page = page[8..];
            }
            if (!hasCapabilities) return;
            (page[0], page[1], page[4], page[6]) = (0x2a, 18, 0x70, (byte)(0x29 | (locked ? 0x02 : 0)));
            BinaryPrimitives.WriteUInt16BigEndian(page[8..], 706);  // four times the speed of audio
            BinaryPrimitives.WriteUInt16BigEndian(page[12..], 512); // KiB of buffer
            BinaryPrimitives.WriteUInt16BigEndian(page[14..], 706);
        });
    }

    /// <summary>MMC-3, 6.1.20: one data track and the lead-out, by address or by minutes, seconds and frames.</summary>
    private AtapiOutcome Toc(Span<byte> buffer, ReadOnlySpan<byte> packet, long sectors)
    {
        var byTime = (packet[1] & 2) != 0;
        var format = packet[2] & 15;
        if (format == 0) format = packet[9] >> 6; // where older hosts have it
        var allowed = BinaryPrimitives.ReadUInt16BigEndian(packet[7..]);
        if (format == 1)
        {
            return Take(buffer, 12, allowed, b =>
            {
                (b[1], b[2], b[3], b[5], b[6]) = (10, 1, 1, 0x14, 1);
                Place(b.AsSpan(8), 0, byTime);
            });
        }
        var firstTrack = packet[6];
        if (format != 0 || firstTrack is > 1 and not LeadOut) return Error(IllegalRequest, InvalidField);
        var hasTrack = firstTrack <= 1;
        return Take(buffer, hasTrack ? 20 : 12, allowed, b =>
        {
            (b[1], b[2], b[3]) = ((byte)(b.Length - 2), 1, 1);
            var entry = b.AsSpan(4);
            if (hasTrack)
            {
                (entry[1], entry[2]) = (0x14, 1);
                Place(entry[4..], 0, byTime);
                entry = entry[8..];
            }
            (entry[1], entry[2]) = (0x16, LeadOut);
            Place(entry[4..], sectors, byTime);
        });
    }

    private static void Place(Span<byte> field, long sector, bool byTime)
    {
        if (!byTime)
        {
            BinaryPrimitives.WriteUInt32BigEndian(field, (uint)Math.Min(sector, uint.MaxValue));
            return;
        }
        sector += LeadIn;
        (field[0], field[1], field[2], field[3]) =
            (0, (byte)(sector / FramesPerSecond / 60), (byte)(sector / FramesPerSecond % 60), (byte)(sector % FramesPerSecond));
    }
}
