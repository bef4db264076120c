namespace Mimus.TestSupport.RiscV;

/// <summary>The few instructions that tests are written in, encoded from the Unprivileged manual's formats.</summary>
public static class Rv
{
    public const int Zero = 0, Ra = 1, Sp = 2, Gp = 3, Tp = 4, T0 = 5, T1 = 6, T2 = 7, S0 = 8, S1 = 9, A0 = 10, A1 = 11, A2 = 12, A3 = 13,
        A4 = 14, A5 = 15, A6 = 16, A7 = 17, S2 = 18, S3 = 19, S4 = 20, S5 = 21, S6 = 22, S7 = 23, S8 = 24, T3 = 28, T4 = 29, T5 = 30, T6 = 31;

    public const uint Ecall = 0x00000073, Ebreak = 0x00100073, Mret = 0x30200073, Sret = 0x10200073, Wfi = 0x10500073, FenceI = 0x0000100f,
        Nop = 0x00000013;

    public static uint R(uint funct7, int rs2, int rs1, uint funct3, int rd, uint opcode) =>
        (funct7 << 25) | ((uint)rs2 << 20) | ((uint)rs1 << 15) | (funct3 << 12) | ((uint)rd << 7) | opcode;

    public static uint I(int imm, int rs1, uint funct3, int rd, uint opcode) =>
        ((uint)imm << 20) | ((uint)rs1 << 15) | (funct3 << 12) | ((uint)rd << 7) | opcode;

    public static uint Lui(int rd, int imm) => ((uint)imm << 12) | ((uint)rd << 7) | 0x37;

    public static uint Auipc(int rd, int imm) => ((uint)imm << 12) | ((uint)rd << 7) | 0x17;

    public static uint Addi(int rd, int rs1, int imm) => I(imm, rs1, 0, rd, 0x13);

    public static uint Xori(int rd, int rs1, int imm) => I(imm, rs1, 4, rd, 0x13);

    public static uint Andi(int rd, int rs1, int imm) => I(imm, rs1, 7, rd, 0x13);

    public static uint Sltiu(int rd, int rs1, int imm) => I(imm, rs1, 3, rd, 0x13);

    public static uint Slli(int rd, int rs1, int count) => I(count, rs1, 1, rd, 0x13);

    public static uint Srli(int rd, int rs1, int count) => I(count, rs1, 5, rd, 0x13);

    public static uint Add(int rd, int rs1, int rs2) => R(0, rs2, rs1, 0, rd, 0x33);

    public static uint Sub(int rd, int rs1, int rs2) => R(0x20, rs2, rs1, 0, rd, 0x33);

    public static uint Lb(int rd, int rs1, int imm) => I(imm, rs1, 0, rd, 0x03);

    public static uint Lbu(int rd, int rs1, int imm) => I(imm, rs1, 4, rd, 0x03);

    public static uint Lh(int rd, int rs1, int imm) => I(imm, rs1, 1, rd, 0x03);

    public static uint Lw(int rd, int rs1, int imm) => I(imm, rs1, 2, rd, 0x03);

    public static uint Ld(int rd, int rs1, int imm) => I(imm, rs1, 3, rd, 0x03);

    public static uint Store(uint funct3, int rs2, int rs1, int imm) => R((uint)(imm >> 5) & 0x7f, rs2, rs1, funct3, imm & 31, 0x23);

    public static uint Sb(int rs2, int rs1, int imm) => Store(0, rs2, rs1, imm);

    public static uint Sh(int rs2, int rs1, int imm) => Store(1, rs2, rs1, imm);

    public static uint Sw(int rs2, int rs1, int imm) => Store(2, rs2, rs1, imm);

    public static uint Sd(int rs2, int rs1, int imm) => Store(3, rs2, rs1, imm);

    /// <summary>A branch: 0 beq, 1 bne, 4 blt, 5 bge, 6 bltu, 7 bgeu.</summary>
    public static uint Branch(uint funct3, int rs1, int rs2, int offset) =>
        ((((uint)offset >> 12) & 1) << 31) | ((((uint)offset >> 5) & 0x3f) << 25) | ((uint)rs2 << 20) | ((uint)rs1 << 15) | (funct3 << 12)
        | ((((uint)offset >> 1) & 15) << 8) | ((((uint)offset >> 11) & 1) << 7) | 0x63;

    public static uint Beq(int rs1, int rs2, int offset) => Branch(0, rs1, rs2, offset);

    public static uint Bne(int rs1, int rs2, int offset) => Branch(1, rs1, rs2, offset);

    public static uint Blt(int rs1, int rs2, int offset) => Branch(4, rs1, rs2, offset);

    public static uint Bgeu(int rs1, int rs2, int offset) => Branch(7, rs1, rs2, offset);

    public static uint Jal(int rd, int offset) =>
        ((((uint)offset >> 20) & 1) << 31) | ((((uint)offset >> 1) & 0x3ff) << 21) | ((((uint)offset >> 11) & 1) << 20)
        | ((((uint)offset >> 12) & 0xff) << 12) | ((uint)rd << 7) | 0x6f;

    public static uint Jalr(int rd, int rs1, int imm) => I(imm, rs1, 0, rd, 0x67);

    public static uint Csrrw(int rd, int csr, int rs1) => I(csr, rs1, 1, rd, 0x73);

    public static uint Csrrs(int rd, int csr, int rs1) => I(csr, rs1, 2, rd, 0x73);

    public static uint Csrrc(int rd, int csr, int rs1) => I(csr, rs1, 3, rd, 0x73);

    public static uint SfenceVma(int rs1, int rs2) => R(9, rs2, rs1, 0, 0, 0x73);

    public static uint LrW(int rd, int rs1) => R(0x08, 0, rs1, 2, rd, 0x2f);

    public static uint LrD(int rd, int rs1) => R(0x08, 0, rs1, 3, rd, 0x2f);

    public static uint ScW(int rd, int rs2, int rs1) => R(0x0c, rs2, rs1, 2, rd, 0x2f);

    public static uint ScD(int rd, int rs2, int rs1) => R(0x0c, rs2, rs1, 3, rd, 0x2f);

    public static uint AmoAddW(int rd, int rs2, int rs1) => R(0, rs2, rs1, 2, rd, 0x2f);

    public static uint AmoAddD(int rd, int rs2, int rs1) => R(0, rs2, rs1, 3, rd, 0x2f);
}
