using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace Mimus.Isa.Generator;

/// <summary>Writes the decoder: switches over bits that all remaining candidates fix, then the candidates themselves.</summary>
internal sealed class DecoderWriter(IReadOnlyList<InstructionRow> rows, IReadOnlyDictionary<string, OperandField> fields, StringBuilder output)
{
    public void Write(int width)
    {
        var candidates = Enumerable.Range(0, rows.Count).Where(i => rows[i].Pattern.Width == width).ToList();
        Split(candidates, decided: 0, indent: 2);
    }

    private void Split(List<int> candidates, uint decided, int indent)
    {
        var common = candidates.Aggregate(uint.MaxValue, (mask, i) => mask & rows[i].Pattern.Mask) & ~decided;
        if (candidates.Count == 1 || common == 0)
        {
            // The most particular rows first: one whose fixed bits include another's is meant to win.
            foreach (var index in candidates.OrderByDescending(i => BitCount(rows[i].Pattern.Mask)).ThenByDescending(i => rows[i].Pattern.Fields.Sum(f => f.Forbidden.Count)))
                Candidate(index, decided, indent);
            return;
        }

        var pad = new string(' ', indent * 4);
        output.Append(pad).Append("switch (word & 0x").AppendFormat("{0:x}", common).AppendLine("u)").Append(pad).AppendLine("{");
        foreach (var group in candidates.GroupBy(i => rows[i].Pattern.Value & common))
        {
            output.Append(pad).Append("    case 0x").AppendFormat("{0:x}", group.Key).AppendLine("u:");
            Split([.. group], decided | common, indent + 2);
            output.Append(pad).AppendLine("        break;");
        }
        output.Append(pad).AppendLine("}");
    }

    private void Candidate(int index, uint decided, int indent)
    {
        var row = rows[index];
        var pattern = row.Pattern;
        var pad = new string(' ', indent * 4);
        var conditions = new List<string>();
        var rest = pattern.Mask & ~decided;
        if (rest != 0) conditions.Add($"(word & 0x{rest:x}u) == 0x{pattern.Value & rest:x}u");
        foreach (var field in pattern.Fields)
            conditions.AddRange(field.Forbidden.Select(v => $"{Raw(field)} != {v}u"));
        conditions.Add($"(features & 0x{row.AnyOf:x}ul) != 0");
        if (row.AllOf != 0) conditions.Add($"(features & 0x{row.AllOf:x}ul) == 0x{row.AllOf:x}ul");
        if (row.NotAllOf != 0) conditions.Add($"(features & 0x{row.NotAllOf:x}ul) != 0x{row.NotAllOf:x}ul");

        output.Append(pad).Append("if (").Append(string.Join(" && ", conditions)).Append(") // ").AppendLine(row.Name);
        output.Append(pad).AppendLine("{");
        foreach (var field in pattern.Fields)
        {
            var known = fields[field.Name];
            var raw = Raw(field);
            var value = known.Signed ? $"((int)({raw} << {31 - field.TopBit}) >> {31 - field.TopBit})" : $"(int){raw}";
            output.Append(pad).Append("    ").Append(known.Method).Append("(ref operands, ").Append(value).AppendLine(");");
        }
        foreach (var constant in pattern.Constants)
            output.Append(pad).Append("    ").Append(fields[constant.Key].Method).Append("(ref operands, ").Append(constant.Value).AppendLine(");");
        output.Append(pad).Append("    return ").Append(index).AppendLine(";").Append(pad).AppendLine("}");
    }

    private static string Raw(PatternField field) => "(" + string.Join(" | ", field.Pieces.Select(p =>
    {
        var mask = $"0x{(p.Width == 32 ? uint.MaxValue : (1u << p.Width) - 1):x}u";
        var low = p.From == 0 ? $"(word & {mask})" : $"((word >> {p.From}) & {mask})";
        return p.To == 0 ? low : $"({low} << {p.To})";
    })) + ")";

    private static int BitCount(uint value)
    {
        var count = 0;
        for (; value != 0; value &= value - 1) count++;
        return count;
    }
}
