using Iced.Intel;
using Mimus.Isa.X86.Instructions;

namespace Mimus.Isa.X86.Tests;

/// <summary>What CPUID announces is there: every encoding that Iced knows for the features of the greatest model has semantics.</summary>
public sealed class CoverageTests
{
    /// <summary>Encodings that need no row, each group for one reason.</summary>
    private static readonly HashSet<Mnemonic> s_without =
    [
        // No instructions: data, and an encoding that is all zeroes.
        Mnemonic.INVALID, Mnemonic.Db, Mnemonic.Dw, Mnemonic.Dd, Mnemonic.Dq, Mnemonic.Zero_bytes,

        // Shadow stacks are not there; what reads the shadow stack's pointer does nothing without them.
        Mnemonic.Rstorssp, Mnemonic.Setssbsy, Mnemonic.Saveprevssp, Mnemonic.Incsspd, Mnemonic.Incsspq, Mnemonic.Clrssbsy, Mnemonic.Wrussd, Mnemonic.Wrussq,
        Mnemonic.Wrssd, Mnemonic.Wrssq,
    ];

    [Fact]
    public void Every_encoding_of_an_announced_feature_has_semantics()
    {
        var missing = Enum.GetValues<Code>().Where(code => FeatureTable.HasAll(CpuModels.Max, code) && !s_without.Contains(code.Mnemonic())
            && X86Instructions.Find((int)code, (int)code.Mnemonic(), out _) < 0);
        Assert.True(!missing.Any(), string.Join(' ', missing));
    }
}
