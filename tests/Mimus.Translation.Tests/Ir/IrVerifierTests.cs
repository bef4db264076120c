using Mimus.Translation.Ir;

namespace Mimus.Translation.Tests.Ir;

/// <summary>What is no unit, as text that cannot be read or as a fault that is found.</summary>
public sealed class IrVerifierTests
{
    private const string Good = "block 0x80..0x88\n guest 0x80\n v0 = read s1\n v1 = constant 5\n v2 = add v0, v1\n write s2, v2\n guest 0x84\n v3 = load.4 v2 + 0x10\n goto 0x88";

    [Theory]
    [InlineData("block 0x80..0x84\n guest 0x80\n v0 = nonsense v1\n goto 0", "line 3: there is no operation 'nonsense'")]
    [InlineData("block 0x80..0x84\n guest 0x80\n v0 = add v1, v2\n goto 0", "line 3: 'v1' has no value in this block")]
    [InlineData("block 0x80..0x84\n guest 0x80\n add v1\n goto 0", "'v1' has no value")]
    [InlineData("block 0x80..0x84\n guest 0x80\n v0 = constant 1\n add v0, v0\n goto 0", "'add' has a result")]
    [InlineData("block 0x80..0x84\n guest 0x80\n v0 = fence\n goto 0", "'fence' has no result")]
    [InlineData("block 0x80..0x84\n guest 0x80\n v0 = constant 1, 2\n goto 0", "'2' is too much")]
    [InlineData("block 0x80..0x84\n guest 0x80\n v0 = read x1\n goto 0", "'x1' is no slot")]
    [InlineData("block 0x80..0x84\n guest 0x80\n v0 = constant\n goto 0", "something is missing")]
    [InlineData("block 0x80..0x84\n guest 0x80\n v0 = constant 1\n v1 = call @nobody, v0, v0\n goto 0", "there is no helper 'nobody'")]
    [InlineData("block 0x80..0x84\n guest 0x80\n", "the last block has no end")]
    [InlineData("guest 0x80\n", "outside of a block")]
    [InlineData("block 0x80\n", "a block is 'block START..END'")]
    public void Text_that_cannot_be_read(string text, string fault) =>
        Assert.Contains(fault, Assert.Throws<FormatException>(() => IrParser.Parse(text, TestHelpers.Find)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("block 0x80..0x84\n guest 0x80\n v0 = read s300\n goto 0", "names slot or helper 300")]
    [InlineData("block 0x80..0x84\n guest 0x80\n v0 = read s1\n v1 = read s1\n goto 0", "reads a slot whose value is known")]
    [InlineData("block 0x80..0x84\n guest 0x80\n v0 = constant 1\n write s1, v0\n v1 = read s1\n goto 0", "reads a slot whose value is known")]
    [InlineData("block 0x80..0x84\n guest 0x80\n v0 = sign-extend.3 _\n goto 0", "lacks an operand")]
    [InlineData("block 0x80..0x84\n guest 0x80\n v0 = constant 1\n v1 = sign-extend.3 v0\n goto 0", "cannot have Size 3")]
    [InlineData("block 0x80..0x84\n guest 0x80\n v0 = constant 1\n v1 = load.4 v0 + 0x100000000\n goto 0", "more than 32 bits")]
    [InlineData("block 0x80..0x84\n guest 0x80\n v0 = constant 1\n v1 = float-to-integer.f64.int32 up, v0\n goto 0", "rounds in a way")]
    [InlineData("block 0x80..0x84\n guest 0x80\n never", "does not leave")]
    [InlineData("block 0x80..0x84\n guest 0x80\n v0 = read s1\n trap-if.2 v0, v0\n never", "does not always leave")]
    [InlineData("block 0x80..0x84\n guest 0x84\n goto 0", "is not in order")]
    [InlineData("block 0x80..0x80\n guest 0x80\n goto 0", "ends before its last instruction")]
    [InlineData("block 0x80..0x84\n goto 0", "has 0 guest instructions")]
    [InlineData("block 0x80..0x84\n guest 0x80\n goto 0\nblock 0x80..0x84\n guest 0x80\n goto 0", "begin at the same address")]
    public void Units_that_break_a_rule(string text, string fault) =>
        Assert.Contains(fault, IrVerifier.FindFault(IrParser.Parse(text, TestHelpers.Find)), StringComparison.Ordinal);

    [Fact]
    public void Operations_that_were_changed_behind_its_back()
    {
        Check(u => u.Insts[2].A = 3, "is not defined before it");
        Check(u => u.Insts[2].A = 2, "is not defined before it");
        Check(u => u.Insts[4].A = 3, "has no result");
        Check(u => u.Insts[2].C = 0, "takes 2 operands");
        Check(u => u.Insts[2].Op = (IrOp)200, "is no operation");
        Check(u => u.Insts[0].Guest = 1, "is not of the guest instruction");
        Check(u => u.Insts[2].Immediate = 1, "a number that nobody looks at");
        Check(u => u.Count++, "outside of blocks");
        Check(u => u.Guests.Add((0x90, 0)), "outside of blocks");
        Check(u => u.Guests[1] = (0x84, 0), "is number 1 of its block");

        static void Check(Action<IrUnit> change, string fault)
        {
            var unit = IrParser.Parse(Good);
            Assert.Null(IrVerifier.FindFault(unit));
            change(unit);
            Assert.Contains(fault, IrVerifier.FindFault(unit), StringComparison.Ordinal);
        }
    }
}
