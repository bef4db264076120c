using Mimus.Core.State;

namespace Mimus.Devices.Display;

/// <summary>
/// The extended modes of the Bochs emulator's display (its documentation, "VBE display interface"): resolutions of any size with a
/// linear frame buffer. It has no lock: its owner, <see cref="VgaAdapter"/>, has.
/// </summary>
internal sealed class VbeRegisters(int memoryLength) : IStateful
{
    /// <summary>How many registers there are.</summary>
    public const int Count = 11;

    private const int Identity = 0, XResolution = 1, YResolution = 2, BitsPerPixel = 3, Enable = 4, Bank = 5, VirtualWidth = 6,
        VirtualHeight = 7, XOffset = 8, YOffset = 9, Memory64K = 10;

    private const ushort FirstIdentity = 0xb0c0, LastIdentity = 0xb0c5;
    private const ushort Enabled = 0x01, GetCapabilities = 0x02, WidePalette = 0x20, LinearFrameBuffer = 0x40, KeepMemory = 0x80;
    private const ushort MaximumX = 4096, MaximumY = 3072, MaximumBits = 32;
    private const int BankLength = 0x10000;

    private readonly ushort[] _registers = new ushort[Count];
    private readonly ulong[] _saved = new ulong[Count];

    public bool IsEnabled => (_registers[Enable] & Enabled) != 0;

    public bool HasWidePalette => (_registers[Enable] & WidePalette) != 0;

    public int Width => _registers[XResolution];

    public int Height => _registers[YResolution];

    public int Bits => _registers[BitsPerPixel];

    /// <summary>Bytes from one line to the next; with 4 bits, of one plane.</summary>
    public int LineLength => Bits == 4 ? _registers[VirtualWidth] / 8 : _registers[VirtualWidth] * BytesPerPixel;

    public int BytesPerPixel => (Bits + 7) / 8;

    public int FirstX => _registers[XOffset];

    public int FirstY => _registers[YOffset];

    /// <summary>Where the window of 64 KiB is in the memory.</summary>
    public int BankStart => _registers[Bank] * BankLength;

    public ushort Read(int register)
    {
        if ((_registers[Enable] & GetCapabilities) != 0)
        {
            switch (register)
            {
                case XResolution:
                    return MaximumX;
                case YResolution:
                    return MaximumY;
                case BitsPerPixel:
                    return MaximumBits;
            }
        }
        return register == Memory64K ? (ushort)(memoryLength / BankLength) : register < Count ? _registers[register] : (ushort)0;
    }

    /// <summary>Writes a register; true when the memory is to be cleared.</summary>
    public bool Write(int register, ushort value)
    {
        switch (register)
        {
            case Identity:
                if (value is >= FirstIdentity and <= LastIdentity) _registers[Identity] = value;
                break;
            case XResolution when !IsEnabled:
                if (value <= MaximumX) _registers[XResolution] = (ushort)(value & ~7);
                break;
            case YResolution when !IsEnabled:
                if (value <= MaximumY) _registers[YResolution] = value;
                break;
            case BitsPerPixel when !IsEnabled:
                if (value == 0) value = 8;
                if (value is 4 or 8 or 15 or 16 or 24 or 32) _registers[BitsPerPixel] = value;
                break;
            case Bank:
                _registers[Bank] = (ushort)(value % Math.Max(1, memoryLength / BankLength));
                break;
            case VirtualWidth:
                _registers[VirtualWidth] = Math.Max(value, _registers[XResolution]);
                UpdateVirtualHeight();
                break;
            case XOffset or YOffset:
                _registers[register] = value;
                break;
            case Enable:
                return WriteEnable(value);
        }
        return false;
    }

    public void Reset()
    {
        Array.Clear(_registers);
        _registers[Identity] = LastIdentity;
        _registers[BitsPerPixel] = 8;
    }

    public void State(StateVisitor v)
    {
        for (var i = 0; i < Count; i++) _saved[i] = _registers[i];
        v.Fields(1, "registers", _saved);
        if (!v.IsRestoring) return;
        for (var i = 0; i < Count; i++) _registers[i] = (ushort)_saved[i];
        if (Width > MaximumX || Height > MaximumY || Bits is not (4 or 8 or 15 or 16 or 24 or 32) || BankStart >= Math.Max(memoryLength, 1)
            || (IsEnabled && !Fits))
            StateVisitor.Refuse("a display mode that does not exist");
    }

    private bool Fits => Width > 0 && Height > 0 && (long)Math.Max(Width, (int)_registers[VirtualWidth]) * Height * Bits / 8 <= memoryLength;

    private bool WriteEnable(ushort value)
    {
        var begins = (value & Enabled) != 0 && !IsEnabled;
        if (begins)
        {
            (_registers[VirtualWidth], _registers[XOffset], _registers[YOffset], _registers[Bank]) = (_registers[XResolution], 0, 0, 0);
            if (!Fits) value &= unchecked((ushort)~Enabled); // a mode that does not exist stays off
            UpdateVirtualHeight();
        }
        _registers[Enable] = (ushort)(value & (Enabled | GetCapabilities | WidePalette | LinearFrameBuffer | KeepMemory));
        return begins && IsEnabled && (value & KeepMemory) == 0;
    }

    private void UpdateVirtualHeight() =>
        _registers[VirtualHeight] = LineLength == 0 ? (ushort)0 : (ushort)Math.Min(ushort.MaxValue, memoryLength / (LineLength * (Bits == 4 ? 4 : 1)));
}
