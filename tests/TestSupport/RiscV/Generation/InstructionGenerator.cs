using Mimus.Isa;
using Mimus.Isa.RiscV;
using Mimus.Isa.RiscV.Instructions;

namespace Mimus.TestSupport.RiscV.Generation;

/// <summary>Makes random instructions from the rows of Mimus' own table, and some that match no row.</summary>
public sealed class InstructionGenerator(Random random, BlockKind kind, InstructionRules rules)
{
    /// <summary>The extensions of the harts that run random instructions; Sscofpmf has no deterministic behaviour to compare.</summary>
    public const Extension Extensions = Profiles.Max & ~Extension.Sscofpmf;

    private static readonly InstructionRow[] s_all = RiscVInstructions.CreateRows();

    private static ulong EffectiveFeatures { get; } = (ulong)Profiles.Complete(Extensions);

    /// <summary>The rows of all instructions that the harts have.</summary>
    public static IReadOnlyList<InstructionRow> Rows { get; } =
        [.. s_all.Where(r => (r.AnyOf & EffectiveFeatures) != 0 && (r.AllOf & ~EffectiveFeatures) == 0 && (r.NotAllOf == 0 || (r.NotAllOf & ~EffectiveFeatures) != 0))];

    /// <summary>Adds one instruction, or a few that belong together.</summary>
    public void Add(List<Instruction> block)
    {
        switch (random.Next(100))
        {
            case 0:
                AddIndirectJump(block);
                break;
            case 1 or 2:
                AddReservation(block);
                break;
            default:
                block.Add(Next(InstructionMix.All));
                break;
        }
    }

    /// <summary>One instruction; one that jumps still wants its target.</summary>
    public Instruction Next(InstructionMix mix)
    {
        Instruction? made;
        do made = mix.WithNonsense && random.Next(40) == 0 ? Anything() : FromRow(mix);
        while (made is null);
        return made;
    }

    /// <summary>The name of an instruction in Mimus' table.</summary>
    public static string NameOf(uint word, int length)
    {
        var operands = default(Operands);
        var row = Decode(word, length, ref operands);
        return row < 0 ? "(no instruction)" : s_all[row].Name;
    }

    /// <summary>An instruction with its operands, for people who look for a fault.</summary>
    public static string TextOf(uint word, int length)
    {
        var operands = default(Operands);
        var row = Decode(word, length, ref operands);
        return row < 0
            ? "(no instruction)"
            : $"{s_all[row].Name} {Register(operands.Rd)} {Register(operands.Rs1)} {Register(operands.Rs2)} {operands.Imm}";

        static string Register(int slot) => slot switch
        {
            < 32 => $"x{slot}",
            32 => "x0",
            _ => $"f{slot - 33}",
        };
    }

    private static int Decode(uint word, int length, ref Operands operands) => length == 2
        ? RiscVInstructions.Decode16(word, EffectiveFeatures, ref operands)
        : RiscVInstructions.Decode32(word, EffectiveFeatures, ref operands);

    private Instruction? FromRow(InstructionMix mix)
    {
        var row = mix.Drawn[random.Next(mix.Drawn.Count)];
        var word = row.Value | ((uint)OperandValues.Wide(random) & ~row.Mask & (row.Width == 16 ? 0xffffu : uint.MaxValue));
        return Check(Aim(word, row.Width / 8), row.Width / 8);
    }

    private Instruction? Anything()
    {
        var word = (uint)OperandValues.Wide(random);
        var length = (word & 3) == 3 ? 4 : 2;
        return Check(length == 2 ? word & 0xffff : word, length);
    }

    /// <summary>Turns addresses towards the window, rounding modes towards valid ones and control registers towards known ones.</summary>
    private uint Aim(uint word, int length)
    {
        if (length == 2) return Aim16(word);
        switch (word & 0x7f)
        {
            case 0x03 or 0x07 or 0x23 or 0x27 when random.Next(50) != 0:
                word = Field(word, 15, 5, (uint)Pointer());
                if (random.Next(3) == 0) return word;
                var near = (uint)random.Next(-32, 32);
                return (word & 0x20) == 0 ? Field(word, 20, 12, near) : Field(Field(word, 7, 5, near), 25, 7, near >> 5);
            case 0x0f when ((word >> 12) & 7) == 2:
                // QEMU reports the start of a cache block that faults, where the manual wants the value of rs1 (section 19.5.2): those
                // that may fault are aligned.
                return Field(word, 15, 5, random.Next(3) switch { 0 => Pointers.AnyAligned, 1 => Pointers.GoodMisaligned, _ => Pointers.Stack });
            case 0x2f:
                return Field(word, 15, 5, AtomicPointer());
            case 0x43 or 0x47 or 0x4b or 0x4f or 0x53 when ((word >> 12) & 7) is 5 or 6 && random.Next(4) != 0:
                return Field(word, 12, 3, 7);
            case 0x73 when ((word >> 12) & 7) is not (0 or 4):
                return AimCsr(word, rules.Csrs.Pick(random));
            default:
                return word;
        }
    }

    private uint AimCsr(uint word, int number)
    {
        word = Field(word, 20, 12, (uint)number);
        if (!CsrRules.HasLegalValue(number, out var register, out var immediateMask)) return word;
        var source = (word & 0x4000) != 0 ? (word >> 15) & immediateMask : (uint)(random.Next(4) == 0 ? 0 : register);
        return Field(word, 15, 5, source);
    }

    /// <summary>The compressed loads and stores reach eight registers, of which two are pointers.</summary>
    private uint Aim16(uint word) => (word & 3) == 0 && (word >> 13) != 0 ? Field(word, 7, 3, (uint)random.Next(2)) : word;

    private int Pointer() => Pointers.Data[random.Next(Pointers.Data.Length)];

    /// <summary>
    /// Where an atomic instruction goes. Whether a misaligned one on a page that forbids it reports the one or the other is the
    /// implementation's choice (Privileged manual, table of exception priorities), so a pointer is either misaligned or may be forbidden.
    /// </summary>
    private uint AtomicPointer() => random.Next(4) switch
    {
        0 => Pointers.AnyAligned,
        1 => Pointers.GoodMisaligned,
        _ => Pointers.Good,
    };

    private static uint Field(uint word, int at, int width, uint value)
    {
        var mask = ((1u << width) - 1) << at;
        return (word & ~mask) | ((value << at) & mask);
    }

    /// <summary>Refuses what would lead out of the block or take its pointers away.</summary>
    private Instruction? Check(uint word, int length)
    {
        var operands = default(Operands);
        var row = Decode(word, length, ref operands);
        if (row < 0) return new Instruction(word, length, "(no instruction)");
        var name = s_all[row].Name;
        if (rules.Forbids(name)) return null;
        if (rules.StoresByPointers && IsStore(name) && !Pointers.Data.Contains(operands.Rs1)) return null;
        switch (name)
        {
            case "jalr" or "c.jr" or "c.jalr":
                return null;
            case "jal" or "c.j" or "beq" or "bne" or "blt" or "bge" or "bltu" or "bgeu" or "c.beqz" or "c.bnez":
                // The offset of a branch lies where other instructions have a result.
                return name == "jal" && rules.IsReserved(operands.Rd) ? null : new Instruction(word, length, name, IsJump: true);
            case "wfi":
                // It would wait for ever; and where it traps across a page's end, QEMU reports an mepc a page too high.
                return null;
            case "wrs.nto":
                // With mstatus.TW it may be illegal or end in time, as the implementation chooses (Unprivileged manual, section 14.1).
                return null;
            case "sfence.w.inval" or "sfence.inval.ir":
                // Illegal in user mode (Privileged manual, section 10.2), where QEMU lets them pass.
                return null;
            case "sc.w" or "sc.d" or "lr.w" or "lr.d":
                // See AddReservation.
                return null;
        }
        if (name.StartsWith("cbo", StringComparison.Ordinal) && operands.Rs1 is not (Pointers.AnyAligned or Pointers.GoodMisaligned or Pointers.Stack)) return null;
        if (length == 4 && (word & 0x7f) == 0x2f && operands.Rs1 is not (Pointers.AnyAligned or Pointers.GoodMisaligned or Pointers.Good)) return null;
        if (rules.IsReserved(operands.Rd)) return null;
        if (name.StartsWith("csrr", StringComparison.Ordinal) && !IsOpen(name, operands)) return null;
        return new Instruction(word, length, name);
    }

    private static bool Writes(string name) =>
        IsStore(name) || name is "c.swsp" or "c.sdsp" or "c.fsdsp" or "cbo.zero" || name.StartsWith("amo", StringComparison.Ordinal);

    private static bool IsStore(string name) => name is "sb" or "sh" or "sw" or "sd" or "fsh" or "fsw" or "fsd"
        or "c.sb" or "c.sh" or "c.sw" or "c.sd" or "c.fsd";

    private bool IsOpen(string name, Operands operands)
    {
        if (!rules.HasLegalValues && CsrRules.HasLegalValue(operands.Imm, out _, out _)) return false;
        var writes = name is "csrrw" or "csrrwi" || operands.Rs1 != 0;
        // Where loads go through page tables, mstatus says which, and pointers would lose their meaning.
        if (writes && kind == BlockKind.MachineAsUser && operands.Imm is 0x300 or 0x100) return false;
        // Until an SFENCE.VMA either machine may go on with what menvcfg said before of page tables (Privileged manual, section 3.1.18).
        if (writes && operands.Imm == 0x30a && kind is (BlockKind.PagedSupervisor or BlockKind.PagedUser or BlockKind.MachineAsUser)) return false;
        if (!writes) return rules.Csrs.MayRead(operands.Imm);
        if (!CsrRules.HasLegalValue(operands.Imm, out var register, out var immediateMask)) return rules.Csrs.MayWrite(operands.Imm);
        return name.EndsWith('i') ? (operands.Rs1 & ~immediateMask) == 0 : operands.Rs1 == register || operands.Rs1 == 0;
    }

    /// <summary>
    /// A load-reserved and what may follow it: sometimes nothing between, sometimes something, sometimes no store. Store-conditionals
    /// stand only here and only on good addresses: whether one that has no reservation faults on a bad address, or succeeds on another
    /// address of the reservation set, is the implementation's choice (Unprivileged manual, section 13.2).
    /// </summary>
    public void AddReservation(List<Instruction> block)
    {
        var address = random.Next(2) == 0 ? Pointers.Good : Pointers.Stack;
        var width = (uint)random.Next(2, 4);
        block.Add(Atomic(0x08, 0, address, width));
        for (var i = random.Next(3); i > 0; i--)
        {
            // In QEMU waiting on a reservation, and returning from traps, give it up, as they may.
            if (FromRow(InstructionMix.All) is { IsJump: false, Name: not ("wrs.sto" or "mret" or "sret") } between
                && (rules.WritesInReservations || !Writes(between.Name))) block.Add(between with { IsTarget = false });
        }
        // Whether one succeeds after a load of another width is open too, so no jump leads here past the load.
        if (random.Next(8) != 0) block.Add(Atomic(0x0c, random.Next(32), address, width) with { IsTarget = false });

        Instruction Atomic(uint function, int rs2, int rs1, uint funct3)
        {
            int rd;
            do rd = random.Next(32);
            while (rules.IsReserved(rd));
            var word = Rv.R(function | ((uint)random.Next(4) >> 1), rs2, rs1, funct3, rd, 0x2f);
            return new Instruction(word, 4, NameOf(word, 4));
        }
    }

    /// <summary>A jump through a register; the pair's offset is filled in when the block is laid out.</summary>
    private void AddIndirectJump(List<Instruction> block)
    {
        int rd;
        do rd = random.Next(32);
        while (rules.IsReserved(rd));
        block.Add(new Instruction(Rv.Jalr(rd, Pointers.Code, 0), 4, "jalr", IsJump: true));
    }
}
