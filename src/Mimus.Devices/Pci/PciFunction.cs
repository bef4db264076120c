using System.Buffers.Binary;
using System.Numerics;
using Mimus.Core.Devices;
using Mimus.Core.State;

namespace Mimus.Devices.Pci;

/// <summary>
/// One function of a PCI device (PCI Local Bus specification 3.0, chapter 6): its configuration space, windows, capabilities and
/// interrupt pin. A derived class is one device. As an <see cref="IMmioDevice"/>, its first offsets are the configuration space,
/// and each window has others, <see cref="OffsetOfBar"/>.
/// </summary>
public abstract class PciFunction : IMmioDevice
{
    /// <summary>The length of a configuration space of conventional PCI, and of PCI Express.</summary>
    public const int ConventionalLength = 256, ExtendedLength = 4096;

    /// <summary>How many base address registers there are.</summary>
    public const int Bars = 6;

    // The header (6.1)
    private const int VendorId = 0x00, DeviceId = 0x02, Command = 0x04, Status = 0x06, Revision = 0x08, ClassCode = 0x09,
        CacheLine = 0x0c, Latency = 0x0d, HeaderType = 0x0e, FirstBar = 0x10, SubsystemVendorId = 0x2c, SubsystemId = 0x2e, RomBar = 0x30,
        CapabilitiesPointer = 0x34, InterruptLine = 0x3c, InterruptPin = 0x3d;
    private const int FirstCapability = 0x40;

    // Command (6.2.2)
    private const ushort CommandPorts = 1 << 0, CommandMemory = 1 << 1, CommandMaster = 1 << 2, CommandInterruptDisable = 1 << 10;
    private const ushort CommandWritable = CommandPorts | CommandMemory | CommandMaster | (1 << 6) | (1 << 8) | CommandInterruptDisable;

    // Status (6.2.3)
    private const ushort StatusInterrupt = 1 << 3, StatusCapabilities = 1 << 4, StatusClearable = 0xf900;

    // Base address registers (6.2.5.1)
    private const uint BarPort = 1, BarMemory64 = 4, BarPrefetchable = 8;
    private const int WindowShift = 48;

    // The window of the expansion ROM (6.2.5.2)
    private const int RomWindow = Bars, SmallestRom = 2048;
    private const uint RomEnable = 1;

    private const byte MultipleFunctions = 0x80;

    private readonly byte[] _writable, _clearable; // which bits the guest writes, and which it clears with ones
    private readonly byte[] _initial;
    private readonly List<PciBar> _bars = [];
    private PciBus? _bus;
    private IrqLine? _pin;
    private int _nextCapability = FirstCapability;
    private volatile PciWindow[] _windows = [];
    private byte[] _rom = [];

    private readonly byte[] _configuration;
    private bool _interrupt;

    /// <param name="name">The name in snapshots and messages.</param>
    /// <param name="identity">What it says that it is.</param>
    /// <param name="configurationLength">The length of its configuration space.</param>
    protected PciFunction(string name, PciIdentity identity, int configurationLength = ConventionalLength)
    {
        Name = name;
        _configuration = new byte[configurationLength];
        _initial = new byte[configurationLength];
        _writable = new byte[configurationLength];
        _clearable = new byte[configurationLength];
        Define16(VendorId, identity.Vendor);
        Define16(DeviceId, identity.Device);
        Define16(Command, 0, CommandWritable);
        Define16(Status, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(_clearable.AsSpan(Status), StatusClearable);
        Define8(Revision, identity.Revision);
        Define8(ClassCode, (byte)identity.ClassCode);
        Define16(ClassCode + 1, (ushort)(identity.ClassCode >> 8));
        Define8(CacheLine, 0, 0xff);
        Define8(Latency, 0, 0xff);
        Define16(SubsystemVendorId, identity.SubsystemVendor);
        Define16(SubsystemId, identity.Subsystem);
        Define8(InterruptLine, 0, 0xff);
    }

    public string Name { get; }

    /// <summary>The windows that the guest has switched on, where it has put them.</summary>
    internal IReadOnlyList<PciWindow> Windows => _windows;

    /// <summary>Protects the configuration space; taken before the bus's and the interrupt controllers'.</summary>
    protected Lock ConfigurationLock { get; } = new();

    /// <summary>The function may access memory by itself (6.2.2, bus master).</summary>
    protected bool IsMaster => (Volatile.Read(ref _configuration[Command]) & CommandMaster) != 0;

    /// <summary>The bus that the function is on.</summary>
    protected PciBus Bus => _bus ?? throw new InvalidOperationException($"{Name} is on no bus");

    /// <summary>Where a window's registers begin in the function's offsets.</summary>
    public static ulong OffsetOfBar(int bar) => (ulong)(bar + 1) << WindowShift;

    public void Read(ulong offset, Span<byte> data)
    {
        var bar = (int)(offset >> WindowShift) - 1;
        if (bar < 0) ReadConfiguration(offset, data);
        else if (bar == RomWindow) ReadRom(offset & ((1ul << WindowShift) - 1), data);
        else ReadBar(bar, offset & ((1ul << WindowShift) - 1), data);
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        var bar = (int)(offset >> WindowShift) - 1;
        if (bar < 0) WriteConfiguration(offset, data);
        else if (bar != RomWindow) WriteBar(bar, offset & ((1ul << WindowShift) - 1), data);
    }

    /// <summary>Gives the function an expansion ROM, from which firmware learns to use it; while the machine is built.</summary>
    public void SetRom(byte[] image)
    {
        lock (ConfigurationLock)
        {
            _rom = new byte[BitOperations.RoundUpToPowerOf2((uint)Math.Max(image.Length, SmallestRom))];
            image.CopyTo(_rom, 0);
            Define32(RomBar, 0, ~(uint)(_rom.Length - 1) | RomEnable);
        }
    }

    /// <summary>Reads the configuration space; past its end there are all ones.</summary>
    public void ReadConfiguration(ulong offset, Span<byte> data)
    {
        data.Fill(byte.MaxValue);
        if (offset >= (ulong)_configuration.Length) return;
        BeforeRead((int)offset, data.Length);
        lock (ConfigurationLock)
        {
            var bytes = _configuration.AsSpan((int)offset);
            bytes[..Math.Min(bytes.Length, data.Length)].CopyTo(data);
        }
    }

    public void WriteConfiguration(ulong offset, ReadOnlySpan<byte> data)
    {
        if (offset >= (ulong)_configuration.Length || data.IsEmpty) return;
        var at = (int)offset;
        data = data[..Math.Min(data.Length, _configuration.Length - at)];
        lock (ConfigurationLock)
        {
            for (var i = 0; i < data.Length; i++)
            {
                ref var value = ref _configuration[at + i];
                value = (byte)((value & ~_writable[at + i] & ~(data[i] & _clearable[at + i])) | (data[i] & _writable[at + i]));
            }
            OnWritten(at, data.Length);
            Update();
        }
        AfterWrite(at, data.Length);
    }

    public void Reset()
    {
        BeforeReset();
        lock (ConfigurationLock)
        {
            _initial.CopyTo(_configuration, 0);
            _interrupt = false;
            OnReset();
            Update();
        }
    }

    public void State(StateVisitor v)
    {
        lock (ConfigurationLock)
        {
            Span<byte> saved = new byte[_configuration.Length];
            _configuration.CopyTo(saved);
            v.Bytes(1, "configuration", saved);
            v.Field(2, "interrupt", ref _interrupt);
            if (v.IsRestoring)
            {
                // What the guest cannot write is this machine's, not the snapshot's.
                for (var i = 0; i < saved.Length; i++)
                {
                    var changeable = (byte)(_writable[i] | _clearable[i]);
                    _configuration[i] = (byte)((saved[i] & changeable) | (_initial[i] & ~changeable));
                }
            }
            FunctionState(v);
            if (!v.IsRestoring) return;
            Update();
            _pin?.Redrive(_pin.IsHigh);
        }
    }

    /// <summary>Says where the function is plugged in, once, while the machine is built.</summary>
    internal void Connect(PciBus bus, Func<int, IrqLine> pins)
    {
        if (_bus is not null) throw new InvalidOperationException($"{Name} is already on a bus");
        _bus = bus;
        if (_configuration[InterruptPin] != 0) _pin = pins(_configuration[InterruptPin] - 1);
        Reset();
    }

    /// <summary>The level of the interrupt pin that the function wants. Any thread may call.</summary>
    protected internal void SetInterrupt(bool high)
    {
        lock (ConfigurationLock)
        {
            _interrupt = high;
            UpdatePin();
        }
    }

    /// <summary>Sends a message-signalled interrupt, which is a write of the function's own.</summary>
    internal void SendMessage(ulong address, uint data)
    {
        if (IsMaster) _bus?.Messages?.Send(address, data);
    }

    /// <summary>Gives a register its value after a reset and says which bits the guest writes.</summary>
    protected internal void Define8(int offset, byte value, byte writable = 0)
    {
        _configuration[offset] = _initial[offset] = value;
        _writable[offset] = writable;
    }

    protected internal void Define16(int offset, ushort value, ushort writable = 0)
    {
        Define8(offset, (byte)value, (byte)writable);
        Define8(offset + 1, (byte)(value >> 8), (byte)(writable >> 8));
    }

    protected internal void Define32(int offset, uint value, uint writable = 0)
    {
        Define16(offset, (ushort)value, (ushort)writable);
        Define16(offset + 2, (ushort)(value >> 16), (ushort)(writable >> 16));
    }

    /// <summary>Says that the device has further functions (6.2.1, header type); on each of them.</summary>
    protected void DefineMultipleFunctions() => Define8(HeaderType, MultipleFunctions);

    /// <summary>Gives the function an interrupt pin: 0 for A to 3 for D.</summary>
    protected void DefinePin(int pin) => Define8(InterruptPin, (byte)(pin + 1));

    /// <summary>Gives the function a window.</summary>
    protected void AddBar(PciBar bar)
    {
        if (!BitOperations.IsPow2(bar.Length) || bar.Length < 4)
            throw new ArgumentException($"a window of {bar.Length} bytes is no power of two", nameof(bar));
        var offset = FirstBar + 4 * bar.Index;
        var isWide = bar.Kind is PciBarKind.Memory64 or PciBarKind.PrefetchableMemory64;
        var flags = (bar.Kind == PciBarKind.Port ? BarPort : 0) | (isWide ? BarMemory64 : 0)
            | (bar.Kind is PciBarKind.PrefetchableMemory32 or PciBarKind.PrefetchableMemory64 ? BarPrefetchable : 0);
        var mask = ~(bar.Length - 1) & ~(bar.Kind == PciBarKind.Port ? 3ul : 15);
        Define32(offset, flags, (uint)mask);
        if (isWide) Define32(offset + 4, 0, (uint)(mask >> 32));
        _bars.Add(bar);
    }

    /// <summary>
    /// Gives the function a capability (6.7) of the given length and returns where it is; its other bytes are to be defined.
    /// </summary>
    protected internal int AddCapability(byte id, int length)
    {
        var at = _nextCapability;
        if (at + length > ConventionalLength) throw new InvalidOperationException($"{Name} has no room for capability 0x{id:x2}");
        _nextCapability = (at + length + 3) & ~3;
        Define8(at, id);
        // The newest is the first in the list.
        Define8(at + 1, _configuration[CapabilitiesPointer]);
        Define8(CapabilitiesPointer, (byte)at);
        Define16(Status, StatusCapabilities);
        return at;
    }

    /// <summary>
    /// The configuration space, for a capability or device that keeps its registers there; under <see cref="ConfigurationLock"/>.
    /// </summary>
    protected internal Span<byte> Configuration => _configuration;

    protected internal ushort Configured16(int offset) => BinaryPrimitives.ReadUInt16LittleEndian(_configuration.AsSpan(offset));

    protected internal uint Configured32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_configuration.AsSpan(offset));

    /// <summary>The guest reads a window.</summary>
    protected virtual void ReadBar(int bar, ulong offset, Span<byte> data) => data.Fill(byte.MaxValue);

    /// <summary>The guest writes to a window.</summary>
    protected virtual void WriteBar(int bar, ulong offset, ReadOnlySpan<byte> data)
    {
    }

    /// <summary>The guest is about to read configuration registers; without a lock.</summary>
    protected virtual void BeforeRead(int offset, int length)
    {
    }

    /// <summary>The guest has written configuration registers, and they are in force; without a lock.</summary>
    protected virtual void AfterWrite(int offset, int length)
    {
    }

    /// <summary>A reset is about to begin; without a lock, so that work under way can come to its end.</summary>
    protected virtual void BeforeReset()
    {
    }

    /// <summary>The guest has written configuration registers; under <see cref="ConfigurationLock"/>.</summary>
    protected virtual void OnWritten(int offset, int length)
    {
    }

    /// <summary>The configuration space is as after power-up; under <see cref="ConfigurationLock"/>.</summary>
    protected virtual void OnReset()
    {
    }

    /// <summary>
    /// The state of the device beside its configuration space, and at the end of a restore what derives from it; under
    /// <see cref="ConfigurationLock"/>.
    /// </summary>
    protected virtual void FunctionState(StateVisitor v)
    {
    }

    /// <summary>Whether the interrupt pin is out of use because the guest has chosen messages.</summary>
    protected virtual bool SignalsByMessage => false;

    /// <summary>Where a window is, or null while it is off.</summary>
    private PciWindow? Place(PciBar bar)
    {
        var isPort = bar.Kind == PciBarKind.Port;
        if ((_configuration[Command] & (isPort ? CommandPorts : CommandMemory)) == 0) return null;
        var offset = FirstBar + 4 * bar.Index;
        ulong start = Configured32(offset) & (isPort ? ~3u : ~15u);
        if (bar.Kind is PciBarKind.Memory64 or PciBarKind.PrefetchableMemory64) start |= (ulong)Configured32(offset + 4) << 32;
        // Nobody puts a window at 0; that is where it is before it is placed.
        return start == 0 ? null : new PciWindow(this, bar.Index, isPort, start, bar.Length);
    }

    private PciWindow? PlaceRom()
    {
        var register = Configured32(RomBar);
        var start = register & ~(RomEnable | (SmallestRom - 1));
        var isOn = _rom.Length != 0 && (register & RomEnable) != 0 && (_configuration[Command] & CommandMemory) != 0 && start != 0;
        return isOn ? new PciWindow(this, RomWindow, false, start, (ulong)_rom.Length) : null;
    }

    private void ReadRom(ulong offset, Span<byte> data)
    {
        data.Fill(byte.MaxValue);
        if (offset >= (ulong)_rom.Length) return;
        var rom = _rom.AsSpan((int)offset);
        rom[..Math.Min(rom.Length, data.Length)].CopyTo(data);
    }

    private void Update()
    {
        UpdatePin();
        PciWindow[] windows = [.. _bars.Select(Place).Append(PlaceRom()).OfType<PciWindow>()];
        if (windows.AsSpan().SequenceEqual(_windows)) return;
        _windows = windows;
        _bus?.Remap();
    }

    private void UpdatePin()
    {
        var status = (ushort)(Configured16(Status) & ~StatusInterrupt | (_interrupt ? StatusInterrupt : 0));
        BinaryPrimitives.WriteUInt16LittleEndian(_configuration.AsSpan(Status), status);
        _pin?.Set(_interrupt && !SignalsByMessage && (Configured16(Command) & CommandInterruptDisable) == 0);
    }
}
