using System.Numerics;
using Iced.Intel;

namespace Mimus.Isa.X86;

/// <summary>Brings an instruction that Iced has decoded into the form that semantics read.</summary>
internal static class OperandShaper
{
    public static void Shape(in Instruction instruction, CodeMode mode, ref X86Operands operands)
    {
        operands.Base = operands.Index = Slot.Zero;
        operands.StackWidth = (byte)(mode.StackBits / 8);
        operands.AddressWidth = (byte)(mode.CodeBits / 8);
        operands.Traits = (mode.CodeBits == 64 ? OperandTraits.Long : 0) | (mode.IsFlat ? OperandTraits.Flat : 0)
            | (instruction.HasRepPrefix ? OperandTraits.Repeat : 0) | (instruction.HasRepnePrefix ? OperandTraits.RepeatUnequal : 0)
            | (instruction.HasLockPrefix ? OperandTraits.Lock : 0) | (instruction.Encoding == EncodingKind.VEX ? OperandTraits.Vex : 0);
        operands.Width = WidthOf(instruction);
        for (var i = 0; i < instruction.OpCount; i++) AddOperand(instruction, i, mode, ref operands);
        if (instruction.ConditionCode != ConditionCode_None) operands.Condition = (byte)(instruction.ConditionCode - 1);
        if (operands.SourceWidth == 0) operands.SourceWidth = operands.Width;
        if (instruction.Mnemonic == Mnemonic.Enter) operands.Displacement = instruction.Immediate8_2nd;
        operands.AddressWidth = AddressWidthOf(instruction, operands.AddressWidth);
    }

    private const Iced.Intel.ConditionCode ConditionCode_None = Iced.Intel.ConditionCode.None;

    private static void AddOperand(in Instruction instruction, int number, CodeMode mode, ref X86Operands operands)
    {
        var kind = instruction.GetOpKind(number);
        switch (kind)
        {
            case OpKind.Register: AddRegister(instruction.GetOpRegister(number), number, ref operands); break;
            case OpKind.NearBranch16 or OpKind.NearBranch32 or OpKind.NearBranch64:
                operands.Immediate = instruction.NearBranchTarget - operands.Length;
                break;
            case OpKind.FarBranch16 or OpKind.FarBranch32:
                operands.Immediate = kind == OpKind.FarBranch16 ? instruction.FarBranch16 : instruction.FarBranch32;
                operands.Displacement = instruction.FarBranchSelector;
                break;
            case OpKind.Memory: AddMemory(instruction, number, mode, ref operands); break;
            case >= OpKind.MemorySegSI and <= OpKind.MemorySegRSI: AddString(instruction, number, kind - OpKind.MemorySegSI, mode, ref operands); break;
            case >= OpKind.MemorySegDI and <= OpKind.MemorySegRDI: AddString(instruction, number, kind - OpKind.MemorySegDI, mode, ref operands); break;
            case >= OpKind.MemoryESDI and <= OpKind.MemoryESRDI: operands.AddressWidth = (byte)(2 << (kind - OpKind.MemoryESDI)); break;
            default:
                operands.Traits |= OperandTraits.HasImmediate | (number == 1 ? OperandTraits.SourceImmediate : 0);
                if (kind != OpKind.Immediate8_2nd) operands.Immediate = instruction.GetImmediate(number);
                break;
        }
    }

    private static void AddRegister(Register register, int number, ref X86Operands operands)
    {
        var value = NumberOf(register);
        // Beside an operand in memory, the segment is that one's.
        if (register.IsSegmentRegister() && (operands.Traits & (OperandTraits.TargetMemory | OperandTraits.SourceMemory)) == 0) operands.Segment = value;
        operands.LastWidth = (byte)register.GetSize();
        if (register.IsMM()) operands.Traits |= OperandTraits.Mmx;
        switch (number)
        {
            case 0: operands.Target = value; break;
            case 1:
                operands.Source = value;
                if (operands.SourceWidth == 0) operands.SourceWidth = (byte)register.GetSize();
                break;
            case 2: operands.Third = value; break;
            default: operands.Fourth = value; break;
        }
    }

    private static void AddMemory(in Instruction instruction, int number, CodeMode mode, ref X86Operands operands)
    {
        operands.Traits |= number == 0 ? OperandTraits.TargetMemory : OperandTraits.SourceMemory;
        operands.SourceWidth = (byte)Math.Min(instruction.MemorySize.GetSize(), byte.MaxValue);
        operands.Displacement = instruction.MemoryDisplacement64;
        operands.Scale = (byte)BitOperations.Log2((uint)instruction.MemoryIndexScale);
        if (instruction.IsIPRelativeMemoryOperand)
        {
            operands.Displacement = instruction.IPRelativeMemoryAddress - operands.Length;
            operands.Traits |= OperandTraits.Relative;
            operands.AddressWidth = (byte)(instruction.MemoryBase == Register.EIP ? 4 : 8);
        }
        else
        {
            if (instruction.MemoryBase != Register.None)
            {
                operands.Base = NumberOf(instruction.MemoryBase);
                operands.AddressWidth = (byte)instruction.MemoryBase.GetSize();
            }
            if (instruction.MemoryIndex != Register.None)
            {
                operands.Index = NumberOf(instruction.MemoryIndex);
                if (instruction.MemoryIndex.IsGPR() && instruction.MemoryIndex.GetSize() > 1) operands.AddressWidth = (byte)instruction.MemoryIndex.GetSize();
            }
            if (instruction.MemoryBase == Register.None && instruction.MemoryIndex == Register.None && instruction.MemoryDisplSize is 2 or 4 or 8)
                operands.AddressWidth = (byte)instruction.MemoryDisplSize;
        }
        // Of a gather, how wide the register with the indices is decides how many there are.
        if (instruction.MemoryIndex.IsVectorRegister()) operands.SourceWidth = (byte)instruction.MemoryIndex.GetSize();
        SetSegment(instruction.MemorySegment, mode, ref operands);
    }

    private static void AddString(in Instruction instruction, int number, int size, CodeMode mode, ref X86Operands operands)
    {
        operands.Traits |= number == 0 ? OperandTraits.TargetMemory : OperandTraits.SourceMemory;
        operands.AddressWidth = (byte)(2 << size);
        SetSegment(instruction.MemorySegment, mode, ref operands);
    }

    private static void SetSegment(Register register, CodeMode mode, ref X86Operands operands)
    {
        operands.Segment = NumberOf(register);
        // CS can be read in a flat mode, but not written.
        var isSpecial = register is Register.FS or Register.GS || (register == Register.CS && mode.CodeBits != 64);
        if (mode.IsFlat && !isSpecial) operands.Traits |= OperandTraits.Plain;
    }

    private static byte NumberOf(Register register)
    {
        if (register is >= Register.AH and <= Register.BH) return (byte)(Slot.HighBytes + (register - Register.AH));
        if (register is >= Register.SPL and <= Register.R15L) return (byte)(register - Register.SPL + Slot.Rsp);
        if (register.IsMM()) return (byte)(Slot.Mmx + register.GetNumber());
        return (byte)(register.IsSegmentRegister() ? register - Register.ES : register.GetNumber());
    }

    /// <summary>The width of the operation: mostly that of the first operand.</summary>
    private static byte WidthOf(in Instruction instruction)
    {
        switch (instruction.Code)
        {
            case Code.Retnw or Code.Retnw_imm16 or Code.Retfw or Code.Retfw_imm16 or Code.Enterw_imm16_imm8 or Code.Leavew or Code.Lgdt_m1632_16 or Code.Lidt_m1632_16: return 2;
            case Code.Retnd or Code.Retnd_imm16 or Code.Retfd or Code.Retfd_imm16 or Code.Enterd_imm16_imm8 or Code.Leaved or Code.Lgdt_m1632 or Code.Lidt_m1632: return 4;
            case Code.Retnq or Code.Retnq_imm16 or Code.Retfq or Code.Retfq_imm16 or Code.Enterq_imm16_imm8 or Code.Leaveq or Code.Lgdt_m1664 or Code.Lidt_m1664: return 8;
            case Code.Call_m1616 or Code.Jmp_m1616 or Code.Call_ptr1616 or Code.Jmp_ptr1616: return 2;
            case Code.Call_m1632 or Code.Jmp_m1632 or Code.Call_ptr1632 or Code.Jmp_ptr1632: return 4;
            case Code.Call_m1664 or Code.Jmp_m1664: return 8;
        }
        if (instruction.Mnemonic is Mnemonic.Push or Mnemonic.Pop) return (byte)Math.Abs(instruction.StackPointerIncrement);
        // What goes to a port or is compared with the accumulator is as wide as that operand.
        if (instruction.Mnemonic is Mnemonic.Out or Mnemonic.Outsb or Mnemonic.Outsw or Mnemonic.Outsd) return SizeOf(instruction, 1);
        return instruction.OpCount == 0 ? (byte)0 : SizeOf(instruction, 0);
    }

    private static byte SizeOf(in Instruction instruction, int number) => instruction.GetOpKind(number) switch
    {
        OpKind.Register => (byte)instruction.GetOpRegister(number).GetSize(),
        OpKind.NearBranch16 => 2,
        OpKind.NearBranch32 => 4,
        OpKind.NearBranch64 => 8,
        OpKind.Immediate8 or OpKind.Immediate16 or OpKind.Immediate32 or OpKind.Immediate64 => 0,
        _ => (byte)Math.Min(instruction.MemorySize.GetSize(), byte.MaxValue),
    };

    /// <summary>The counter of loops is as wide as addresses are, which these names and encodings say.</summary>
    private static byte AddressWidthOf(in Instruction instruction, byte width) => instruction.Code switch
    {
        Code.Jcxz_rel8_16 or Code.Jcxz_rel8_32 or Code.Loop_rel8_16_CX or Code.Loop_rel8_32_CX or Code.Loope_rel8_16_CX or Code.Loope_rel8_32_CX or Code.Loopne_rel8_16_CX
            or Code.Loopne_rel8_32_CX => 2,
        Code.Jecxz_rel8_16 or Code.Jecxz_rel8_32 or Code.Jecxz_rel8_64 or Code.Loop_rel8_16_ECX or Code.Loop_rel8_32_ECX or Code.Loop_rel8_64_ECX
            or Code.Loope_rel8_16_ECX or Code.Loope_rel8_32_ECX or Code.Loope_rel8_64_ECX or Code.Loopne_rel8_16_ECX or Code.Loopne_rel8_32_ECX
            or Code.Loopne_rel8_64_ECX => 4,
        Code.Jrcxz_rel8_16 or Code.Jrcxz_rel8_64 or Code.Loop_rel8_16_RCX or Code.Loop_rel8_64_RCX or Code.Loope_rel8_16_RCX or Code.Loope_rel8_64_RCX
            or Code.Loopne_rel8_16_RCX or Code.Loopne_rel8_64_RCX => 8,
        _ => width,
    };
}
