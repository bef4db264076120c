using System.Runtime.CompilerServices;
using Mimus.Core.Backends;
using Mimus.Core.Devices;
using Mimus.Core.State;

namespace Mimus.Devices.Serial;

/// <summary>
/// The 16550A serial port (National Semiconductor PC16550D data sheet, section 8). Characters leave at once, so the
/// transmitter is always empty, and the character timeout of the receive FIFO passes at once; baud rate, parity and word
/// length are kept and not applied, as there is no line. The console may send a break, never a damaged character.
/// </summary>
public sealed class Uart16550 : IMmioDevice, IBreakReceiver
{
    // Registers (table II). Those of 0 and 1 are the divisor latch while LCR.DLAB is set.
    private const int Data = 0;             // RBR, THR; DLL
    private const int InterruptEnable = 1;  // IER; DLM
    private const int Identification = 2;   // IIR; FCR
    private const int LineControl = 3;      // LCR
    private const int ModemControl = 4;     // MCR
    private const int LineStatus = 5;       // LSR
    private const int ModemStatus = 6;      // MSR
    private const int Scratch = 7;          // SCR

    // IER (8.7)
    private const byte EnableReceived = 0x01, EnableTransmitter = 0x02, EnableLineStatus = 0x04, EnableModemStatus = 0x08;

    // IIR (8.6)
    private const byte NothingPending = 0x01, PendingModemStatus = 0x00, PendingTransmitter = 0x02, PendingReceived = 0x04,
        PendingLineStatus = 0x06, PendingTimeout = 0x0c, FifosEnabled = 0xc0;

    // FCR (8.5)
    private const byte FifoEnable = 0x01, FifoResetReceiver = 0x02, FifoTriggerShift = 6;

    // LCR (8.1)
    private const byte DivisorLatchAccess = 0x80;

    // LSR (8.4)
    private const int DataReady = 0x01, OverrunError = 0x02, BreakInterrupt = 0x10, TransmitterEmpty = 0x60;
    private const int Errors = OverrunError | BreakInterrupt;

    // MCR (8.8): DTR, RTS, OUT1, OUT2 and the loopback
    private const byte DataTerminalReady = 0x01, RequestToSend = 0x02, Out1 = 0x04, Out2 = 0x08, Loopback = 0x10, ModemControlMask = 0x1f;

    // MSR (8.9); the low half holds the changes of the high half
    private const byte ClearToSend = 0x10, DataSetReady = 0x20, RingIndicator = 0x40, CarrierDetect = 0x80, Deltas = 0x0f,
        TrailingEdgeRing = 0x04;

    private const int FifoSize = 16;

    private readonly int _stride;
    private readonly IConsole _console;
    private readonly IrqLine _irq;
    private readonly Lock _lock = new(); // held while the line changes, never while the console is called

    private readonly byte[] _fifo = new byte[FifoSize];
    private int _head, _count;
    private byte _ier, _fcr, _lcr, _mcr, _msr, _scr, _dll, _dlm;
    private int _break; // where in the FIFO the character of a break is: 1 for the next one to be read, 0 for none
    private bool _overrun, _transmitterPending;
    private volatile int _lsr; // derived; read without the lock

    /// <param name="name">The name in snapshots and messages.</param>
    /// <param name="console">Where characters go and come from.</param>
    /// <param name="irq">The INTR pin.</param>
    /// <param name="registerStride">How many bytes apart the registers are: 1 on a PC, 4 on some other boards.</param>
    public Uart16550(string name, IConsole console, IrqLine irq, int registerStride = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(registerStride);
        Name = name;
        _stride = registerStride;
        _console = console;
        _irq = irq;
        Reset();
        console.Attach(this);
    }

    public string Name { get; }

    public int InputRoom
    {
        get
        {
            lock (_lock) return RoomLocked;
        }
    }

    private bool FifosOn => (_fcr & FifoEnable) != 0;

    private int Capacity => FifosOn ? FifoSize : 1;

    // The line is disconnected from the receiver in loopback (8.8).
    private int RoomLocked => (_mcr & Loopback) != 0 ? 0 : Capacity - _count;

    private int Trigger => !FifosOn ? 1 : (_fcr >> FifoTriggerShift) switch { 0 => 1, 1 => 4, 2 => 8, _ => 14 };

    public void Receive(ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            if ((_mcr & Loopback) != 0) return;
            foreach (var character in data) ReceiveLocked(character);
            Update();
        }
    }

    /// <summary>A break is received as one character of zeroes, and its error shows when that is the next one (8.4).</summary>
    public void ReceiveBreak()
    {
        lock (_lock)
        {
            if (RoomLocked <= 0) return;
            ReceiveLocked(0);
            _break = _count;
            Update();
        }
    }

    public void Read(ulong offset, Span<byte> data)
    {
        if (!TryRegister(offset, out var register))
        {
            data.Clear();
            return;
        }
        // Drivers poll this one between any two characters; without an error to clear it needs no lock.
        if (register == LineStatus)
        {
            var status = _lsr;
            if ((status & Errors) == 0)
            {
                Register.Answer(data, (byte)status);
                return;
            }
        }
        bool wanted;
        lock (_lock)
        {
            var full = RoomLocked <= 0;
            Register.Answer(data, ReadLocked(register));
            Update();
            wanted = full && RoomLocked > 0;
        }
        if (wanted) _console.InputWanted();
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty || !TryRegister(offset, out var register)) return;
        var value = data[0];
        bool wanted, send;
        lock (_lock)
        {
            var full = RoomLocked <= 0;
            send = WriteLocked(register, value);
            Update();
            wanted = full && RoomLocked > 0;
        }
        if (send) _console.Write(new ReadOnlySpan<byte>(in value));
        if (wanted) _console.InputWanted();
    }

    public void Reset()
    {
        lock (_lock)
        {
            Array.Clear(_fifo);
            _head = _count = _break = 0;
            _ier = _fcr = _lcr = _mcr = _scr = _dll = _dlm = 0;
            _overrun = _transmitterPending = false;
            _msr = ClearToSend | DataSetReady | CarrierDetect;
            Update();
        }
    }

    public void State(StateVisitor v)
    {
        lock (_lock)
        {
            v.Field(1, "ier", ref _ier);
            v.Field(2, "fcr", ref _fcr);
            v.Field(3, "lcr", ref _lcr);
            v.Field(4, "mcr", ref _mcr);
            v.Field(5, "msr", ref _msr);
            v.Field(6, "scr", ref _scr);
            v.Field(7, "dll", ref _dll);
            v.Field(8, "dlm", ref _dlm);
            v.Bytes(9, "fifo", _fifo);
            v.Field(10, "head", ref _head, FifoSize - 1);
            v.Field(11, "count", ref _count, FifoSize);
            v.Field(12, "overrun", ref _overrun);
            v.Field(13, "transmitter-pending", ref _transmitterPending);
            v.Field(14, "break", ref _break, FifoSize);
            if (!v.IsRestoring) return;
            if (_break > _count) StateVisitor.Refuse($"{Name}: a break behind the last character");
            if (_count > Capacity) StateVisitor.Refuse($"{Name}: more characters than the receiver holds");
            Update();
            _irq.Redrive(_irq.IsHigh);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryRegister(ulong offset, out int register)
    {
        register = 0;
        if (_stride != 1)
        {
            // Only the first byte of each slot is wired.
            if (offset % (ulong)_stride != 0) return false;
            offset /= (ulong)_stride;
        }
        register = (int)(offset & 7);
        return offset < 8;
    }

    private byte ReadLocked(int register)
    {
        var latch = (_lcr & DivisorLatchAccess) != 0;
        switch (register)
        {
            case Data:
                return latch ? _dll : TakeLocked();
            case InterruptEnable:
                return latch ? _dlm : _ier;
            case Identification:
                var pending = Pending;
                if (pending == PendingTransmitter) _transmitterPending = false; // table V: reading IIR is the reset
                return (byte)(pending | (FifosOn ? FifosEnabled : 0));
            case LineControl:
                return _lcr;
            case ModemControl:
                return _mcr;
            case LineStatus:
                var status = (byte)_lsr;
                _overrun = false;
                if (_break == 1) _break = 0;
                return status;
            case ModemStatus:
                var modem = _msr;
                _msr &= unchecked((byte)~Deltas);
                return modem;
            default:
                return _scr;
        }
    }

    /// <summary>Writes a register; true when the value is a character for the console.</summary>
    private bool WriteLocked(int register, byte value)
    {
        var latch = (_lcr & DivisorLatchAccess) != 0;
        switch (register)
        {
            case Data when latch:
                _dll = value;
                break;
            case Data:
                _transmitterPending = true; // the holding register is empty again at once
                if ((_mcr & Loopback) == 0) return true;
                ReceiveLocked(value);
                break;
            case InterruptEnable when latch:
                _dlm = value;
                break;
            case InterruptEnable:
                // Enabling the interrupt while the holding register is empty raises it.
                if ((value & ~_ier & EnableTransmitter) != 0) _transmitterPending = true;
                _ier = (byte)(value & 0x0f);
                break;
            case Identification:
                WriteFifoControl(value);
                break;
            case LineControl:
                _lcr = value;
                break;
            case ModemControl:
                _mcr = (byte)(value & ModemControlMask);
                UpdateModemStatus();
                break;
            case Scratch:
                _scr = value;
                break;
        }
        return false;
    }

    private void WriteFifoControl(byte value)
    {
        // Changing the enable clears both FIFOs; the other bits count only together with it (8.5).
        if (((value ^ _fcr) & FifoEnable) != 0 || (value & FifoResetReceiver) != 0) _head = _count = _break = 0;
        _fcr = (value & FifoEnable) != 0 ? (byte)(value & 0xc9) : (byte)0;
    }

    private void UpdateModemStatus()
    {
        var lines = (_mcr & Loopback) == 0
            ? ClearToSend | DataSetReady | CarrierDetect
            : ((_mcr & RequestToSend) != 0 ? ClearToSend : 0) | ((_mcr & DataTerminalReady) != 0 ? DataSetReady : 0)
                | ((_mcr & Out1) != 0 ? RingIndicator : 0) | ((_mcr & Out2) != 0 ? CarrierDetect : 0);
        var changed = ((lines ^ _msr) >> 4) & Deltas;
        // The ring indicator reports only its trailing edge.
        if ((lines & RingIndicator) != 0) changed &= ~TrailingEdgeRing;
        _msr = (byte)(lines | (_msr & Deltas) | changed);
    }

    private void ReceiveLocked(byte character)
    {
        if (_count == Capacity)
        {
            _overrun = true;
            // Without FIFOs the new character destroys the old one; with them the FIFO stays and the new one is lost (8.4).
            if (!FifosOn) (_fifo[_head], _break) = (character, 0);
            return;
        }
        _fifo[(_head + _count) % FifoSize] = character;
        _count++;
    }

    private byte TakeLocked()
    {
        var character = _fifo[_head];
        if (_count == 0) return character;
        _count--;
        if (_break > 0) _break--;
        if (FifosOn) _head = (_head + 1) % FifoSize;
        return character;
    }

    /// <summary>The interrupt of the highest priority as IIR shows it (table V).</summary>
    private byte Pending
    {
        get
        {
            if ((_ier & EnableLineStatus) != 0 && (_overrun || _break == 1)) return PendingLineStatus;
            if ((_ier & EnableReceived) != 0 && _count > 0) return _count >= Trigger ? PendingReceived : PendingTimeout;
            if ((_ier & EnableTransmitter) != 0 && _transmitterPending) return PendingTransmitter;
            if ((_ier & EnableModemStatus) != 0 && (_msr & Deltas) != 0) return PendingModemStatus;
            return NothingPending;
        }
    }

    private void Update()
    {
        _lsr = TransmitterEmpty | (_count > 0 ? DataReady : 0) | (_overrun ? OverrunError : 0) | (_break == 1 ? BreakInterrupt : 0);
        _irq.Set(Pending != NothingPending);
    }
}
