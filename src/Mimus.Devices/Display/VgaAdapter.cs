using Mimus.Core.Memory;
using Mimus.Core.State;
using Mimus.Core.Timing;
using Mimus.Devices.Pci;

namespace Mimus.Devices.Display;

/// <summary>
/// The display of the PC: a VGA with the extended modes of the Bochs emulator, on PCI (QEMU's documentation, "QEMU Standard VGA").
/// Window 0 is the frame buffer, and window 2 has the registers of both. Its registers at their usual places have offsets of their own.
/// </summary>
public sealed class VgaAdapter : PciFunction
{
    /// <summary>Offsets of the VGA's ports from 3B0h, the extended modes' ports from 1CEh, and the memory window from A0000h.</summary>
    public static readonly ulong PortOffset = OffsetOfBar(PortWindow), ExtendedPortOffset = OffsetOfBar(ExtendedPortWindow),
        MemoryOffset = OffsetOfBar(MemoryWindow);

    /// <summary>How many ports the VGA has, and the extended modes; the first take single bytes, the others words.</summary>
    public const int PortCount = VgaRegisters.PortCount, ExtendedPortCount = 4;

    /// <summary>The length of the memory window.</summary>
    public const int MemoryLength = VgaMemory.WindowLength;

    /// <summary>The least memory that an adapter has.</summary>
    public const int MinimumMemory = 4 * VgaMemory.PlaneLength;

    private const int FrameBufferWindow = 0, RegisterWindow = 2, PortWindow = 8, ExtendedPortWindow = 9, MemoryWindow = 10;

    private static readonly PciIdentity s_identity = new(0x1234, 0x1111, 0x030000, 0x02, 0x1af4, 0x1100);

    // The register window ("MMIO area spec"): the VGA's ports from 3C0h, and the extended modes' registers
    private const ulong RegisterWindowLength = 0x1000, WindowPorts = 0x400, WindowExtended = 0x500;
    private const int WindowFirstPort = 0x3c0, WindowPortCount = 0x20;

    // The extended modes' ports: the number of a register, and the register (1CFh, and 1D0h for those who align words)
    private const ulong ExtendedIndex = 0, ExtendedData = 1, ExtendedDataAligned = 2;

    private readonly VirtualClock _clock;
    private readonly Lock _lock = new(); // the display's own; taken after that of the configuration space

    private readonly VgaRegisters _vga = new();
    private readonly VbeRegisters _vbe;
    private readonly VgaMemory _memory;
    private readonly VgaPicture _picture;
    private ushort _index;

    /// <param name="name">The name in snapshots and messages.</param>
    /// <param name="memory">The display's memory, which the machine saves with the rest of its memory.</param>
    /// <param name="clock">The machine's time, by which the beam moves.</param>
    public VgaAdapter(string name, RamBlock memory, VirtualClock clock)
        : base(name, s_identity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(memory.Range.Length, (ulong)MinimumMemory);
        _clock = clock;
        _vbe = new VbeRegisters((int)memory.Range.Length);
        _memory = new VgaMemory(memory, _vga);
        _picture = new VgaPicture(_vga, _memory, _vbe);
        AddBar(new PciBar(FrameBufferWindow, PciBarKind.PrefetchableMemory32, memory.Range.Length));
        AddBar(new PciBar(RegisterWindow, PciBarKind.Memory32, RegisterWindowLength));
        Reset();
    }

    /// <summary>What the screen shows. Any thread may call.</summary>
    public ScreenImage Picture
    {
        get
        {
            lock (_lock) return _picture.Draw();
        }
    }

    /// <summary>The characters of a text mode; null in other modes. Any thread may call.</summary>
    public TextScreen? Text
    {
        get
        {
            lock (_lock) return _picture.ReadText();
        }
    }

    protected override void ReadBar(int bar, ulong offset, Span<byte> data)
    {
        data.Fill(byte.MaxValue);
        lock (_lock)
        {
            switch (bar)
            {
                case FrameBufferWindow:
                    if (offset + (ulong)data.Length <= (ulong)_memory.Length) _memory.Linear.Slice((int)offset, data.Length).CopyTo(data);
                    break;
                case RegisterWindow when offset - WindowPorts < WindowPortCount:
                    for (var i = 0; i < data.Length && offset - WindowPorts + (ulong)i < WindowPortCount; i++)
                        data[i] = _vga.Read(WindowFirstPort + (int)(offset - WindowPorts) + i, _clock.Nanoseconds);
                    break;
                case RegisterWindow when offset - WindowExtended < 2 * VbeRegisters.Count:
                    Register.Answer(data, _vbe.Read((int)(offset - WindowExtended) / 2));
                    break;
                case PortWindow when offset < PortCount && !data.IsEmpty:
                    data[0] = _vga.Read(VgaRegisters.FirstPort + (int)offset, _clock.Nanoseconds);
                    break;
                case ExtendedPortWindow:
                    if (offset == ExtendedIndex) Register.Answer(data, _index);
                    else if (offset is ExtendedData or ExtendedDataAligned) Register.Answer(data, _vbe.Read(_index));
                    break;
                case MemoryWindow:
                    for (var i = 0; i < data.Length && offset + (ulong)i < MemoryLength; i++) data[i] = _memory.Read((int)offset + i);
                    break;
            }
        }
    }

    protected override void WriteBar(int bar, ulong offset, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) return;
        lock (_lock)
        {
            switch (bar)
            {
                case FrameBufferWindow:
                    if (offset + (ulong)data.Length <= (ulong)_memory.Length) _memory.Store(offset, data);
                    break;
                case RegisterWindow when offset - WindowPorts < WindowPortCount:
                    for (var i = 0; i < data.Length && offset - WindowPorts + (ulong)i < WindowPortCount; i++)
                        _vga.Write(WindowFirstPort + (int)(offset - WindowPorts) + i, data[i]);
                    break;
                case RegisterWindow when offset - WindowExtended < 2 * VbeRegisters.Count:
                    WriteExtended((int)(offset - WindowExtended) / 2, (ushort)Register.Value(data));
                    break;
                case PortWindow when offset < PortCount:
                    _vga.Write(VgaRegisters.FirstPort + (int)offset, data[0]);
                    break;
                case ExtendedPortWindow:
                    if (offset == ExtendedIndex) _index = (ushort)Register.Value(data);
                    else if (offset is ExtendedData or ExtendedDataAligned) WriteExtended(_index, (ushort)Register.Value(data));
                    break;
                case MemoryWindow:
                    for (var i = 0; i < data.Length && offset + (ulong)i < MemoryLength; i++) _memory.Write((int)offset + i, data[i]);
                    break;
            }
        }
    }

    protected override void OnReset()
    {
        lock (_lock)
        {
            _vga.Reset();
            _vbe.Reset();
            _memory.Reset();
            _index = 0;
            Update();
        }
    }

    protected override void FunctionState(StateVisitor v)
    {
        lock (_lock)
        {
            v.Child("vga", _vga);
            v.Child("vbe", _vbe);
            v.Child("latch", _memory);
            v.Field(10, "index", ref _index);
            if (v.IsRestoring) Update();
        }
    }

    private void WriteExtended(int register, ushort value)
    {
        if (_vbe.Write(register, value)) _memory.Clear();
        Update();
    }

    private void Update()
    {
        _vga.HasWidePalette = _vbe.HasWidePalette;
        _memory.LinearBase = _vbe.IsEnabled && _vbe.Bits != 4 ? _vbe.BankStart : null;
    }
}
