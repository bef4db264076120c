using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Mimus.Isa.Generator;

/// <summary>
/// Makes an instruction set's decoder, its handler table for any operations type, and its list of rows from the
/// <c>[Instruction]</c> attributes on semantics methods.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class InstructionTableGenerator : IIncrementalGenerator
{
    private static readonly DiagnosticDescriptor s_badRow = new("MIM001", "Instruction row", "{0}: {1}", "Mimus", DiagnosticSeverity.Error, true);

    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var methods = context.SyntaxProvider.ForAttributeWithMetadataName("Mimus.Isa.InstructionAttribute",
            static (node, _) => node is MethodDeclarationSyntax, static (c, _) => (IMethodSymbol)c.TargetSymbol).Collect();
        var fields = context.SyntaxProvider.ForAttributeWithMetadataName("Mimus.Isa.OperandFieldAttribute",
            static (node, _) => node is MethodDeclarationSyntax, static (c, _) => (IMethodSymbol)c.TargetSymbol).Collect();
        var tables = context.SyntaxProvider.ForAttributeWithMetadataName("Mimus.Isa.InstructionTableAttribute",
            static (node, _) => node is ClassDeclarationSyntax, static (c, _) => (INamedTypeSymbol)c.TargetSymbol).Collect();
        context.RegisterSourceOutput(methods.Combine(fields).Combine(tables), static (output, found) =>
        {
            foreach (var table in found.Right) Emit(output, table, found.Left.Left, found.Left.Right);
        });
    }

    private static void Emit(SourceProductionContext context, INamedTypeSymbol table, ImmutableArray<IMethodSymbol> methods, ImmutableArray<IMethodSymbol> fieldMethods)
    {
        var fields = new Dictionary<string, OperandField>();
        foreach (var method in fieldMethods.Distinct<IMethodSymbol>(SymbolEqualityComparer.Default))
        {
            foreach (var attribute in Attributes(method, "OperandFieldAttribute"))
                fields[(string)attribute.ConstructorArguments[0].Value!] = new OperandField($"{FullName(method.ContainingType)}.{method.Name}",
                    (int)attribute.ConstructorArguments[1].Value!, Named(attribute, "Signed") is true);
        }
        var widths = fields.ToDictionary(f => f.Key, f => f.Value.Width);

        var rows = new List<InstructionRow>();
        foreach (var method in methods.Distinct<IMethodSymbol>(SymbolEqualityComparer.Default))
        {
            foreach (var row in Attributes(method, "InstructionAttribute"))
            {
                try
                {
                    rows.AddRange(Rows(method, row, widths));
                }
                catch (FormatException e)
                {
                    context.ReportDiagnostic(Diagnostic.Create(s_badRow, method.Locations.FirstOrDefault(), row.ConstructorArguments[0].Value, e.Message));
                }
            }
        }
        context.AddSource($"{table.Name}.g.cs", Source(table, rows, fields));
    }

    /// <summary>The rows of one attribute: one, or one for each variant of the class.</summary>
    private static IEnumerable<InstructionRow> Rows(IMethodSymbol method, AttributeData attribute, IReadOnlyDictionary<string, int> widths)
    {
        var name = (string)attribute.ConstructorArguments[0].Value!;
        var pattern = (string)attribute.ConstructorArguments[1].Value!;
        var owner = method.ContainingType;
        var ownerName = FullName(owner).Split('<')[0];
        var set = Attributes(owner, "InstructionSetAttribute").FirstOrDefault() ?? throw new FormatException("its class has no [InstructionSet]");
        var anyOf = Named(attribute, "AnyOf") as ulong? ?? (ulong)set.ConstructorArguments[0].Value!;
        var allOf = Named(attribute, "AllOf") as ulong? ?? 0;
        var notAllOf = Named(attribute, "NotAllOf") as ulong? ?? Named(set, "NotAllOf") as ulong? ?? 0;
        var only = Named(attribute, "Only") as string;

        var variants = Attributes(owner, "VariantAttribute").ToList();
        if (variants.Count == 0)
        {
            yield return new InstructionRow(name, InstructionPattern.Parse(pattern, widths), anyOf, allOf, notAllOf, ownerName, "", method.Name);
            yield break;
        }
        foreach (var variant in variants)
        {
            var suffix = (string)variant.ConstructorArguments[0].Value!;
            if (only is not null && !only.Split(' ').Contains(suffix)) continue;
            var bits = (string)variant.ConstructorArguments[1].Value!;
            var type = (INamedTypeSymbol)variant.ConstructorArguments[2].Value!;
            var needed = (ulong)variant.ConstructorArguments[3].Value!;
            yield return new InstructionRow(name.Replace("{f}", suffix), InstructionPattern.Parse(pattern.Replace("{f}", bits), widths),
                Named(attribute, "AnyOf") is null ? needed : anyOf, Named(attribute, "AnyOf") is null ? allOf : allOf | needed, notAllOf, ownerName, ", " + FullName(type), method.Name);
        }
    }

    private static string Source(INamedTypeSymbol table, List<InstructionRow> rows, Dictionary<string, OperandField> fields)
    {
        var s = new StringBuilder();
        s.AppendLine("// <auto-generated/>").AppendLine("#nullable enable").AppendLine("using Mimus.Isa;").AppendLine();
        s.Append("namespace ").Append(table.ContainingNamespace.ToDisplayString()).AppendLine(";").AppendLine();
        s.Append("public static unsafe partial class ").AppendLine(table.Name).AppendLine("{");
        s.Append("    public const int Count = ").Append(rows.Count).AppendLine(";").AppendLine();

        s.AppendLine("    /// <summary>The rows, in the order of the decoder's numbers.</summary>");
        s.AppendLine("    public static InstructionRow[] CreateRows() =>").AppendLine("    [");
        foreach (var row in rows)
            s.AppendLine($"        new(\"{row.Name}\", {row.Pattern.Width}, 0x{row.Pattern.Mask:x}u, 0x{row.Pattern.Value:x}u, 0x{row.AnyOf:x}ul, 0x{row.AllOf:x}ul, 0x{row.NotAllOf:x}ul),");
        s.AppendLine("    ];").AppendLine();

        foreach (var width in rows.Select(r => r.Pattern.Width).Distinct())
        {
            s.AppendLine($"    /// <summary>The number of the row that a {width}-bit instruction matches, or -1.</summary>");
            s.AppendLine($"    public static int Decode{width}(uint word, ulong features, ref Operands operands)").AppendLine("    {");
            new DecoderWriter(rows, fields, s).Write(width);
            s.AppendLine("        return -1;").AppendLine("    }").AppendLine();
        }

        // A method for each class of semantics: a precompiled image resolves all of a method's targets when it is first called.
        var groups = rows.Select((row, index) => (row, index)).GroupBy(r => r.row.Owner + r.row.Variant).ToList();
        s.AppendLine("    /// <summary>The semantics of a row for one operations type.</summary>");
        s.AppendLine("    public static delegate*<ref TOps, in Operands, void> Handler<TOps, V>(int row) where TOps : struct, IGuestOps<V> where V : unmanaged => row switch").AppendLine("    {");
        for (var g = 0; g < groups.Count; g++)
            s.AppendLine($"        {string.Join(" or ", Ranges(groups[g].Select(r => r.index)))} => Group{g}<TOps, V>(row),");
        s.AppendLine("        _ => null,").AppendLine("    };");
        for (var g = 0; g < groups.Count; g++)
        {
            s.AppendLine().AppendLine($"    private static delegate*<ref TOps, in Operands, void> Group{g}<TOps, V>(int row) where TOps : struct, IGuestOps<V> where V : unmanaged => row switch").AppendLine("    {");
            foreach (var (row, index) in groups[g])
                s.AppendLine($"        {index} => &{row.Owner}<TOps, V{row.Variant}>.{row.Method},");
            s.AppendLine("        _ => null,").AppendLine("    };");
        }
        s.AppendLine("}");
        return s.ToString();
    }

    private static IEnumerable<string> Ranges(IEnumerable<int> numbers)
    {
        var sorted = numbers.OrderBy(n => n).ToList();
        for (int start = 0, i = 1; i <= sorted.Count; i++)
        {
            if (i < sorted.Count && sorted[i] == sorted[i - 1] + 1) continue;
            yield return start == i - 1 ? $"{sorted[start]}" : $"(>= {sorted[start]} and <= {sorted[i - 1]})";
            start = i;
        }
    }

    private static IEnumerable<AttributeData> Attributes(ISymbol symbol, string name) =>
        symbol.GetAttributes().Where(a => a.AttributeClass?.Name == name && a.ConstructorArguments.Length > 0);

    private static object? Named(AttributeData attribute, string name) =>
        attribute.NamedArguments.Where(a => a.Key == name).Select(a => a.Value.Value).FirstOrDefault();

    private static string FullName(INamedTypeSymbol type) => type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat);
}
