using Mimus.Core.State;

namespace Mimus.Devices.Display;

/// <summary>
/// The registers of a VGA at their ports (IBM Personal System/2 and Personal Computer BIOS Interface hardware reference, "Video
/// subsystem"; the numbers of registers are those). It has no lock: its owner, <see cref="VgaAdapter"/>, has.
/// </summary>
internal sealed class VgaRegisters : IStateful
{
    /// <summary>The first of the ports, and how many there are: 3B0h to 3DFh.</summary>
    public const int FirstPort = 0x3b0, PortCount = 0x30;

    // Ports; those of the CRT controller and of input status 1 are at 3Bxh instead on a monochrome screen
    private const int CrtIndex = 0x3d4, CrtData = 0x3d5, InputStatus1 = 0x3da, MonochromeCrtIndex = 0x3b4, MonochromeCrtData = 0x3b5,
        MonochromeInputStatus1 = 0x3ba, AttributeIndex = 0x3c0, AttributeData = 0x3c1, MiscellaneousWrite = 0x3c2, SequencerIndex = 0x3c4,
        SequencerData = 0x3c5, DacMask = 0x3c6, DacReadIndex = 0x3c7, DacWriteIndex = 0x3c8, DacData = 0x3c9, FeatureRead = 0x3ca,
        MiscellaneousRead = 0x3cc, GraphicsIndex = 0x3ce, GraphicsData = 0x3cf;

    private const byte ColorPorts = 0x01;           // miscellaneous output
    private const byte PaletteOn = 0x20;            // attribute index
    private const byte CrtProtect = 0x80;           // vertical retrace end
    private const int CrtVerticalRetraceEnd = 0x11, CrtOverflow = 0x07, CrtLastProtected = 0x07;
    private const byte CrtLineCompareBit8 = 0x10;
    private const byte DisplayDisabled = 0x01, VerticalRetrace = 0x08; // input status 1
    private const byte DacReading = 0x03, SwitchSense = 0x10;
    private const int Colors = 256;

    // A picture is drawn 70 times a second; by these parts of its time and of a line's, programs wait for the beam.
    private const long FrameTime = 14_268_000, RetraceTime = 640_000, LineTime = 31_778, BlankTime = 6_000;

    private static readonly byte[] s_sequencerMask = [0x03, 0x3d, 0x0f, 0x3f, 0x0e];
    private static readonly byte[] s_graphicsMask = [0x0f, 0x0f, 0x0f, 0x1f, 0x03, 0x7b, 0x0f, 0x0f, 0xff];
    private static readonly byte[] s_attributeMask =
        [0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0xef, 0xff, 0x3f, 0x0f, 0x0f];

    private readonly byte[] _sequencer = new byte[5], _graphics = new byte[9], _attribute = new byte[21], _crt = new byte[25];
    private readonly byte[] _palette = new byte[3 * Colors];
    private byte _sequencerIndex, _graphicsIndex, _attributeIndex, _crtIndex, _miscellaneous, _dacMask, _dacReadIndex, _dacWriteIndex, _dacState;
    private int _dacComponent;
    private bool _attributeTakesData;

    public ReadOnlySpan<byte> Sequencer => _sequencer;

    public ReadOnlySpan<byte> Graphics => _graphics;

    public ReadOnlySpan<byte> Attribute => _attribute;

    public ReadOnlySpan<byte> Crt => _crt;

    /// <summary>The screen shows something: the processor is not at the palette.</summary>
    public bool IsShowing => (_attributeIndex & PaletteOn) != 0 && (_sequencer[1] & 0x20) == 0;

    /// <summary>The VBE mode in which the palette has eight bits a component instead of six.</summary>
    public bool HasWidePalette { get; set; }

    /// <summary>The colour of a palette entry.</summary>
    public uint Color(int index)
    {
        index = (index & _dacMask) * 3;
        return Component(_palette[index]) << 16 | Component(_palette[index + 1]) << 8 | Component(_palette[index + 2]);
    }

    /// <param name="port">The port's number.</param>
    /// <param name="now">The machine's time, by which the beam moves.</param>
    public byte Read(int port, long now)
    {
        switch (port)
        {
            case CrtIndex or MonochromeCrtIndex when IsCrtPort(port):
                return _crtIndex;
            case CrtData or MonochromeCrtData when IsCrtPort(port):
                return _crtIndex < _crt.Length ? _crt[_crtIndex] : (byte)0;
            case InputStatus1 or MonochromeInputStatus1 when IsCrtPort(port):
                _attributeTakesData = false;
                var beam = now % FrameTime;
                if (beam >= FrameTime - RetraceTime) return VerticalRetrace | DisplayDisabled;
                return beam % LineTime >= LineTime - BlankTime ? DisplayDisabled : (byte)0;
            case AttributeIndex:
                return _attributeIndex;
            case AttributeData:
                return (_attributeIndex & 31) < _attribute.Length ? _attribute[_attributeIndex & 31] : (byte)0;
            case MiscellaneousWrite: // input status 0
                return SwitchSense;
            case SequencerIndex:
                return _sequencerIndex;
            case SequencerData:
                return _sequencerIndex < _sequencer.Length ? _sequencer[_sequencerIndex] : (byte)0;
            case DacMask:
                return _dacMask;
            case DacReadIndex:
                return _dacState;
            case DacWriteIndex:
                return _dacWriteIndex;
            case DacData:
                return ReadPalette();
            case FeatureRead:
                return 0;
            case MiscellaneousRead:
                return _miscellaneous;
            case GraphicsIndex:
                return _graphicsIndex;
            case GraphicsData:
                return _graphicsIndex < _graphics.Length ? _graphics[_graphicsIndex] : (byte)0;
            default:
                return byte.MaxValue;
        }
    }

    public void Write(int port, byte value)
    {
        switch (port)
        {
            case CrtIndex or MonochromeCrtIndex when IsCrtPort(port):
                _crtIndex = value;
                break;
            case CrtData or MonochromeCrtData when IsCrtPort(port):
                WriteCrt(value);
                break;
            case AttributeIndex:
                var register = _attributeIndex & 31;
                if (!_attributeTakesData) _attributeIndex = (byte)(value & 0x3f);
                else if (register < _attribute.Length) _attribute[register] = (byte)(value & s_attributeMask[register]);
                _attributeTakesData = !_attributeTakesData;
                break;
            case MiscellaneousWrite:
                _miscellaneous = (byte)(value & 0xef);
                break;
            case SequencerIndex:
                _sequencerIndex = (byte)(value & 7);
                break;
            case SequencerData:
                if (_sequencerIndex < _sequencer.Length) _sequencer[_sequencerIndex] = (byte)(value & s_sequencerMask[_sequencerIndex]);
                break;
            case DacMask:
                _dacMask = value;
                break;
            case DacReadIndex:
                (_dacReadIndex, _dacComponent, _dacState) = (value, 0, DacReading);
                break;
            case DacWriteIndex:
                (_dacWriteIndex, _dacComponent, _dacState) = (value, 0, 0);
                break;
            case DacData:
                WritePalette(value);
                break;
            case GraphicsIndex:
                _graphicsIndex = (byte)(value & 15);
                break;
            case GraphicsData:
                if (_graphicsIndex < _graphics.Length) _graphics[_graphicsIndex] = (byte)(value & s_graphicsMask[_graphicsIndex]);
                break;
        }
    }

    public void Reset()
    {
        Array.Clear(_sequencer);
        Array.Clear(_graphics);
        Array.Clear(_attribute);
        Array.Clear(_crt);
        Array.Clear(_palette);
        _sequencerIndex = _graphicsIndex = _attributeIndex = _crtIndex = _dacReadIndex = _dacWriteIndex = _dacState = 0;
        _miscellaneous = 0;
        _dacMask = byte.MaxValue;
        _dacComponent = 0;
        _attributeTakesData = HasWidePalette = false;
    }

    public void State(StateVisitor v)
    {
        v.Bytes(1, "sequencer", _sequencer);
        v.Bytes(2, "graphics", _graphics);
        v.Bytes(3, "attribute", _attribute);
        v.Bytes(4, "crt", _crt);
        v.Bytes(5, "palette", _palette);
        v.Field(6, "sequencer-index", ref _sequencerIndex);
        v.Field(7, "graphics-index", ref _graphicsIndex);
        v.Field(8, "attribute-index", ref _attributeIndex);
        v.Field(9, "crt-index", ref _crtIndex);
        v.Field(10, "miscellaneous", ref _miscellaneous);
        v.Field(11, "dac-mask", ref _dacMask);
        v.Field(12, "dac-read-index", ref _dacReadIndex);
        v.Field(13, "dac-write-index", ref _dacWriteIndex);
        v.Field(14, "dac-state", ref _dacState);
        v.Field(15, "dac-component", ref _dacComponent, 2);
        v.Field(16, "attribute-takes-data", ref _attributeTakesData);
    }

    private bool IsCrtPort(int port) => (port >= 0x3d0) == ((_miscellaneous & ColorPorts) != 0);

    private uint Component(byte value) => HasWidePalette ? value : (uint)((value & 0x3f) << 2 | (value & 0x3f) >> 4);

    private void WriteCrt(byte value)
    {
        if (_crtIndex >= _crt.Length) return;
        if (_crtIndex <= CrtLastProtected && (_crt[CrtVerticalRetraceEnd] & CrtProtect) != 0)
        {
            // Of the protected registers only the ninth bit of the line compare stays writable.
            if (_crtIndex == CrtOverflow) _crt[CrtOverflow] = (byte)(_crt[CrtOverflow] & ~CrtLineCompareBit8 | value & CrtLineCompareBit8);
            return;
        }
        _crt[_crtIndex] = value;
    }

    private byte ReadPalette()
    {
        var value = _palette[3 * _dacReadIndex + _dacComponent];
        _dacComponent = (_dacComponent + 1) % 3;
        if (_dacComponent == 0) _dacReadIndex++;
        return value;
    }

    private void WritePalette(byte value)
    {
        _palette[3 * _dacWriteIndex + _dacComponent] = HasWidePalette ? value : (byte)(value & 0x3f);
        _dacComponent = (_dacComponent + 1) % 3;
        if (_dacComponent == 0) _dacWriteIndex++;
    }
}
