using System.Numerics;
using Mimus.Core.State;

namespace Mimus.Devices.Interrupts;

/// <summary>
/// One 8259A programmable interrupt controller (Intel 8259A data sheet, 231468-003) as it is in PC chip sets: in 8086 mode, with
/// the trigger mode of each input from an ELCR instead of ICW1 (82371SB data sheet, 2.5.3). It has no lock: its owner,
/// <see cref="PicPair"/>, has.
/// </summary>
internal sealed class Pic8259(bool isMaster, byte levelCapable) : IStateful
{
    // ICW1 and the bits that tell command words apart (data sheet, "Initialization command words")
    private const byte Icw1 = 0x10, Icw1NeedsIcw4 = 0x01, Icw1Single = 0x02;
    private const byte Icw4AutoEoi = 0x02, Icw4FullyNested = 0x10;
    private const byte VectorMask = 0xf8;

    // OCW2: R, SL and EOI in the high bits, a level in the low ones
    private const int Ocw2Shift = 5, LevelMask = 7;
    private const int ClearRotateOnAutoEoi = 0, NonspecificEoi = 1, SpecificEoi = 3, SetRotateOnAutoEoi = 4, RotateOnNonspecificEoi = 5,
        SetPriority = 6, RotateOnSpecificEoi = 7;

    // OCW3
    private const byte Ocw3 = 0x08, Ocw3ReadSelect = 0x02, Ocw3ReadIsr = 0x01, Ocw3Poll = 0x04, Ocw3SpecialMaskSelect = 0x40,
        Ocw3SpecialMask = 0x20;

    private const byte PollPending = 0x80;
    private const int SpuriousLevel = 7, NoLevel = -1;

    private byte _lines;    // levels at the inputs
    private byte _edges;    // rising edges that were not yet acknowledged
    private byte _inService, _masked, _levelTriggered;
    private byte _vectorBase, _cascade, _icw1;
    private int _lowest = 7;    // the level of the lowest priority
    private int _expected;      // the next initialization word at the second address: 2, 3, 4 or 0 for none
    private bool _readsInService, _polls, _specialMask, _autoEoi, _rotatesOnAutoEoi, _fullyNested;

    /// <summary>The INT output.</summary>
    public bool IsRequesting => Best() != NoLevel;

    /// <summary>The edge/level control register.</summary>
    public byte LevelTriggered
    {
        get => _levelTriggered;
        set => _levelTriggered = (byte)(value & levelCapable);
    }

    /// <summary>A request must stay until it is acknowledged, in either mode ("Edge and level triggered modes").</summary>
    private byte Requests => (byte)((_edges | _levelTriggered) & _lines);

    public void SetLine(int level, bool high)
    {
        var bit = (byte)(1 << level);
        if (!high)
        {
            _lines &= (byte)~bit;
            _edges &= (byte)~bit;
        }
        else if ((_lines & bit) == 0)
        {
            _lines |= bit;
            _edges |= bit;
        }
    }

    /// <summary>The INTA sequence: the level that enters service. When none requests, it is level 7 without entering service.</summary>
    public int Acknowledge(out byte vector)
    {
        var level = Best();
        if (level == NoLevel)
        {
            vector = (byte)(_vectorBase | SpuriousLevel);
            return NoLevel;
        }
        var bit = (byte)(1 << level);
        _edges &= (byte)~bit;
        if (!_autoEoi) _inService |= bit;
        else if (_rotatesOnAutoEoi) _lowest = level;
        vector = (byte)(_vectorBase | level);
        return level;
    }

    public byte Read(bool second)
    {
        if (_polls)
        {
            // OCW3: the next read, at whichever address, is the acknowledge.
            _polls = false;
            var level = Acknowledge(out _);
            return level == NoLevel ? (byte)0 : (byte)(PollPending | level);
        }
        if (second) return _masked;
        return _readsInService ? _inService : Requests;
    }

    public void Write(bool second, byte value)
    {
        if (second)
        {
            if (_expected == 0) _masked = value;
            else Initialize(value);
        }
        else if ((value & Icw1) != 0)
        {
            Begin(value);
        }
        else if ((value & Ocw3) != 0)
        {
            WriteOcw3(value);
        }
        else
        {
            WriteOcw2(value >> Ocw2Shift, value & LevelMask);
        }
    }

    /// <summary>Everything but the levels at the inputs, which are the devices' own.</summary>
    public void Reset()
    {
        Begin(0);
        _levelTriggered = 0;
        _vectorBase = _cascade = 0;
        _expected = 0;
        _specialMask = false;
    }

    public void State(StateVisitor v)
    {
        v.Field(1, "lines", ref _lines);
        v.Field(2, "edges", ref _edges);
        v.Field(3, "in-service", ref _inService);
        v.Field(4, "masked", ref _masked);
        v.Field(5, "level-triggered", ref _levelTriggered);
        v.Field(6, "vector-base", ref _vectorBase);
        v.Field(7, "cascade", ref _cascade);
        v.Field(8, "icw1", ref _icw1);
        v.Field(9, "lowest", ref _lowest, LevelMask);
        v.Field(10, "expected", ref _expected, 4);
        v.Field(11, "reads-in-service", ref _readsInService);
        v.Field(12, "polls", ref _polls);
        v.Field(13, "special-mask", ref _specialMask);
        v.Field(14, "auto-eoi", ref _autoEoi);
        v.Field(15, "rotates-on-auto-eoi", ref _rotatesOnAutoEoi);
        v.Field(16, "fully-nested", ref _fullyNested);
        if (!v.IsRestoring) return;
        _levelTriggered &= levelCapable;
        _vectorBase &= VectorMask;
    }

    /// <summary>ICW1: the edge sense circuit, the mask and the modes begin anew, and level 7 has the lowest priority.</summary>
    private void Begin(byte icw1)
    {
        _icw1 = icw1;
        _edges = _inService = _masked = 0;
        _lowest = 7;
        _readsInService = _polls = _specialMask = false;
        _autoEoi = _rotatesOnAutoEoi = _fullyNested = false;
        _expected = 2;
    }

    private void Initialize(byte value)
    {
        switch (_expected)
        {
            case 2:
                _vectorBase = (byte)(value & VectorMask);
                _expected = (_icw1 & Icw1Single) == 0 ? 3 : AfterCascade;
                break;
            case 3:
                _cascade = value;
                _expected = AfterCascade;
                break;
            default:
                _autoEoi = (value & Icw4AutoEoi) != 0;
                _fullyNested = (value & Icw4FullyNested) != 0;
                _expected = 0;
                break;
        }
    }

    private int AfterCascade => (_icw1 & Icw1NeedsIcw4) != 0 ? 4 : 0;

    private void WriteOcw2(int command, int level)
    {
        switch (command)
        {
            case ClearRotateOnAutoEoi or SetRotateOnAutoEoi:
                _rotatesOnAutoEoi = command == SetRotateOnAutoEoi;
                break;
            case NonspecificEoi or RotateOnNonspecificEoi:
                // In special mask mode what is masked is not the one that ends ("Special mask mode").
                var ended = Highest(_specialMask ? (byte)(_inService & ~_masked) : _inService);
                if (ended != NoLevel) End(ended, command == RotateOnNonspecificEoi);
                break;
            case SpecificEoi or RotateOnSpecificEoi:
                End(level, command == RotateOnSpecificEoi);
                break;
            case SetPriority:
                _lowest = level;
                break;
        }
    }

    private void WriteOcw3(byte value)
    {
        if ((value & Ocw3SpecialMaskSelect) != 0) _specialMask = (value & Ocw3SpecialMask) != 0;
        if ((value & Ocw3Poll) != 0) _polls = true;
        else if ((value & Ocw3ReadSelect) != 0) _readsInService = (value & Ocw3ReadIsr) != 0;
    }

    private void End(int level, bool rotates)
    {
        _inService &= (byte)~(1 << level);
        if (rotates) _lowest = level;
    }

    /// <summary>The request that may interrupt what is in service, or <see cref="NoLevel"/>.</summary>
    private int Best()
    {
        var level = Highest((byte)(Requests & ~_masked));
        if (level == NoLevel) return NoLevel;
        var serviced = Highest(_specialMask ? (byte)(_inService & ~_masked) : _inService);
        if (serviced == NoLevel || Rank(level) < Rank(serviced)) return level;
        // In the special fully nested mode a slave may interrupt its own service routine.
        return level == serviced && _fullyNested && isMaster && (_cascade & (1 << level)) != 0 ? level : NoLevel;
    }

    private int Highest(byte levels)
    {
        if (levels == 0) return NoLevel;
        var first = (_lowest + 1) & LevelMask;
        return (BitOperations.TrailingZeroCount((uint)(levels | (levels << 8)) >> first) + first) & LevelMask;
    }

    private int Rank(int level) => (level - _lowest - 1) & LevelMask;
}
