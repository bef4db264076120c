using Mimus.Core.Backends;
using Mimus.Core.Devices;
using Mimus.Core.State;
using Mimus.Core.Timing;

namespace Mimus.Devices.Input;

/// <summary>
/// The keyboard and mouse controller of the PC, an 8042 with the PS/2's program (IBM PS/2 Hardware Interface Technical Reference,
/// "Keyboard and auxiliary device controller"), with a keyboard and a mouse; and system control port A beside it (the same
/// reference, "System control ports"), which shares the A20 gate and the reset line with it.
/// </summary>
public sealed class KeyboardController : IMmioDevice, IKeyReceiver, IPointerReceiver
{
    /// <summary>Offsets of the registers: data (port 60h), status and command (port 64h), system control port A (port 92h).</summary>
    public const int DataOffset = 0, CommandOffset = 1, SystemControlOffset = 2;

    /// <summary>How many offsets there are.</summary>
    public const ulong Size = 3;

    // Status register
    private const byte OutputFull = 0x01, SystemFlag = 0x04, LastWasCommand = 0x08, NotLocked = 0x10, AuxiliaryOutput = 0x20;

    // Command byte, which is byte 0 of the controller's memory
    private const byte KeyboardInterrupt = 0x01, AuxiliaryInterrupt = 0x02, CommandSystemFlag = 0x04, KeyboardDisabled = 0x10,
        AuxiliaryDisabled = 0x20, Translates = 0x40;

    // Output port: its high bits are the interrupts and the lines to the keyboard
    private const byte NoReset = 0x01, A20 = 0x02, OutputPortInterrupt = 0x10, OutputPortAuxiliaryInterrupt = 0x20, OutputPortLines = 0xc0;

    // Commands
    private const byte ReadMemory = 0x20, WriteMemory = 0x60, LastWriteMemory = 0x7f, TestPassword = 0xa4, LoadPassword = 0xa5,
        DisableAuxiliary = 0xa7, EnableAuxiliary = 0xa8, TestAuxiliary = 0xa9, SelfTest = 0xaa, TestKeyboard = 0xab,
        DisableKeyboard = 0xad, EnableKeyboard = 0xae, ReadInputPort = 0xc0, ReadOutputPort = 0xd0, WriteOutputPort = 0xd1,
        WriteKeyboardOutput = 0xd2, WriteAuxiliaryOutput = 0xd3, WriteAuxiliary = 0xd4, ReadTestInputs = 0xe0, PulseOutputPort = 0xf0;

    private const byte NoPassword = 0xf1, SelfTestPassed = 0x55, NoFault = 0x00, InputPort = 0x80; // the keyboard is not locked

    // System control port A
    private const byte FastReset = 0x01, FastA20 = 0x02;

    private const int MemoryLength = 32;

    private readonly IrqLine _keyboardIrq, _mouseIrq, _a20;
    private readonly IMachineControl _control;
    private readonly Lock _lock = new(); // held while lines change and the machine is asked to reset; taken before the clock's

    private readonly Ps2Keyboard _keyboard;
    private readonly Ps2Mouse _mouse = new();
    private readonly byte[] _memory = new byte[MemoryLength];
    private byte _output;           // the output buffer
    private bool _full, _fromMouse; // whether there is something in it, and whose
    private byte _answer;           // of the controller itself, waiting for the output buffer
    private bool _hasAnswer, _answerAsMouse;
    private byte _command;          // the command whose byte of data is next, or 0
    private bool _lastWasCommand, _released;
    private byte _outputPort, _systemControl;

    /// <param name="name">The name in snapshots and messages.</param>
    /// <param name="clock">The machine's time, in which keys repeat.</param>
    /// <param name="keyboardIrq">The keyboard's interrupt.</param>
    /// <param name="mouseIrq">The mouse's interrupt.</param>
    /// <param name="a20">High while address line 20 is the processor's; low while it is held at 0.</param>
    /// <param name="control">Where the reset line goes.</param>
    public KeyboardController(string name, VirtualClock clock, IrqLine keyboardIrq, IrqLine mouseIrq, IrqLine a20, IMachineControl control)
    {
        Name = name;
        _keyboardIrq = keyboardIrq;
        _mouseIrq = mouseIrq;
        _a20 = a20;
        _control = control;
        _keyboard = new Ps2Keyboard(clock, OnRepeat);
        Reset();
    }

    public string Name { get; }

    /// <summary>The lamps of the keyboard: bit 0 scroll lock, bit 1 num lock, bit 2 caps lock.</summary>
    public byte KeyboardIndicators
    {
        get
        {
            lock (_lock) return _keyboard.Indicators;
        }
    }

    public void SetKey(Key key, bool pressed)
    {
        lock (_lock)
        {
            _keyboard.SetKey(key, pressed);
            Update();
        }
    }

    public void Move(int right, int down, int wheel)
    {
        lock (_lock)
        {
            _mouse.Move(right, down, wheel);
            Update();
        }
    }

    public void SetButton(PointerButton button, bool pressed)
    {
        lock (_lock)
        {
            _mouse.SetButton(button, pressed);
            Update();
        }
    }

    public void Read(ulong offset, Span<byte> data)
    {
        lock (_lock)
        {
            Register.Answer(data, offset switch
            {
                DataOffset => TakeOutput(),
                CommandOffset => Status,
                SystemControlOffset => _systemControl,
                _ => byte.MaxValue,
            });
            Update();
        }
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) return;
        var value = data[0];
        lock (_lock)
        {
            switch (offset)
            {
                case DataOffset:
                    _lastWasCommand = false;
                    WriteData(value);
                    break;
                case CommandOffset:
                    _lastWasCommand = true;
                    WriteCommand(value);
                    break;
                case SystemControlOffset:
                    // The reset is a pulse at the bit's rise.
                    if ((value & ~_systemControl & FastReset) != 0) _control.RequestReset();
                    _systemControl = (byte)(value & (FastReset | FastA20));
                    break;
            }
            Update();
        }
    }

    public void Reset()
    {
        lock (_lock)
        {
            _keyboard.Reset();
            _mouse.Reset();
            Array.Clear(_memory);
            // Usable before firmware has set it up, and with A20 open, as boot loaders that know no gate expect.
            _memory[0] = KeyboardInterrupt | AuxiliaryInterrupt;
            _outputPort = NoReset | A20;
            _systemControl = 0;
            _output = _answer = _command = 0;
            _full = _fromMouse = _hasAnswer = _answerAsMouse = _lastWasCommand = _released = false;
            Update();
        }
    }

    /// <remarks>The clock must be restored before this device: deadlines are computed from it.</remarks>
    public void State(StateVisitor v)
    {
        lock (_lock)
        {
            v.Child("keyboard", _keyboard);
            v.Child("mouse", _mouse);
            v.Bytes(1, "memory", _memory);
            v.Field(2, "output", ref _output);
            v.Field(3, "full", ref _full);
            v.Field(4, "from-mouse", ref _fromMouse);
            v.Field(5, "answer", ref _answer);
            v.Field(6, "has-answer", ref _hasAnswer);
            v.Field(7, "answer-as-mouse", ref _answerAsMouse);
            v.Field(8, "command", ref _command);
            v.Field(9, "last-was-command", ref _lastWasCommand);
            v.Field(10, "released", ref _released);
            v.Field(11, "output-port", ref _outputPort);
            v.Field(12, "system-control", ref _systemControl);
            if (!v.IsRestoring) return;
            _outputPort &= NoReset | A20;
            _systemControl &= FastReset | FastA20;
            Update();
            _keyboardIrq.Redrive(_keyboardIrq.IsHigh);
            _mouseIrq.Redrive(_mouseIrq.IsHigh);
            _a20.Redrive(_a20.IsHigh);
        }
    }

    private byte Status => (byte)(NotLocked | (_full ? OutputFull : 0) | (_full && _fromMouse ? AuxiliaryOutput : 0)
        | ((_memory[0] & CommandSystemFlag) != 0 ? SystemFlag : 0) | (_lastWasCommand ? LastWasCommand : 0));

    private bool InterruptsForKeyboard => _full && !_fromMouse && (_memory[0] & KeyboardInterrupt) != 0;

    private bool InterruptsForMouse => _full && _fromMouse && (_memory[0] & AuxiliaryInterrupt) != 0;

    private byte TakeOutput()
    {
        _full = false;
        // The lines fall before the next byte raises them again: each byte is an edge.
        SetInterrupts();
        return _output;
    }

    private void WriteCommand(byte value)
    {
        _command = 0;
        switch (value)
        {
            case >= ReadMemory and < ReadMemory + MemoryLength:
                Answer(_memory[value - ReadMemory]);
                break;
            case (>= WriteMemory and <= LastWriteMemory) or LoadPassword or (>= WriteOutputPort and <= WriteAuxiliary):
                _command = value;
                break;
            case TestPassword:
                Answer(NoPassword);
                break;
            case DisableAuxiliary:
                _memory[0] |= AuxiliaryDisabled;
                break;
            case EnableAuxiliary:
                _memory[0] &= unchecked((byte)~AuxiliaryDisabled);
                break;
            case SelfTest:
                _memory[0] |= CommandSystemFlag;
                Answer(SelfTestPassed);
                break;
            case TestAuxiliary or TestKeyboard:
                Answer(NoFault);
                break;
            case DisableKeyboard:
                _memory[0] |= KeyboardDisabled;
                break;
            case EnableKeyboard:
                _memory[0] &= unchecked((byte)~KeyboardDisabled);
                break;
            case ReadInputPort:
                Answer(InputPort);
                break;
            case ReadOutputPort:
                Answer((byte)(_outputPort | OutputPortLines | (InterruptsForKeyboard ? OutputPortInterrupt : 0)
                    | (InterruptsForMouse ? OutputPortAuxiliaryInterrupt : 0)));
                break;
            case ReadTestInputs:
                Answer(0);
                break;
            case >= PulseOutputPort:
                // The bits that are 0 are pulsed low; the lowest is the reset line.
                if ((value & NoReset) == 0) _control.RequestReset();
                break;
        }
    }

    private void WriteData(byte value)
    {
        var command = _command;
        _command = 0;
        switch (command)
        {
            case >= WriteMemory and <= LastWriteMemory:
                _memory[command - WriteMemory] = value;
                break;
            case LoadPassword:
                // The characters of a password end with a 0; it cannot be used, so it is not kept.
                if (value != 0) _command = LoadPassword;
                break;
            case WriteOutputPort:
                _outputPort = (byte)(value & (NoReset | A20) | NoReset);
                if ((value & NoReset) == 0) _control.RequestReset();
                break;
            case WriteKeyboardOutput:
                Answer(value);
                break;
            case WriteAuxiliaryOutput:
                Answer(value, asMouse: true);
                break;
            case WriteAuxiliary:
                _memory[0] &= unchecked((byte)~AuxiliaryDisabled);
                _mouse.Write(value);
                break;
            default:
                _memory[0] &= unchecked((byte)~KeyboardDisabled);
                _keyboard.Write(value);
                break;
        }
    }

    private void Answer(byte value, bool asMouse = false) => (_answer, _hasAnswer, _answerAsMouse) = (value, true, asMouse);

    private void OnRepeat()
    {
        lock (_lock)
        {
            _keyboard.Repeat();
            Update();
        }
    }

    private void Update()
    {
        if (!_full) FillOutput();
        SetInterrupts();
        _a20.Set((_outputPort & A20) != 0 || (_systemControl & FastA20) != 0);
    }

    private void SetInterrupts()
    {
        _keyboardIrq.Set(InterruptsForKeyboard);
        _mouseIrq.Set(InterruptsForMouse);
    }

    private void FillOutput()
    {
        if (_hasAnswer)
        {
            (_output, _full, _fromMouse, _hasAnswer) = (_answer, true, _answerAsMouse, false);
        }
        else if ((_memory[0] & KeyboardDisabled) == 0 && TryTakeFromKeyboard(out var key))
        {
            (_output, _full, _fromMouse) = (key, true, false);
        }
        else if ((_memory[0] & AuxiliaryDisabled) == 0 && _mouse.TryTake(out var report))
        {
            (_output, _full, _fromMouse) = (report, true, true);
        }
    }

    /// <summary>Takes a byte from the keyboard, translated to scan code set 1 when that is asked for.</summary>
    private bool TryTakeFromKeyboard(out byte value)
    {
        while (_keyboard.TryTake(out value))
        {
            if ((_memory[0] & Translates) == 0) return true;
            if (value == ScanCodes.Release)
            {
                _released = true;
                continue;
            }
            value = (byte)(ScanCodes.Translate(value) | (_released ? ScanCodes.ReleaseBit : 0));
            _released = false;
            return true;
        }
        return false;
    }
}
