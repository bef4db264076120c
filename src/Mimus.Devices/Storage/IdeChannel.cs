using Mimus.Core.Backends;
using Mimus.Core.Devices;
using Mimus.Core.Memory;
using Mimus.Core.State;

namespace Mimus.Devices.Storage;

/// <summary>
/// One IDE channel with up to two drives (ATA/ATAPI-7, T13 1532D volume 2): the registers that select a drive and reach it, its
/// interrupt and its bus master. What the disks have to do is done away from the vCPU.
/// </summary>
public sealed class IdeChannel : IMmioDevice, IDrainable
{
    /// <summary>
    /// Offsets of the registers: the command block (ports 1F0h to 1F7h, or 170h) and the control block (port 3F6h, or 376h). The data
    /// register takes up to four bytes at once.
    /// </summary>
    public const int CommandOffset = 0, ControlOffset = 8;

    /// <summary>How many offsets there are.</summary>
    public const ulong Size = 9;

    // Registers (chapter 5 of volume 1)
    private const int Data = 0, Device = 6, StatusOrCommand = 7, AlternateStatusOrControl = 8;
    private const byte DeviceSelect = 0x10;

    // Device control (5.8)
    private const byte NoInterrupt = 0x02, SoftwareReset = 0x04, PreviousValues = 0x80;

    private const byte Diagnose = 0x90, FloatingBus = 0xff;

    // The host pulls DD7 down, so that a channel without drives does not look busy (ATA/ATAPI-6, 4.2.2).
    private const byte NoDrives = 0x7f;

    private readonly IrqLine _irq;
    private readonly DeviceWork _work;
    private readonly WorkGate _gate = new();
    private readonly IdeDrive?[] _drives = new IdeDrive?[2];
    private readonly IdeBusMaster _master;
    private readonly Lock _lock = new(); // held while the line changes and data moves to or from memory, never while a disk is called

    private int _selected;
    private byte _control;
    private bool _mayMaster;
    private bool _interrupting; // derived: what the bus master was told last

    /// <param name="name">The name in snapshots and messages.</param>
    /// <param name="irq">The channel's interrupt.</param>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="work">Where disks work.</param>
    public IdeChannel(string name, IrqLine irq, GuestMemory memory, DeviceWork? work = null)
    {
        Name = name;
        _irq = irq;
        _work = work ?? DeviceWork.OnThreadPool;
        _master = new IdeBusMaster(memory);
    }

    public string Name { get; }

    /// <summary>The function that the channel belongs to may access memory.</summary>
    internal bool MayMaster
    {
        set
        {
            lock (_lock)
            {
                _mayMaster = value;
                Update();
            }
        }
    }

    private IdeDrive? Selected => _drives[_selected];

    /// <summary>Plugs in a hard disk as drive 0 or 1, while the machine is built.</summary>
    public void AddDisk(int drive, IDisk disk, string serial) => Add(drive, new AtaDisk(disk, serial));

    /// <summary>Plugs in a CD-ROM drive, with or without a disc.</summary>
    public void AddCdRom(int drive, IDisk? disc) => Add(drive, new AtapiDrive(disc));

    /// <summary>Puts another disc into a CD-ROM drive, or none. Any thread may call.</summary>
    public void ChangeDisc(int drive, IDisk? disc)
    {
        lock (_lock)
        {
            if (_drives[drive] is not AtapiDrive cdRom) throw new ArgumentException($"drive {drive} of {Name} is no CD-ROM drive", nameof(drive));
            cdRom.Change(disc);
        }
    }

    public void Read(ulong offset, Span<byte> data)
    {
        lock (_lock)
        {
            if (offset == Data)
            {
                data.Fill(FloatingBus);
                Selected?.ReadData(data);
            }
            else
            {
                for (var i = 0; i < data.Length; i++) data[i] = offset + (ulong)i < Size ? ReadByte((int)offset + i) : FloatingBus;
            }
            Update();
        }
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            if (offset == Data)
            {
                Selected?.WriteData(data);
            }
            else
            {
                for (var i = 0; i < data.Length && offset + (ulong)i < Size; i++) WriteByte((int)offset + i, data[i]);
            }
            Update();
        }
    }

    public void Reset()
    {
        lock (_lock)
        {
            foreach (var drive in _drives)
            {
                if (drive is AtaDisk disk) disk.PowerUp();
                else drive?.Reset();
            }
            _master.Reset();
            _selected = 0;
            _control = 0;
            Update();
        }
        // What was under way still ends on its disk, and is told to nobody.
        Drain();
    }

    public void Drain() => _gate.WaitUntilIdle();

    public void State(StateVisitor v)
    {
        lock (_lock)
        {
            v.Field(1, "selected", ref _selected, 1);
            v.Field(2, "control", ref _control);
            v.Child("bus-master", _master);
            for (var i = 0; i < _drives.Length; i++)
            {
                if (_drives[i] is { } drive) v.Child($"drive{i}", drive);
            }
            if (!v.IsRestoring) return;
            _interrupting = Selected is { Interrupts: true };
            Update();
            _irq.Redrive(_irq.IsHigh);
        }
    }

    internal void ReadMaster(ulong offset, Span<byte> data)
    {
        lock (_lock) _master.Read(offset, data);
    }

    internal void WriteMaster(ulong offset, ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            _master.Write(offset, data);
            Update();
        }
    }

    private void Add(int drive, IdeDrive device)
    {
        if (_drives[drive] is not null) throw new ArgumentException($"{Name} has a drive {drive} already", nameof(drive));
        _drives[drive] = device;
    }

    private byte ReadByte(int register)
    {
        if (_drives[0] is null && _drives[1] is null) return NoDrives;
        switch (register)
        {
            case StatusOrCommand or AlternateStatusOrControl:
                if (Selected is not { } drive) return 0; // the other drive answers for it (9.16)
                if (register == StatusOrCommand) drive.Interrupts = false;
                return drive.Status;
            case Device:
                var device = (Selected?.ReadRegister(Device, previous: false) ?? 0) & 0x5f & ~DeviceSelect;
                return (byte)(0xa0 | device | (_selected != 0 ? DeviceSelect : 0));
            default:
                return Selected?.ReadRegister(register, (_control & PreviousValues) != 0) ?? 0;
        }
    }

    private void WriteByte(int register, byte value)
    {
        switch (register)
        {
            case StatusOrCommand:
                _control &= unchecked((byte)~PreviousValues);
                // Both drives diagnose themselves, and drive 0 tells for both (6.13).
                if (value == Diagnose) StartBoth(value);
                else Selected?.Start(value);
                break;
            case AlternateStatusOrControl:
                if ((value & ~_control & SoftwareReset) != 0)
                {
                    foreach (var drive in _drives) drive?.Reset();
                    _selected = 0;
                }
                _control = (byte)(value & (NoInterrupt | SoftwareReset | PreviousValues));
                break;
            default:
                _control &= unchecked((byte)~PreviousValues);
                if (register == Device) _selected = (value & DeviceSelect) != 0 ? 1 : 0;
                foreach (var drive in _drives) drive?.WriteRegister(register, value); // both listen (5.1)
                break;
        }
    }

    private void StartBoth(byte command)
    {
        foreach (var drive in _drives) drive?.Start(command);
        if (_drives[1] is { } second) second.Interrupts = false;
        _selected = 0;
    }

    /// <summary>Moves what can be moved, sends the disks what they have to do, and drives the line.</summary>
    private void Update()
    {
        foreach (var drive in _drives)
        {
            if (drive is null) continue;
            if (_mayMaster) drive.MoveByDma(_master);
            if (drive.Job is not { } job) continue;
            drive.Job = null;
            _gate.Enter();
            _work.Add(new Errand(this, job));
        }
        var interrupts = Selected is { Interrupts: true };
        if (interrupts && !_interrupting) _master.SetInterrupt();
        _interrupting = interrupts;
        _irq.Set(interrupts && (_control & NoInterrupt) == 0);
    }

    private void Complete(IdeJob job, bool isGood)
    {
        lock (_lock)
        {
            job.Drive.Complete(job, isGood);
            Update();
        }
        _gate.Leave();
    }

    private sealed class Errand(IdeChannel channel, IdeJob job) : IThreadPoolWorkItem
    {
        public void Execute() => channel.Complete(job, job.Transfer.TryExecute());
    }
}
