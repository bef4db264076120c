using System.Runtime.InteropServices;

namespace Mimus.TestSupport.RiscV;

/// <summary>Puts instructions one after the other, with labels for branches between them.</summary>
public sealed class Assembler(ulong origin)
{
    private readonly List<uint> _words = [];
    private readonly Dictionary<string, int> _labels = [];
    private readonly List<(int Index, string Label, Func<int, uint> Encode)> _fixups = [];

    public ulong Here => origin + ((ulong)_words.Count * 4);

    public Assembler Emit(params ReadOnlySpan<uint> words)
    {
        _words.AddRange(words);
        return this;
    }

    public Assembler Label(string name)
    {
        _labels.Add(name, _words.Count);
        return this;
    }

    /// <summary>A branch: see <see cref="Rv.Branch"/>.</summary>
    public Assembler Branch(uint funct3, int rs1, int rs2, string label) => Later(label, offset => Rv.Branch(funct3, rs1, rs2, offset));

    public Assembler Jump(string label) => Later(label, offset => Rv.Jal(Rv.Zero, offset));

    public Assembler Call(string label) => Later(label, offset => Rv.Jal(Rv.Ra, offset));

    /// <summary>Loads any constant: 32 bits in two instructions, more in up to eight.</summary>
    public Assembler Li(int rd, ulong value)
    {
        if ((long)value is >= int.MinValue and <= int.MaxValue)
        {
            var low = (int)((long)(value << 52) >> 52);
            var high = (int)(((long)value - low) >> 12);
            if (high == 0) return Emit(Rv.Addi(rd, Rv.Zero, low));
            Emit(Rv.Lui(rd, high));
            return low == 0 ? this : Emit(Rv.I(low, rd, 0, rd, 0x1b)); // addiw, so that 0x7ffff800 and above come out right
        }
        var tail = (int)((long)(value << 52) >> 52);
        Li(rd, (ulong)((long)(value - (ulong)tail) >> 12));
        Emit(Rv.Slli(rd, rd, 12));
        return tail == 0 ? this : Emit(Rv.Addi(rd, rd, tail));
    }

    public ulong AddressOf(string label) => origin + ((ulong)_labels[label] * 4);

    public uint[] Assemble()
    {
        foreach (var (index, label, encode) in _fixups) _words[index] = encode((_labels[label] - index) * 4);
        return [.. _words];
    }

    public byte[] AssembleBytes() => MemoryMarshal.AsBytes(Assemble().AsSpan()).ToArray();

    private Assembler Later(string label, Func<int, uint> encode)
    {
        _fixups.Add((_words.Count, label, encode));
        return Emit(0);
    }
}
