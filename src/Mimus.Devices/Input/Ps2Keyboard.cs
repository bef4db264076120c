using Mimus.Core.Backends;
using Mimus.Core.State;
using Mimus.Core.Timing;

namespace Mimus.Devices.Input;

/// <summary>
/// The PS/2 keyboard (IBM PS/2 Hardware Interface Technical Reference, "Keyboard"): three scan code sets, and keys that repeat by
/// themselves. It has no lock: its owner, <see cref="KeyboardController"/>, has.
/// </summary>
internal sealed class Ps2Keyboard : IStateful
{
    // Commands from the system
    private const byte SetIndicators = 0xed, Echo = 0xee, SelectSet = 0xf0, ReadId = 0xf2, SetRate = 0xf3, Enable = 0xf4,
        DisableAndDefault = 0xf5, SetDefault = 0xf6, AllTypematic = 0xf7, AllMakeBreak = 0xf8, AllMake = 0xf9,
        AllTypematicMakeBreak = 0xfa, KeyTypematic = 0xfb, KeyMakeBreak = 0xfc, KeyMake = 0xfd, Resend = 0xfe, ResetCommand = 0xff;

    // Answers
    private const byte Acknowledge = 0xfa, TestPassed = 0xaa;
    private const byte Overrun = 0x00, OverrunSet1 = 0xff;
    private const byte IdLow = 0xab, IdHigh = 0x83;

    // What a key of set 3 sends beside its code when it is pressed
    private const byte Repeats = 1, Releases = 2;

    private const int BufferLength = 16, ResponseLength = 8;
    private const byte DefaultRate = 0x2b; // 10.9 characters a second after half a second
    private const int KeyCodes = 256;
    private const long Millisecond = 1_000_000;

    private static readonly int s_keys = Enum.GetValues<Key>().Length;

    private readonly VirtualClock _clock;
    private readonly MachineTimer _repeat;
    private readonly List<byte> _codes = []; // of one key, kept for its memory

    private readonly ByteQueue _buffer = new(BufferLength);
    private readonly ByteQueue _responses = new(ResponseLength);
    private readonly byte[] _pressed = new byte[(s_keys + 7) / 8];
    private readonly byte[] _kinds = new byte[KeyCodes]; // what each key of set 3 sends
    private byte _command;      // the one whose parameter is next, or 0
    private byte _indicators, _rate, _lastSent;
    private int _set;
    private bool _scanning;
    private int _repeating;     // the key that repeats, plus one; 0 for none
    private long _repeatAt;

    /// <param name="clock">The time in which keys repeat.</param>
    /// <param name="onRepeat">Called when one may have to; the owner calls <see cref="Repeat"/> under its lock.</param>
    public Ps2Keyboard(VirtualClock clock, Action onRepeat)
    {
        _clock = clock;
        _repeat = clock.CreateTimer(onRepeat);
        Reset();
    }

    /// <summary>The lamps: bit 0 scroll lock, bit 1 num lock, bit 2 caps lock.</summary>
    public byte Indicators => _indicators;

    public bool TryTake(out byte value)
    {
        if (!_responses.TryTake(out value) && !_buffer.TryTake(out value)) return false;
        _lastSent = value;
        return true;
    }

    public void SetKey(Key key, bool pressed)
    {
        if ((uint)key >= (uint)s_keys) return;
        var bit = (byte)(1 << ((int)key & 7));
        ref var held = ref _pressed[(int)key >> 3];
        if ((held & bit) != 0 == pressed) return;
        held ^= bit;
        if (!_scanning) return;
        Send(key, pressed);
        if (pressed && RepeatsWhenHeld(key))
        {
            _repeating = (int)key + 1;
            _repeatAt = _clock.Nanoseconds + Delay;
        }
        else if (_repeating == (int)key + 1 || pressed)
        {
            _repeating = 0; // another key that is let go lets it repeat on
        }
        ArmRepeat();
    }

    /// <summary>Sends the key that is held again, if it is time.</summary>
    public void Repeat()
    {
        if (_repeating == 0 || _clock.Nanoseconds < _repeatAt) return;
        Send((Key)(_repeating - 1), pressed: true);
        _repeatAt = _clock.Nanoseconds + Period;
        ArmRepeat();
    }

    /// <summary>Takes a byte from the system.</summary>
    public void Write(byte value)
    {
        _responses.Clear();
        var command = _command;
        _command = 0;
        // A command instead of a parameter is a new command.
        if (command != 0 && value < SetIndicators) WriteParameter(command, value);
        else WriteCommand(value);
    }

    public void Reset()
    {
        _responses.Clear();
        Array.Clear(_pressed);
        _command = _lastSent = 0;
        SetDefaults();
        _scanning = true;
    }

    public void State(StateVisitor v)
    {
        v.Child("buffer", _buffer);
        v.Child("responses", _responses);
        v.Bytes(1, "pressed", _pressed);
        v.Bytes(2, "kinds", _kinds);
        v.Field(3, "command", ref _command);
        v.Field(4, "indicators", ref _indicators);
        v.Field(5, "rate", ref _rate);
        v.Field(6, "last-sent", ref _lastSent);
        v.Field(7, "set", ref _set, 3);
        v.Field(8, "scanning", ref _scanning);
        v.Field(9, "repeating", ref _repeating, s_keys);
        v.Field(10, "repeat-at", ref _repeatAt);
        if (!v.IsRestoring) return;
        if (_set == 0) StateVisitor.Refuse("a keyboard without a scan code set");
        _rate &= 0x7f;
        ArmRepeat();
    }

    /// <summary>How long a key is held before it repeats ("Set typematic rate/delay").</summary>
    private long Delay => ((_rate >> 5 & 3) + 1) * 250 * Millisecond;

    /// <summary>(8 + A) * 2^B * 4.17 milliseconds.</summary>
    private long Period => (8 + (_rate & 7)) * (1L << (_rate >> 3 & 3)) * 4_170_000;

    private bool RepeatsWhenHeld(Key key) => _set == 3 ? (_kinds[ScanCodes.Set3(key)] & Repeats) != 0 : key != Key.Pause;

    private void ArmRepeat()
    {
        if (_repeating == 0) _repeat.Cancel();
        else _repeat.Arm(_repeatAt);
    }

    private void Send(Key key, bool pressed)
    {
        _codes.Clear();
        if (_set != 3)
        {
            ScanCodes.Append(_codes, key, pressed, _set);
        }
        else
        {
            var code = ScanCodes.Set3(key);
            if (!pressed && (_kinds[code] & Releases) == 0) return;
            if (!pressed) _codes.Add(ScanCodes.Release);
            _codes.Add(code);
        }
        // One place is for the code that says that keys were lost.
        if (_codes.Count < _buffer.Room) _codes.ForEach(_buffer.Add);
        else _buffer.Add(_set == 1 ? OverrunSet1 : Overrun);
    }

    private void WriteCommand(byte value)
    {
        switch (value)
        {
            case Echo:
                _responses.Add(Echo);
                return;
            case Resend:
                _responses.Add(_lastSent);
                return;
            case < SetIndicators or 0xef or 0xf1:
                _responses.Add(Resend);
                return;
        }
        _responses.Add(Acknowledge);
        switch (value)
        {
            case SetIndicators or SelectSet or SetRate or KeyTypematic or KeyMakeBreak or KeyMake:
                _command = value;
                break;
            case ReadId:
                _responses.Add(IdLow);
                _responses.Add(IdHigh);
                break;
            case Enable:
                _buffer.Clear();
                _scanning = true;
                break;
            case DisableAndDefault or SetDefault:
                SetDefaults();
                _scanning = value == SetDefault;
                break;
            case >= AllTypematic and <= AllTypematicMakeBreak:
                _kinds.AsSpan().Fill(Kind(value - AllTypematic));
                break;
            case ResetCommand:
                SetDefaults();
                _indicators = 0;
                _scanning = true;
                _responses.Add(TestPassed);
                break;
        }
    }

    private void WriteParameter(byte command, byte value)
    {
        _responses.Add(Acknowledge);
        switch (command)
        {
            case SetIndicators:
                _indicators = (byte)(value & 7);
                break;
            case SetRate:
                _rate = (byte)(value & 0x7f);
                break;
            case SelectSet when value == 0:
                _responses.Add((byte)_set);
                break;
            case SelectSet when value <= 3:
                _buffer.Clear();
                _set = value;
                break;
            case KeyTypematic or KeyMakeBreak or KeyMake:
                _kinds[value] = Kind(command - KeyTypematic);
                _command = command; // keys follow until a command does
                break;
        }
    }

    /// <summary>What keys send: in the order of the commands, typematic, make and break, make, and all of it.</summary>
    private static byte Kind(int command) => command switch
    {
        0 => Repeats,
        1 => Releases,
        2 => 0,
        _ => Repeats | Releases,
    };

    private void SetDefaults()
    {
        _buffer.Clear();
        _rate = DefaultRate;
        _set = 2;
        _repeating = 0;
        _repeatAt = 0;
        _repeat.Cancel();
        _indicators = 0;
        SetDefaultKinds();
    }

    /// <summary>
    /// Scan code set 3, "default key types": most repeat; modifiers also release; function and cursor block keys only press.
    /// </summary>
    private void SetDefaultKinds()
    {
        _kinds.AsSpan().Fill(Repeats);
        foreach (var key in (ReadOnlySpan<Key>)[Key.LeftShift, Key.RightShift, Key.LeftControl, Key.LeftAlt, Key.CapsLock])
            _kinds[ScanCodes.Set3(key)] = Releases;
        for (var key = Key.Escape; key <= Key.Pause; key++) _kinds[ScanCodes.Set3(key)] = 0;
        foreach (var key in (ReadOnlySpan<Key>)[Key.RightAlt, Key.RightControl, Key.Insert, Key.Home, Key.End, Key.PageUp, Key.PageDown, Key.NumLock,
            Key.KeypadDivide, Key.KeypadMultiply, Key.KeypadSubtract, Key.KeypadEnter, Key.KeypadDecimal])
            _kinds[ScanCodes.Set3(key)] = 0;
        for (var key = Key.Keypad0; key <= Key.Keypad9; key++) _kinds[ScanCodes.Set3(key)] = 0;
    }
}
