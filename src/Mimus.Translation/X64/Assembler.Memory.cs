using System.Diagnostics;
using Mimus.Isa;

namespace Mimus.Translation.X64;

/// <summary>Instructions of general-purpose registers with memory, the atomic ones among them.</summary>
internal unsafe partial struct Assembler
{
    public void Alu(AluOp op, bool wide, Gpr d, Address s) => End(Memory(NoPrefix, Map.Primary, ((int)op << 3) | 3, W(wide), (int)d, s));

    public void Alu(AluOp op, bool wide, Address d, Gpr s) => End(Memory(NoPrefix, Map.Primary, ((int)op << 3) | 1, W(wide), (int)s, d));

    /// <summary>The immediate is sign-extended.</summary>
    public void Alu(AluOp op, bool wide, Address d, int immediate)
    {
        var isShort = immediate == (sbyte)immediate;
        var p = Memory(NoPrefix, Map.Primary, isShort ? 0x83 : 0x81, W(wide), (int)op, d);
        End(isShort ? Immediate8(p, immediate) : Immediate32(p, immediate));
    }

    public void CompareByte(Address a, byte immediate) =>
        End(Immediate8(Memory(NoPrefix, Map.Primary, 0x80, 0, (int)AluOp.Cmp, a), immediate));

    /// <summary>Extends to 64 bits.</summary>
    public void Load(MemorySize size, bool signed, Gpr d, Address s)
    {
        var rex = W(signed || size == MemorySize.Double);
        if (size <= MemorySize.Half) End(Memory(NoPrefix, Map.M0f, Extending(size, signed), rex, (int)d, s));
        else End(Memory(NoPrefix, Map.Primary, size == MemorySize.Word && signed ? 0x63 : 0x8b, rex, (int)d, s));
    }

    public void Store(MemorySize size, Address d, Gpr s) => End(Sized(size, Map.Primary, 0x88, s, d));

    /// <summary>Of 64 bits it stores the sign-extended immediate, of 8 and 16 the lowest bits.</summary>
    public void StoreImmediate(MemorySize size, Address d, int immediate) => End(size switch
    {
        MemorySize.Byte => Immediate8(Memory(NoPrefix, Map.Primary, 0xc6, 0, 0, d), immediate),
        MemorySize.Half => Immediate16(Memory(P66, Map.Primary, 0xc7, 0, 0, d), immediate),
        MemorySize.Word => Immediate32(Memory(NoPrefix, Map.Primary, 0xc7, 0, 0, d), immediate),
        _ => Immediate32(Memory(NoPrefix, Map.Primary, 0xc7, Wide, 0, d), immediate),
    });

    public void LoadAddress(bool wide, Gpr d, Address a) => End(Memory(NoPrefix, Map.Primary, 0x8d, W(wide), (int)d, a));

    /// <summary>Atomic without a prefix. Of 8 and 16 bits the rest of the register stays.</summary>
    public void Exchange(MemorySize size, Address d, Gpr s) => End(Sized(size, Map.Primary, 0x86, s, d));

    /// <summary>lock xadd: the register becomes what was there. Of 8 and 16 bits the rest of it stays.</summary>
    public void LockExchangeAdd(MemorySize size, Address d, Gpr s)
    {
        *Position++ = LockPrefix;
        End(Sized(size, Map.M0f, 0xc0, s, d));
    }

    /// <summary>cmpxchg, perhaps locked: stores the register where memory equals rax, else rax becomes what is there.</summary>
    public void CompareExchange(bool isLocked, MemorySize size, Address d, Gpr s)
    {
        if (isLocked) *Position++ = LockPrefix;
        End(Sized(size, Map.M0f, 0xb0, s, d));
    }

    public void LockAlu(AluOp op, bool wide, Address d, Gpr s)
    {
        Debug.Assert(op != AluOp.Cmp, "a comparison cannot be locked");
        *Position++ = LockPrefix;
        Alu(op, wide, d, s);
    }

    /// <summary>movzx and movsx.</summary>
    private static int Extending(MemorySize size, bool signed) => (signed ? 0xbd : 0xb5) + (int)size;

    /// <summary>An instruction whose opcode for bytes is even, and for the other sizes one more.</summary>
    private readonly byte* Sized(MemorySize size, Map map, int opcode, Gpr r, Address a)
    {
        var isByte = size == MemorySize.Byte;
        var prefix = size == MemorySize.Half ? P66 : NoPrefix;
        return Memory(prefix, map, opcode | (isByte ? 0 : 1), W(size == MemorySize.Double) | (isByte ? ByteRex(r) : 0), (int)r, a);
    }
}
