using Iced.Intel;
using Mimus.TestSupport;
using Mimus.Translation.Ir;
using Mimus.Translation.Tests.Ir;
using Mimus.Translation.X64;

namespace Mimus.Translation.Tests.Allocation;

/// <summary>The checker of register allocation notices what a wrong table of the compiler would do to the code and to its records.</summary>
public sealed class DamagedCodeTests
{
    private const int Units = 60;

    private static readonly RandomShape s_shape = new(5, 60, 30, 25, 20, 70);
    private static readonly CompilerSettings s_settings = new(FakeCpu.FlagsSlot, SharesMemory: false, HasReservations: true, CountsInstructions: false, Ir.StandingTime.Source);

    [Fact]
    public void A_move_that_is_missing_is_noticed() => CheckCode(0.85, Nothing);

    [Fact]
    public void Another_register_is_noticed() => CheckCode(0.8, OtherRegister);

    [Fact]
    public unsafe void A_slot_that_is_said_to_be_elsewhere_is_noticed() => CheckRecords(0.9, (records, random) =>
    {
        if (records.Holdings.Count == 0) return false;
        ref var holding = ref records.Holdings.Items[random.Next(records.Holdings.Count)];
        var number = (byte)((holding.Place.Number + 1 + random.Next(14)) % 16);
        holding = holding with { Place = new Place(holding.Place.Kind == PlaceKind.Constant ? PlaceKind.Gpr : holding.Place.Kind, number) };
        return true;
    });

    [Fact]
    public unsafe void A_slot_that_is_not_said_to_be_in_a_register_is_noticed() => CheckRecords(0.7, (records, random) =>
    {
        if (records.Sites.Count == 0) return false;
        ref var site = ref records.Sites.Items[random.Next(records.Sites.Count)];
        if (site.HoldingCount == 0) return false;
        site.HoldingCount--;
        return true;
    });

    [Fact]
    public unsafe void An_operand_that_is_said_to_be_elsewhere_is_noticed() => CheckRecords(0.9, (records, random) =>
    {
        if (records.Sites.Count == 0) return false;
        ref var site = ref records.Sites.Items[random.Next(records.Sites.Count)];
        if (site.A.Kind is not (PlaceKind.Gpr or PlaceKind.Spill or PlaceKind.Slot)) return false;
        site.A = site.A with { Number = (byte)((site.A.Number + 1 + random.Next(14)) % 16) };
        return true;
    });

    [Fact]
    public unsafe void A_result_that_comes_elsewhere_is_noticed() => CheckRecords(0.9, (records, random) =>
    {
        if (records.Sites.Count == 0) return false;
        ref var site = ref records.Sites.Items[random.Next(records.Sites.Count)];
        if (site.Result.Kind != PlaceKind.Gpr || !SiteCheck.GoesOn(site.Kind)) return false;
        site.Result = new Place((Gpr)((site.Result.Number + 1) % 12));
        return true;
    });

    /// <summary>Damages every instruction that can be, one at a time. Some are there twice, or change what nobody looks at any more.</summary>
    private static void CheckCode(double share, Func<Instruction, Random, byte[]?> damage)
    {
        using var compiler = new CheckedCompiler();
        int damaged = 0, noticed = 0;
        for (var i = 0; i < Units; i++)
        {
            var random = new Random(TestSeed.Value + i);
            var unit = new RandomUnit(random, s_shape).Make();
            var code = compiler.Compile(unit, s_settings);
            var bytes = compiler.Code.ToArray();
            foreach (var instruction in code.Instructions)
            {
                if (random.Next(8) != 0 || damage(instruction, random) is not { } changed) continue;
                changed.CopyTo(compiler.Code[(int)(instruction.IP - code.Start)..]);
                damaged++;
                if (compiler.FindFault(unit) is not null) noticed++;
                bytes.CopyTo(compiler.Code);
            }
            Assert.Null(compiler.FindFault(unit));
        }
        Assert.True(damaged > Units && noticed >= share * damaged, $"{noticed} of {damaged} were noticed");
    }

    /// <summary>Damages a record of each unit. What a site says of a slot may be in its memory, too, as it is behind a call; sites that nothing leads to are not looked at.</summary>
    private static void CheckRecords(double share, Func<CodeRecords, Random, bool> damage)
    {
        using var compiler = new CheckedCompiler();
        int damaged = 0, noticed = 0;
        for (var i = 0; i < 10 * Units; i++)
        {
            var random = new Random(TestSeed.Value + i);
            var unit = new RandomUnit(random, s_shape).Make();
            compiler.Compile(unit, s_settings);
            if (!damage(compiler.Records, random)) continue;
            damaged++;
            if (compiler.FindFault(unit) is not null) noticed++;
        }
        Assert.True(damaged > Units && noticed >= share * damaged, $"{noticed} of {damaged} were noticed");
    }

    /// <summary>In place of a move between registers, spills and slots.</summary>
    private static byte[]? Nothing(Instruction move, Random random)
    {
        var isMove = move.Code is Code.Mov_r64_rm64 or Code.Mov_rm64_r64 or Code.Movsd_xmm_xmmm64 or Code.Movsd_xmmm64_xmm or Code.Movaps_xmm_xmmm128;
        var hasMemory = move.Op0Kind == OpKind.Memory || move.Op1Kind == OpKind.Memory;
        var isSlot = move.MemoryBase == Register.R14 && (int)move.MemoryDisplacement64 >= -HostLayout.StateBias;
        return isMove && (!hasMemory || isSlot || move.MemoryBase == Register.RSP) ? [.. Enumerable.Repeat((byte)0x90, move.Length)] : null;
    }

    /// <summary>The same instruction with another register, where it is as long.</summary>
    private static byte[]? OtherRegister(Instruction instruction, Random random)
    {
        if (instruction.OpCount == 0 || instruction.FlowControl != FlowControl.Next) return null;
        var operand = random.Next(instruction.OpCount);
        if (instruction.GetOpKind(operand) != OpKind.Register || !instruction.GetOpRegister(operand).IsGPR64()) return null;
        var register = Register.RAX + random.Next(12);
        if (register == instruction.GetOpRegister(operand) || register == Register.RSP) return null;
        instruction.SetOpRegister(operand, register);
        var writer = new BlockWriter();
        try
        {
            return Encoder.Create(64, writer).Encode(instruction, instruction.IP) == (uint)instruction.Length ? [.. writer.Bytes] : null;
        }
        catch (EncoderException)
        {
            return null;
        }
    }

    private sealed class BlockWriter : CodeWriter
    {
        public List<byte> Bytes { get; } = [];

        public override void WriteByte(byte value) => Bytes.Add(value);
    }
}
