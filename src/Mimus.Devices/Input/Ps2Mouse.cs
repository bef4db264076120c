using Mimus.Core.Backends;
using Mimus.Core.State;

namespace Mimus.Devices.Input;

/// <summary>
/// The PS/2 mouse (IBM PS/2 Hardware Interface Technical Reference, "Mouse"), which becomes one with a wheel or with five buttons
/// when its driver sets the sample rates that ask for it (Microsoft, "Wheel mouse and IntelliMouse Explorer"). It reports when the
/// last report was taken, so the sample rate is kept and not applied. It has no lock: its owner, <see cref="KeyboardController"/>, has.
/// </summary>
internal sealed class Ps2Mouse : IStateful
{
    // Commands
    private const byte ScalingOne = 0xe6, ScalingTwo = 0xe7, SetResolution = 0xe8, StatusRequest = 0xe9, SetStream = 0xea,
        ReadData = 0xeb, ResetWrap = 0xec, SetWrap = 0xee, SetRemote = 0xf0, ReadId = 0xf2, SetRate = 0xf3, Enable = 0xf4, Disable = 0xf5,
        SetDefault = 0xf6, Resend = 0xfe, ResetCommand = 0xff;

    // Answers
    private const byte Acknowledge = 0xfa, Error = 0xfc, TestPassed = 0xaa;

    // Status byte
    private const byte StatusRemote = 0x40, StatusEnabled = 0x20, StatusScalingTwo = 0x10;

    // Report
    private const byte ReportAlways = 0x08, ReportRightNegative = 0x10, ReportUpNegative = 0x20;
    private const int LargestMove = 255, LargestWheel = 7;

    // Identities
    private const byte Standard = 0, Wheel = 3, FiveButtons = 4;

    private const byte DefaultRate = 100, DefaultResolution = 2;
    private const int ResponseLength = 8;
    private const int Ballast = 1 << 20; // more than anybody moves a mouse between two reports

    private readonly ByteQueue _responses = new(ResponseLength);
    private readonly ByteQueue _report = new(4);
    private byte _command;      // the one whose parameter is next, or 0
    private byte _identity, _rate, _resolution, _lastSent;
    private byte _rateBefore, _rateBeforeThat; // what the driver has set before, by which it asks for the wheel
    private byte _buttons, _reportedButtons;
    private bool _remote, _wraps, _enabled, _scalingTwo;
    private int _right, _down, _wheel; // not reported yet, moved up by Ballast to be positive

    public Ps2Mouse() => Reset();

    public bool TryTake(out byte value)
    {
        if (!_responses.TryTake(out value))
        {
            if (_report.Count == 0 && _enabled && !_remote && !_wraps && HasNews) Report(scaled: _scalingTwo);
            if (!_report.TryTake(out value)) return false;
        }
        _lastSent = value;
        return true;
    }

    public void Move(int right, int down, int wheel)
    {
        if (!_enabled && !_remote) return;
        Add(ref _right, right);
        Add(ref _down, down);
        Add(ref _wheel, wheel);
    }

    public void SetButton(PointerButton button, bool pressed)
    {
        if ((uint)button > (uint)PointerButton.Forward) return;
        var bit = (byte)(1 << (int)button);
        _buttons = (byte)(pressed ? _buttons | bit : _buttons & ~bit);
    }

    /// <summary>Takes a byte from the system.</summary>
    public void Write(byte value)
    {
        _responses.Clear();
        var command = _command;
        _command = 0;
        if (command != 0)
        {
            WriteParameter(command, value);
        }
        else if (_wraps && value is not (ResetWrap or ResetCommand))
        {
            _responses.Add(value);
        }
        else
        {
            WriteCommand(value);
        }
    }

    public void Reset()
    {
        _responses.Clear();
        _command = _lastSent = _buttons = 0;
        SetDefaults();
        _identity = Standard;
    }

    public void State(StateVisitor v)
    {
        v.Child("responses", _responses);
        v.Child("report", _report);
        v.Field(1, "command", ref _command);
        v.Field(2, "identity", ref _identity);
        v.Field(3, "rate", ref _rate);
        v.Field(4, "resolution", ref _resolution);
        v.Field(5, "last-sent", ref _lastSent);
        v.Field(6, "rate-before", ref _rateBefore);
        v.Field(7, "rate-before-that", ref _rateBeforeThat);
        v.Field(8, "buttons", ref _buttons);
        v.Field(9, "reported-buttons", ref _reportedButtons);
        v.Field(10, "remote", ref _remote);
        v.Field(11, "wraps", ref _wraps);
        v.Field(12, "enabled", ref _enabled);
        v.Field(13, "scaling-two", ref _scalingTwo);
        v.Field(14, "right", ref _right, 2 * Ballast);
        v.Field(15, "down", ref _down, 2 * Ballast);
        v.Field(16, "wheel", ref _wheel, 2 * Ballast);
    }

    private bool HasNews => _right != Ballast || _down != Ballast || (_wheel != Ballast && _identity != Standard) || _buttons != _reportedButtons;

    private void WriteCommand(byte value)
    {
        _responses.Add(value is < ScalingOne or 0xed or 0xef or 0xf1 or (> SetDefault and < Resend) ? Error : Acknowledge);
        switch (value)
        {
            case ScalingOne or ScalingTwo:
                _scalingTwo = value == ScalingTwo;
                break;
            case SetResolution or SetRate:
                _command = value;
                break;
            case StatusRequest:
                _responses.Add(Status);
                _responses.Add(_resolution);
                _responses.Add(_rate);
                break;
            case SetStream or SetRemote:
                _remote = value == SetRemote;
                ForgetMoves();
                break;
            case ReadData:
                _report.Clear();
                Report(scaled: false);
                break;
            case SetWrap or ResetWrap:
                _wraps = value == SetWrap;
                ForgetMoves();
                break;
            case ReadId:
                _responses.Add(_identity);
                break;
            case Enable or Disable:
                _enabled = value == Enable;
                ForgetMoves();
                break;
            case SetDefault:
                SetDefaults();
                break;
            case Resend:
                _responses.Clear();
                _responses.Add(_lastSent);
                break;
            case ResetCommand:
                SetDefaults();
                _identity = Standard;
                _responses.Add(TestPassed);
                _responses.Add(_identity);
                break;
        }
    }

    private void WriteParameter(byte command, byte value)
    {
        _responses.Add(Acknowledge);
        if (command == SetResolution)
        {
            _resolution = value;
            return;
        }
        (_rateBeforeThat, _rateBefore, _rate) = (_rateBefore, _rate, value);
        _identity = (_rateBeforeThat, _rateBefore, _rate, _identity) switch
        {
            (200, 100, 80, Standard) => Wheel,
            (200, 200, 80, Wheel) => FiveButtons,
            _ => _identity,
        };
    }

    private byte Status => (byte)((_remote ? StatusRemote : 0) | (_enabled ? StatusEnabled : 0) | (_scalingTwo ? StatusScalingTwo : 0)
        | (_buttons & 1) << 2 | (_buttons & 4) >> 1 | (_buttons & 2) >> 1); // left, middle, right from the top

    private void SetDefaults()
    {
        _rate = DefaultRate;
        _rateBefore = _rateBeforeThat = 0;
        _resolution = DefaultResolution;
        _remote = _wraps = _enabled = _scalingTwo = false;
        ForgetMoves();
    }

    private void ForgetMoves()
    {
        _report.Clear();
        _right = _down = _wheel = Ballast;
        _reportedButtons = _buttons;
    }

    /// <summary>Makes the report of three or four bytes; what does not fit stays for the next.</summary>
    private void Report(bool scaled)
    {
        var right = Take(ref _right, LargestMove);
        var up = -Take(ref _down, LargestMove);
        _reportedButtons = _buttons;
        if (scaled) (right, up) = (Scale(right), Scale(up));
        _report.Add((byte)(ReportAlways | (_buttons & 7) | (right < 0 ? ReportRightNegative : 0) | (up < 0 ? ReportUpNegative : 0)));
        _report.Add((byte)right);
        _report.Add((byte)up);
        if (_identity == Standard) return;
        var wheel = Take(ref _wheel, LargestWheel);
        _report.Add((byte)(_identity == Wheel ? wheel : (wheel & 15) | (_buttons & 0x18) << 1));
    }

    private static void Add(ref int sum, int step) => sum = Math.Clamp(sum + Math.Clamp(step, -Ballast, Ballast), 0, 2 * Ballast);

    private static int Take(ref int sum, int largest)
    {
        var step = Math.Clamp(sum - Ballast, -largest, largest);
        sum -= step;
        return step;
    }

    /// <summary>The table of "Set scaling 2:1".</summary>
    private static int Scale(int step) => Math.Sign(step) * Math.Abs(step) switch
    {
        0 => 0,
        1 or 2 => 1,
        3 => 3,
        4 => 6,
        5 => 9,
        var more => Math.Min(2 * more, LargestMove),
    };
}
