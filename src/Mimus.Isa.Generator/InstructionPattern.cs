using System;
using System.Collections.Generic;
using System.Linq;

namespace Mimus.Isa.Generator;

/// <summary>One contiguous piece of a field: <c>Width</c> bits of the instruction at <c>From</c> become bits of the value at <c>To</c>.</summary>
internal sealed class FieldPiece(int from, int to, int width)
{
    public int From { get; } = from;

    public int To { get; } = to;

    public int Width { get; } = width;
}

/// <summary>A field of the instruction: its name, where its bits are, and the values it must not have.</summary>
internal sealed class PatternField(string name, IReadOnlyList<FieldPiece> pieces, IReadOnlyList<int> forbidden)
{
    public string Name { get; } = name;

    public IReadOnlyList<FieldPiece> Pieces { get; } = pieces;

    public IReadOnlyList<int> Forbidden { get; } = forbidden;

    /// <summary>The highest bit of the value, which is its sign where the field is signed.</summary>
    public int TopBit => Pieces.Max(p => p.To + p.Width - 1);
}

/// <summary>
/// An instruction's bits as the manuals draw them, most significant first:
/// <c>imm[12|10:5] rs2 rs1 000 imm[4:1|11] 1100011</c>. Words of 0, 1 and . are fixed and free bits; others name fields, with the
/// value's bits in brackets where they are scattered; <c>!=0</c> or <c>!={0,2}</c> excludes values; <c>; rs1=2</c> at the end
/// gives an operand that has no bits.
/// </summary>
internal sealed class InstructionPattern
{
    private InstructionPattern(int width, uint mask, uint value, IReadOnlyList<PatternField> fields, IReadOnlyList<KeyValuePair<string, int>> constants)
    {
        Width = width;
        Mask = mask;
        Value = value;
        Fields = fields;
        Constants = constants;
    }

    public int Width { get; }

    public uint Mask { get; }

    public uint Value { get; }

    public IReadOnlyList<PatternField> Fields { get; }

    public IReadOnlyList<KeyValuePair<string, int>> Constants { get; }

    /// <summary>Reads a pattern; field widths that it does not show come from <paramref name="fieldWidths"/>.</summary>
    public static InstructionPattern Parse(string text, IReadOnlyDictionary<string, int> fieldWidths)
    {
        var halves = text.Split(';');
        var words = halves[0].Split([' '], StringSplitOptions.RemoveEmptyEntries).Select(w => Word.Parse(w, fieldWidths)).ToList();
        var width = words.Sum(w => w.Width);
        if (width is not (16 or 32)) throw new FormatException($"the pattern has {width} bits instead of 16 or 32");

        uint mask = 0, value = 0;
        var position = width;
        var pieces = new Dictionary<string, List<FieldPiece>>();
        var forbidden = new Dictionary<string, List<int>>();
        foreach (var word in words)
        {
            if (word.Name is null)
            {
                foreach (var bit in word.Bits)
                {
                    position--;
                    if (bit == '.') continue;
                    mask |= 1u << position;
                    if (bit == '1') value |= 1u << position;
                }
                continue;
            }
            if (!pieces.TryGetValue(word.Name, out var list)) pieces.Add(word.Name, list = []);
            foreach (var (high, low) in word.Ranges)
            {
                position -= high - low + 1;
                list.Add(new FieldPiece(position, low, high - low + 1));
            }
            if (!forbidden.TryGetValue(word.Name, out var values)) forbidden.Add(word.Name, values = []);
            values.AddRange(word.Forbidden);
        }

        var constants = halves.Length < 2
            ? []
            : halves[1].Split([' '], StringSplitOptions.RemoveEmptyEntries)
                .Select(c => c.Split('='))
                .Select(c => new KeyValuePair<string, int>(c[0], int.Parse(c[1], System.Globalization.CultureInfo.InvariantCulture)))
                .ToList();
        return new InstructionPattern(width, mask, value,
            [.. pieces.Select(p => new PatternField(p.Key, p.Value, forbidden[p.Key]))], constants);
    }

    /// <summary>One word of a pattern: fixed bits, or (part of) a field.</summary>
    private sealed class Word
    {
        public string? Name { get; private set; }

        public string Bits { get; private set; } = "";

        public List<(int High, int Low)> Ranges { get; } = [];

        public List<int> Forbidden { get; } = [];

        public int Width => Name is null ? Bits.Length : Ranges.Sum(r => r.High - r.Low + 1);

        public static Word Parse(string text, IReadOnlyDictionary<string, int> fieldWidths)
        {
            if (text.All(c => c is '0' or '1' or '.')) return new Word { Bits = text };

            var word = new Word();
            var exclusion = text.IndexOf("!=", StringComparison.Ordinal);
            if (exclusion >= 0)
            {
                word.Forbidden.AddRange(text.Substring(exclusion + 2).Trim('{', '}').Split(',')
                    .Select(v => int.Parse(v, System.Globalization.CultureInfo.InvariantCulture)));
                text = text.Substring(0, exclusion);
            }
            var bracket = text.IndexOf('[');
            if (bracket < 0)
            {
                word.Name = text;
                if (!fieldWidths.TryGetValue(text, out var width) || width == 0) throw new FormatException($"no operand field is named '{text}'");
                word.Ranges.Add((width - 1, 0));
                return word;
            }
            word.Name = text.Substring(0, bracket);
            if (!fieldWidths.ContainsKey(word.Name)) throw new FormatException($"no operand field is named '{word.Name}'");
            foreach (var range in text.Substring(bracket + 1).TrimEnd(']').Split('|'))
            {
                var ends = range.Split(':').Select(e => int.Parse(e, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
                word.Ranges.Add((ends[0], ends[ends.Length - 1]));
            }
            return word;
        }
    }
}
