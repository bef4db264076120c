using System.Text;
using Mimus.Isa;
using Mimus.Isa.FloatingPoint;

namespace Mimus.Translation.Ir;

/// <summary>How the text form spells operations and what stands beside them.</summary>
internal static class IrNames
{
    private static readonly string[] s_ops = [.. Enum.GetNames<IrOp>().Select(OpName)];
    private static readonly string[] s_relations = Names<Relation>();
    private static readonly string[] s_floatRelations = Names<FloatRelation>();
    private static readonly string[] s_integerTypes = Names<IntegerType>();
    private static readonly string[] s_atomics = Names<AtomicOperation>();
    private static readonly string[] s_roundings = Names<RoundingMode>();
    private static readonly string[] s_signed = ["", "signed"];
    private static readonly string[] s_formats = ["f32", "f64"];
    private static readonly Dictionary<string, IrOp> s_opOf = s_ops.Select((name, i) => (name, (IrOp)i)).ToDictionary();

    public static string Of(IrOp op) => (int)op < s_ops.Length ? s_ops[(int)op] : $"op{(int)op}";

    public static bool TryFind(string name, out IrOp op) => s_opOf.TryGetValue(name, out op);

    public static string Of(IrKind kind, byte value) => Of(TableOf(kind), value);

    public static string Of(IrVariant variant, byte value) => Of(TableOf(variant), value);

    public static string OfRounding(ulong value) => Of(s_roundings, value);

    public static bool TryFind(IrKind kind, string name, out byte value) => TryFind(TableOf(kind), name, out value);

    public static bool TryFind(IrVariant variant, string name, out byte value) => TryFind(TableOf(variant), name, out value);

    public static bool TryFindRounding(string name, out byte value) => TryFind(s_roundings, name, out value);

    /// <summary>Whether a number is one that its operation can have.</summary>
    public static bool IsValid(IrKind kind, byte value) => kind switch
    {
        IrKind.Size => value is 1 or 2 or 4 or 8,
        IrKind.WideSize => value is 4 or 8,
        IrKind.VectorSize => value is 4 or 8 or 16 or 32,
        IrKind.Cause => true,
        IrKind.None => value == 0,
        _ => value < TableOf(kind)!.Length,
    };

    public static bool IsValid(IrVariant variant, byte value) => variant == IrVariant.None ? value == 0 : value < TableOf(variant)!.Length;

    public static bool IsRounding(ulong value) => value < (ulong)s_roundings.Length;

    private static string Of(string[]? names, ulong value) => names is not null && value < (ulong)names.Length ? names[value] : $"{value}";

    private static bool TryFind(string[]? names, string name, out byte value)
    {
        var index = names is null ? -1 : Array.IndexOf(names, name);
        value = (byte)index;
        return index >= 0 || byte.TryParse(name, out value);
    }

    /// <summary>The names of a kind; null where it is a plain number.</summary>
    private static string[]? TableOf(IrKind kind) => kind switch
    {
        IrKind.Relation => s_relations,
        IrKind.Float => s_formats,
        _ => null,
    };

    private static string[]? TableOf(IrVariant variant) => variant switch
    {
        IrVariant.FloatRelation => s_floatRelations,
        IrVariant.IntegerType => s_integerTypes,
        IrVariant.AtomicOperation => s_atomics,
        IrVariant.Signed => s_signed,
        _ => null,
    };

    private static string OpName(string name) => name switch
    {
        nameof(IrOp.ReadSlot) => "read",
        nameof(IrOp.WriteSlot) => "write",
        _ => Hyphenate(name),
    };

    private static string[] Names<TEnum>() where TEnum : struct, Enum => [.. Enum.GetNames<TEnum>().Select(Hyphenate)];

    /// <summary>ShiftRightSigned becomes shift-right-signed.</summary>
    private static string Hyphenate(string name)
    {
        var text = new StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            var isStart = char.IsAsciiLetterUpper(name[i]) && i > 0 && !char.IsAsciiLetterUpper(name[i - 1]);
            if (isStart) text.Append('-');
            text.Append(char.ToLowerInvariant(name[i]));
        }
        return text.ToString();
    }
}
