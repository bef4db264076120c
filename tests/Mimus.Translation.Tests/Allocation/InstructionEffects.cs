using Iced.Intel;
using Mimus.Translation.Ir;
using Mimus.Translation.X64;

namespace Mimus.Translation.Tests.Allocation;

/// <summary>
/// What an instruction does to what registers and memory hold: moves carry it along, all else may read only what its operation may use, and
/// computes something of that operation.
/// </summary>
internal sealed class InstructionEffects(UnitValues values)
{
    private const int NoPlace = -1;

    private readonly InstructionInfoFactory _infos = new();

    /// <summary>Carries out an instruction that is no jump; the result is what is wrong with it.</summary>
    public string? Apply(in Instruction i, HostState state)
    {
        if (IsMove(i)) return Move(i, state);
        // A value less itself is zero whatever it is: to the decoder that is no reading.
        if (i.Code is Code.Xor_rm64_r64 or Code.Sub_rm64_r64 && i.Op0Register == i.Op1Register) TryRead(state, state[HostState.PlaceOf(i.Op0Register)]);
        var info = _infos.GetInfo(i);
        foreach (var used in info.GetUsedRegisters())
        {
            if (Reads(used.Access) && !IsWrittenOnly(i, used.Register) && FaultOfReading(i, state, HostState.PlaceOf(used.Register)) is { } fault) return fault;
        }
        if (i.RflagsRead != RflagsBits.None && FaultOfReading(i, state, HostState.Flags) is { } wrongFlags) return wrongFlags;
        if (IsAddend(i))
        {
            state[HostState.PlaceOf(i.Op0Register)] = Content.Addend(state.Op);
            return null;
        }
        foreach (var used in info.GetUsedRegisters())
        {
            if (Writes(used.Access) && Write(i, state, HostState.PlaceOf(used.Register)) is { } fault) return fault;
        }
        foreach (var used in info.GetUsedMemory())
        {
            if (Writes(used.Access) && MemoryPlace(i) is >= 0 and var place) state[place] = Content.Computed(state.Op);
        }
        if (i.RflagsModified != RflagsBits.None) state[HostState.Flags] = Content.Computed(state.Op);
        return null;
    }

    /// <summary>What is wrong with reading the flags here.</summary>
    public string? FaultOfFlags(in Instruction i, HostState state) => FaultOfReading(i, state, HostState.Flags);

    /// <summary>Whether it is what an operand of the current operation is.</summary>
    public bool IsOperand(int op, Content content)
    {
        Span<int> operands = stackalloc int[UnitValues.OperandCount];
        values.OperandsOf(op, operands);
        foreach (var operand in operands)
        {
            if (operand >= 0 && values.Of(operand).Is(content)) return true;
        }
        return false;
    }

    /// <summary>Notes which operands of the current operation are read with a content; false where it is none of them.</summary>
    public bool TryRead(HostState state, Content content)
    {
        Span<int> operands = stackalloc int[UnitValues.OperandCount];
        values.OperandsOf(state.Op, operands);
        if (content.Kind == ContentKind.LowHalf && values.TakesLowHalves(state.Op)) content = Content.Value((int)content.Number);
        var found = false;
        for (var i = 0; i < operands.Length; i++)
        {
            if (operands[i] < 0 || !values.Of(operands[i]).Is(content)) continue;
            state.Read |= 1 << i;
            found = true;
        }
        return found;
    }

    private string? FaultOfReading(in Instruction i, HostState state, int place)
    {
        var content = state[place];
        var isFine = TryRead(state, content) || content.Kind switch
        {
            ContentKind.Fixed => true,
            ContentKind.Computed => content.Op == state.Op,
            ContentKind.Constant => content.Op == state.Op,
            ContentKind.Addend => values.SharesAddend(content.Op, state.Op),
            _ => false,
        };
        return isFine ? null : $"'{i}' reads {HostState.NameOf(place)}, which holds {content}";
    }

    private static string? Write(in Instruction i, HostState state, int place)
    {
        if (state[place].Kind != ContentKind.Fixed) state[place] = Content.Computed(state.Op);
        // The count of instructions grows, the stack is level again after a call.
        else if (!(place == (int)HostLayout.Retired && i.Mnemonic == Mnemonic.Add) && place != (int)Gpr.Rsp) return $"'{i}' changes what is fixed";
        return null;
    }

    /// <summary>Whole values that go from one place to another, or constants that come to one.</summary>
    private static bool IsMove(in Instruction i) => i.Code switch
    {
        Code.Mov_r64_rm64 or Code.Mov_rm64_r64 or Code.Movsd_xmm_xmmm64 or Code.Movsd_xmmm64_xmm or Code.Movaps_xmm_xmmm128 or Code.Mov_rm64_imm32 =>
            IsPlace(i, 0) && IsPlace(i, 1),
        Code.Mov_r64_imm64 or Code.Mov_r32_imm32 or Code.Movq_xmm_rm64 or Code.Movq_rm64_xmm or Code.Movd_rm32_xmm => true,
        Code.Xorps_xmm_xmmm128 => i.Op0Register == i.Op1Register,
        _ => false,
    };

    private static bool IsPlace(in Instruction i, int operand) => i.GetOpKind(operand) != OpKind.Memory || MemoryPlace(i) >= 0;

    private string? Move(in Instruction i, HostState state)
    {
        var content = i.Code switch
        {
            Code.Mov_r64_imm64 or Code.Mov_r32_imm32 or Code.Mov_rm64_imm32 => Content.Constant(i.GetImmediate(1), state.Op),
            Code.Xorps_xmm_xmmm128 => Content.Constant(0, state.Op),
            _ => state[PlaceOf(i, 1)],
        };
        if (i.Code == Code.Movd_rm32_xmm)
        {
            // Without what is above it a single is whole; of any other value this is but a half.
            if (content.Kind is ContentKind.LowHalf || (content.Kind == ContentKind.Value && values.IsSingle((int)content.Number))) content = Content.Value((int)content.Number);
            else if (FaultOfReading(i, state, PlaceOf(i, 1)) is { } fault) return fault;
            else content = Content.Computed(state.Op);
        }
        var place = PlaceOf(i, 0);
        if (state[place].Kind == ContentKind.Fixed) return $"'{i}' changes what is fixed";
        state[place] = content;
        return null;
    }

    private static int PlaceOf(in Instruction i, int operand) =>
        i.GetOpKind(operand) == OpKind.Memory ? MemoryPlace(i) : HostState.PlaceOf(i.GetOpRegister(operand));

    /// <summary>The place that a memory operand is, if it is one that values are kept in.</summary>
    private static int MemoryPlace(in Instruction i)
    {
        if (i.MemoryIndex != Register.None) return NoPlace;
        var displacement = (int)i.MemoryDisplacement64;
        if (i.MemoryBase == Register.RSP) return HostState.FirstSpill + (displacement / sizeof(ulong));
        if (i.MemoryBase != Register.R14) return NoPlace;
        if (displacement == HostLayout.Scratch) return HostState.Scratch;
        var slot = (displacement + HostLayout.StateBias) / sizeof(ulong);
        return displacement >= -HostLayout.StateBias && slot < IrVerifier.SlotCount ? HostState.FirstSlot + slot : NoPlace;
    }

    /// <summary>The load from the table of translations behind the comparison with its tag.</summary>
    private static bool IsAddend(in Instruction i) => i.Code == Code.Mov_r64_rm64 && i.MemoryBase == Register.R12;

    /// <summary>What an instruction leaves in the upper half of a register is nobody's business.</summary>
    private static bool IsWrittenOnly(in Instruction i, Register register) =>
        i.Mnemonic is Mnemonic.Cvtss2sd or Mnemonic.Cvtsd2ss or Mnemonic.Cvtsi2sd or Mnemonic.Cvtsi2ss
        && HostState.PlaceOf(register) == HostState.PlaceOf(i.Op0Register) && i.Op0Register != i.Op1Register;

    /// <summary>What is written only where a condition holds stays where it does not.</summary>
    private static bool Reads(OpAccess access) => access is not (OpAccess.None or OpAccess.NoMemAccess or OpAccess.Write);

    private static bool Writes(OpAccess access) => access is OpAccess.Write or OpAccess.CondWrite or OpAccess.ReadWrite or OpAccess.ReadCondWrite;
}
