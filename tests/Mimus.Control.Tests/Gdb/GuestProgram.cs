using System.Buffers.Binary;

namespace Mimus.Control.Tests.Gdb;

/// <summary>A small program for the machine that is debugged, put together by hand.</summary>
internal static class GuestProgram
{
    public const ulong Base = 0x8000_0000;

    /// <summary>Hart 0 counts in a0, stores it in <see cref="Counter"/> and loads <see cref="Neighbour"/>, round and round.</summary>
    public const ulong Loop = Base + 0x10;
    public const ulong Store = Loop + 4, Load = Loop + 8, Jump = Loop + 12;

    /// <summary>The other harts count in a1.</summary>
    public const ulong OtherLoop = Base + 0x100;

    /// <summary>Switches the machine off with status 0.</summary>
    public const ulong PowerOff = Base + 0x200;
    public const ulong PowerOffStore = PowerOff + 12;

    /// <summary>Asks for a software interrupt of hart 0 and goes on.</summary>
    public const ulong Interrupting = Base + 0x300;
    public const ulong AfterInterrupting = Interrupting + 12;

    public const ulong Handler = Base + 0x400;
    public const ulong Counter = Base + 0x1010, Neighbour = Counter + 8;
    public const ulong Uart = 0x1000_0000, BootRom = 0x1000;

    private const int T0 = 5, T1 = 6, S0 = 8, A0 = 10, A1 = 11, A2 = 12;

    public static byte[] Image()
    {
        var image = new byte[0x2000];
        Put(image, Base, 0xf14022f3, Branch(T0, 0, 0x100 - 4), Addi(A0, 0, 0), Auipc(S0, 1));
        // auipc stands at Base + 0xc, so s0 is four below the counter.
        Put(image, Loop, Addi(A0, A0, 1), Sd(A0, S0, 4), Ld(A2, S0, 12), JumpBy(-12));
        Put(image, OtherLoop, Addi(A1, A1, 1), JumpBy(-4));
        Put(image, PowerOff, Lui(T0, 0x100), Lui(T1, 5), Addi(T1, T1, 0x555), Sw(T1, T0, 0), JumpBy(0));
        Put(image, Interrupting, Lui(T0, 0x2000), Addi(T1, 0, 1), Sw(T1, T0, 0), Addi(A0, A0, 1), Addi(A0, A0, 1), JumpBy(0));
        Put(image, Handler, Addi(A2, A2, 1), Addi(A2, A2, 1), JumpBy(0));
        return image;
    }

    private static void Put(byte[] image, ulong address, params uint[] code)
    {
        for (var i = 0; i < code.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan((int)(address - Base) + (4 * i)), code[i]);
    }

    private static uint Lui(int rd, uint imm) => (imm << 12) | ((uint)rd << 7) | 0x37;

    private static uint Auipc(int rd, uint imm) => (imm << 12) | ((uint)rd << 7) | 0x17;

    private static uint Addi(int rd, int rs, uint imm) => (imm << 20) | ((uint)rs << 15) | ((uint)rd << 7) | 0x13;

    private static uint Ld(int rd, int rs, uint imm) => (imm << 20) | ((uint)rs << 15) | (3 << 12) | ((uint)rd << 7) | 0x03;

    private static uint Sw(int rs2, int rs1, uint imm) => StoreOf(2, rs2, rs1, imm);

    private static uint Sd(int rs2, int rs1, uint imm) => StoreOf(3, rs2, rs1, imm);

    private static uint StoreOf(uint size, int rs2, int rs1, uint imm) =>
        ((imm >> 5) << 25) | ((uint)rs2 << 20) | ((uint)rs1 << 15) | (size << 12) | ((imm & 31) << 7) | 0x23;

    /// <summary>bne, forwards.</summary>
    private static uint Branch(int rs1, int rs2, uint by) =>
        (((by >> 5) & 63) << 25) | ((uint)rs2 << 20) | ((uint)rs1 << 15) | (1 << 12) | (((by >> 1) & 15) << 8) | 0x63;

    private static uint JumpBy(int by)
    {
        var bits = (uint)by;
        return (((bits >> 20) & 1) << 31) | (((bits >> 1) & 0x3ff) << 21) | (((bits >> 11) & 1) << 20) | (((bits >> 12) & 0xff) << 12) | 0x6f;
    }
}
