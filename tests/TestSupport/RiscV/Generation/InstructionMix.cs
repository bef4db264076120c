using Mimus.Isa;

namespace Mimus.TestSupport.RiscV.Generation;

/// <summary>Which instructions are drawn, and how often each.</summary>
public sealed class InstructionMix
{
    private InstructionMix(Func<InstructionRow, int> weight, bool withNonsense = false)
    {
        Drawn = [.. InstructionGenerator.Rows.SelectMany(r => Enumerable.Repeat(r, weight(r)))];
        WithNonsense = withNonsense;
    }

    /// <summary>Everything, and words that are no instructions.</summary>
    public static InstructionMix All { get; } = new(
        r => IsReturn(r) ? 1 : IsCsr(r) ? 12 : IsAccess(r) && r.Width == 32 ? 8 : r.Width == 16 ? 5 : 4, withNonsense: true);

    /// <summary>Integers in registers; short jumps.</summary>
    public static InstructionMix Integer { get; } = new(r => IsSystem(r) || IsFloat(r) || IsAccess(r) || IsAtomic(r) ? 0 : IsJump(r) ? 1 : r.Width == 16 ? 4 : 3);

    /// <summary>Mostly loads and stores, of integers and floating-point numbers, and some arithmetic between them.</summary>
    public static InstructionMix Memory { get; } = new(r => IsSystem(r) ? 0 : IsAccess(r) ? 16 : IsAtomic(r) || IsFloat(r) ? 1 : 2);

    /// <summary>Mostly floating point.</summary>
    public static InstructionMix Float { get; } = new(r => IsSystem(r) || IsAtomic(r) ? 0 : IsFloat(r) ? 6 : IsAccess(r) ? 2 : 1);

    /// <summary>Atomic read-modify-write instructions among others.</summary>
    public static InstructionMix Atomic { get; } = new(r => IsSystem(r) || IsFloat(r) ? 0 : IsAtomic(r) ? 8 : IsAccess(r) ? 4 : 1);

    /// <summary>Control registers, environment calls, fences.</summary>
    public static InstructionMix System { get; } = new(r => IsReturn(r) ? 0 : IsCsr(r) ? 10 : IsSystem(r) ? 4 : IsFloat(r) || IsAccess(r) ? 1 : 1, withNonsense: true);

    /// <summary>The rows: each appears as often as it is to be drawn.</summary>
    public IReadOnlyList<InstructionRow> Drawn { get; }

    /// <summary>Words that match no row are drawn, too.</summary>
    public bool WithNonsense { get; }

    private static bool IsReturn(InstructionRow row) => row.Name is "mret" or "sret";

    private static bool IsCsr(InstructionRow row) => row.Name.StartsWith("csr", StringComparison.Ordinal);

    private static bool IsSystem(InstructionRow row) => row.Width == 32 ? (row.Value & 0x7f) is 0x73 or 0x0f : row.Name == "c.ebreak";

    private static bool IsFloat(InstructionRow row) => (row.Value & 0x7f) is 0x43 or 0x47 or 0x4b or 0x4f or 0x53 && row.Width == 32;

    private static bool IsAtomic(InstructionRow row) => (row.Value & 0x7f) == 0x2f && row.Width == 32;

    private static bool IsJump(InstructionRow row) => row.Width == 32 ? (row.Value & 0x7f) is 0x63 or 0x6f or 0x67 : row.Name is "c.j" or "c.beqz" or "c.bnez";

    /// <summary>The compressed loads and stores that are relative to the stack are in quadrant 2, the others in quadrant 0.</summary>
    private static bool IsAccess(InstructionRow row) => row.Width == 32
        ? (row.Value & 0x7f) is 0x03 or 0x07 or 0x23 or 0x27
        : row.Name != "c.addi4spn" && ((row.Value & 3) == 0 || row.Name.EndsWith("sp", StringComparison.Ordinal));
}
