using Mimus.Core.Backends;
using Mimus.Core.Devices;
using Mimus.Core.State;

namespace Mimus.Devices.Storage;

/// <summary>
/// The diskette controller of the PC, the 82077AA in its PC/AT mode (Intel 82077AA data sheet, 290166-006), with two drives and
/// diskettes of 512-byte sectors. The scan commands, which compare sectors with memory, are answered as invalid. The commands are in
/// <c>FloppyController.Commands.cs</c>.
/// </summary>
public sealed partial class FloppyController : IMmioDevice, IDrainable
{
    /// <summary>How many ports there are, from 3F0h; 3F6h belongs to the IDE channel.</summary>
    public const ulong Size = 8;

    /// <summary>How many drives there are.</summary>
    public const int Drives = 2;

    // Registers (2.1)
    private const int StatusA = 0, StatusB = 1, DigitalOutput = 2, TapeDrive = 3, MainStatus = 4, Fifo = 5, DigitalInput = 7;

    // Digital output (2.1.3)
    private const byte DriveSelect = 0x03, NotReset = 0x04, DmaGate = 0x08;
    private const int MotorShift = 4;

    // Main status (2.1.5) and data rate select (2.1.4)
    private const byte RequestForMaster = 0x80, ToHost = 0x40, NonDma = 0x20, CommandBusy = 0x10;
    private const byte SoftwareReset = 0x80;

    private const byte DiskChanged = 0x80;  // digital input (2.1.7)
    private const byte InterruptPending = 0x80; // status A

    /// <summary>The channel of the ISA bus's DMA that diskettes have.</summary>
    private const int DmaChannel = 2;

    private readonly IrqLine _irq;
    private readonly IsaDma _dma;
    private readonly DeviceWork _work;
    private readonly WorkGate _gate = new();
    private readonly FloppyDrive[] _drives = [new(), new()];
    private readonly Lock _lock = new(); // held while the line changes and the DMA controller moves data, never while a disk is called

    private byte _digitalOutput, _tape;
    private bool _interrupt;

    /// <param name="name">The name in snapshots and messages.</param>
    /// <param name="irq">The interrupt.</param>
    /// <param name="dma">The DMA controllers.</param>
    /// <param name="work">Where disks work.</param>
    public FloppyController(string name, IrqLine irq, IsaDma dma, DeviceWork? work = null)
    {
        Name = name;
        _irq = irq;
        _dma = dma;
        _work = work ?? DeviceWork.OnThreadPool;
        dma.Listen(DmaChannel, OnDmaReady);
        Reset();
    }

    public string Name { get; }

    private bool IsInReset => (_digitalOutput & NotReset) == 0;

    /// <summary>Puts a diskette into a drive, or takes it out. Any thread may call.</summary>
    public void Insert(int drive, IDisk? disk)
    {
        lock (_lock) _drives[drive].Insert(disk);
    }

    public void Read(ulong offset, Span<byte> data)
    {
        lock (_lock)
        {
            Register.Answer(data, offset switch
            {
                StatusA => _interrupt ? InterruptPending : (byte)0,
                StatusB => (byte)(0xc0 | _digitalOutput >> MotorShift & 3),
                DigitalOutput => _digitalOutput,
                TapeDrive => _tape,
                MainStatus => Status,
                Fifo => ReadFifo(),
                DigitalInput => Selected is { } drive && IsTurning && !drive.HasChanged ? (byte)0 : DiskChanged,
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
                case DigitalOutput:
                    var wasInReset = IsInReset;
                    _digitalOutput = value;
                    if (IsInReset) Stop();
                    else if (wasInReset) ResetBySoftware();
                    break;
                case TapeDrive:
                    _tape = (byte)(value & 3);
                    break;
                case MainStatus: // data rate select
                    if ((value & SoftwareReset) != 0) ResetBySoftware();
                    break;
                case Fifo:
                    WriteFifo(value);
                    break;
            }
            Update();
        }
    }

    public void Reset()
    {
        lock (_lock)
        {
            Stop();
            ResetParameters();
            foreach (var drive in _drives) drive.Reset();
            _digitalOutput = _tape = 0;
            Update();
        }
        Drain();
    }

    public void Drain() => _gate.WaitUntilIdle();

    public void State(StateVisitor v)
    {
        lock (_lock)
        {
            v.Field(1, "digital-output", ref _digitalOutput);
            v.Field(2, "tape", ref _tape);
            v.Field(3, "interrupt", ref _interrupt);
            for (var i = 0; i < Drives; i++) v.Child($"drive{i}", _drives[i]);
            CommandState(v);
            if (!v.IsRestoring) return;
            _job = null;
            _epoch++;
            Update();
            _irq.Redrive(_irq.IsHigh);
        }
    }

    private FloppyDrive? Selected => (_digitalOutput & DriveSelect) < Drives ? _drives[_digitalOutput & DriveSelect] : null;

    private bool IsTurning => (_digitalOutput >> MotorShift >> (_digitalOutput & DriveSelect) & 1) != 0;

    private void OnDmaReady()
    {
        lock (_lock)
        {
            MoveByDma();
            Update();
        }
    }

    private void Update()
    {
        if (_job is { } job)
        {
            _job = null;
            _gate.Enter();
            _work.Add(new Errand(this, job));
        }
        _irq.Set(_interrupt && (_digitalOutput & DmaGate) != 0);
    }

    private void Complete(FloppyJob job, bool isGood)
    {
        lock (_lock)
        {
            if (job.Epoch == _epoch) OnComplete(job, isGood);
            Update();
        }
        _gate.Leave();
    }

    private sealed class Errand(FloppyController controller, FloppyJob job) : IThreadPoolWorkItem
    {
        public void Execute() => controller.Complete(job, job.Transfer.TryExecute());
    }
}
