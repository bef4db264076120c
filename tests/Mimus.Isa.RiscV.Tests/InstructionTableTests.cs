using System.Numerics;
using Mimus.Isa.RiscV.Instructions;

namespace Mimus.Isa.RiscV.Tests;

/// <summary>The table of instructions as a whole: its decoder finds every row and nothing else.</summary>
public sealed class InstructionTableTests
{
    private static readonly InstructionRow[] s_rows = RiscVInstructions.CreateRows();

    private static readonly ulong[] s_featureSets =
    [
        (ulong)Profiles.Complete(Profiles.Max), (ulong)Profiles.Complete(Profiles.Rv64), (ulong)Profiles.Complete(Extension.I),
        (ulong)Profiles.Complete(Profiles.Max & ~Extension.C), (ulong)Profiles.Complete(Extension.I | Extension.M | Extension.C | Extension.Zicsr),
    ];

    [Fact]
    public void Rows_that_overlap_are_one_inside_the_other_so_that_the_narrower_is_meant()
    {
        foreach (var (i, a) in s_rows.Index())
        {
            foreach (var b in s_rows.Skip(i + 1))
            {
                if (a.Width != b.Width || ((a.Value ^ b.Value) & a.Mask & b.Mask) != 0 || !s_featureSets.Any(f => Has(a, f) && Has(b, f))) continue;
                var common = a.Mask & b.Mask;
                Assert.True(a.Mask != b.Mask && (common == a.Mask || common == b.Mask), $"{a.Name} and {b.Name} are ambiguous");
            }
        }
    }

    [Fact]
    public void Every_row_decodes_to_itself()
    {
        var random = new Random(1);
        foreach (var features in s_featureSets)
        {
            foreach (var (i, row) in s_rows.Index().Where(r => Has(r.Item, features)))
            {
                var found = false;
                for (var attempt = 0; attempt < 200 && !found; attempt++) found = Decode(row.Width, Fill(row, random), features) == i;
                Assert.True(found, $"{row.Name} is never decoded");
            }
        }
    }

    [Fact]
    public void What_is_decoded_matches_its_row_and_no_narrower_one()
    {
        var random = new Random(2);
        foreach (var features in s_featureSets)
        {
            foreach (var row in s_rows.Where(r => Has(r, features)))
            {
                for (var attempt = 0; attempt < 100; attempt++)
                {
                    var word = Fill(row, random);
                    var found = Decode(row.Width, word, features);
                    if (found < 0) continue;
                    Assert.True(Matches(s_rows[found], word) && Has(s_rows[found], features), $"0x{word:x} is decoded as {s_rows[found].Name}");
                    Assert.True(BitOperations.PopCount(s_rows[found].Mask) >= BitOperations.PopCount(row.Mask) || row.Width == 16,
                        $"0x{word:x} is decoded as {s_rows[found].Name}, not as {row.Name}");
                }
            }
        }
    }

    [Fact]
    public void Words_that_match_no_row_are_refused()
    {
        var random = new Random(3);
        foreach (var features in s_featureSets)
        {
            var rows = s_rows.Where(r => r.Width == 32 && Has(r, features)).ToArray();
            for (var i = 0; i < 200_000; i++)
            {
                var word = (uint)random.NextInt64(1L << 32) | 3;
                // Half of them a few bits away from an instruction.
                if (i % 2 == 0) word = Fill(rows[random.Next(rows.Length)], random) ^ (4u << random.Next(30));
                Assert.Equal(rows.Any(r => Matches(r, word)), Decode(32, word, features) >= 0);
            }
        }
    }

    /// <summary>All 49,152 of them, against the manual's tables of reserved encodings (chapter 27 and Zcb).</summary>
    [Fact]
    public void Compressed_instructions_are_refused_exactly_where_they_are_reserved()
    {
        for (uint word = 0; word < 0x10000; word++)
        {
            if ((word & 3) == 3) continue;
            Assert.True(IsReserved(word) == (Decode(16, word, s_featureSets[0]) < 0), $"0x{word:x4}");
        }
    }

    private static bool IsReserved(uint word)
    {
        var rd = (word >> 7) & 31;
        var rs2 = (word >> 2) & 31;
        return ((word & 3) << 3 | word >> 13) switch
        {
            0b00_000 => (word >> 5) == 0, // c.addi4spn of nothing, and the illegal instruction
            0b00_100 => ((word >> 10) & 7) switch { 0 or 1 or 2 => false, 3 => (word & 0x40) != 0, _ => true }, // Zcb: c.sh has a zero here
            0b01_001 => rd == 0, // c.addiw
            0b01_011 => ((word >> 2) & 31) == 0 && (word & 0x1000) == 0, // c.lui and c.addi16sp of nothing
            0b01_100 => IsReservedArithmetic(word),
            0b10_010 or 0b10_011 => rd == 0, // c.lwsp, c.ldsp
            0b10_100 => (word & 0x1000) == 0 && rd == 0 && rs2 == 0, // c.jr x0
            _ => false,
        };
    }

    private static bool IsReservedArithmetic(uint word)
    {
        if (((word >> 10) & 3) != 3 || (word & 0x1000) == 0) return false;
        return ((word >> 5) & 3) switch
        {
            0 or 1 => false, // c.subw, c.addw
            2 => false, // c.mul
            _ => ((word >> 2) & 7) is 6 or 7, // Zcb has six unary operations
        };
    }

    private static bool Has(InstructionRow row, ulong features) =>
        (row.AnyOf & features) != 0 && (row.AllOf & ~features) == 0 && (row.NotAllOf == 0 || (row.NotAllOf & ~features) != 0);

    private static bool Matches(InstructionRow row, uint word) => (word & row.Mask) == row.Value;

    private static uint Fill(InstructionRow row, Random random) =>
        (row.Value | ((uint)random.NextInt64(1L << 32) & ~row.Mask)) & (row.Width == 16 ? 0xffffu : uint.MaxValue);

    private static int Decode(int width, uint word, ulong features)
    {
        var operands = default(Operands);
        return width == 16 ? RiscVInstructions.Decode16(word, features, ref operands) : RiscVInstructions.Decode32(word, features, ref operands);
    }
}
