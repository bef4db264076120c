namespace Mimus.TestSupport.RiscV;

/// <summary>Numbers of control and status registers, by the manual's names.</summary>
public static class CsrNumber
{
    public const int Fflags = 0x001, Frm = 0x002, Fcsr = 0x003, Sstatus = 0x100, Sie = 0x104, Stvec = 0x105, Scounteren = 0x106, Senvcfg = 0x10a,
        Sstateen0 = 0x10c, Sscratch = 0x140, Sepc = 0x141, Scause = 0x142, Stval = 0x143, Sip = 0x144, Stimecmp = 0x14d, Satp = 0x180,
        Mstatus = 0x300, Misa = 0x301, Medeleg = 0x302, Mideleg = 0x303, Mie = 0x304, Mtvec = 0x305, Mcounteren = 0x306, Menvcfg = 0x30a,
        Mstateen0 = 0x30c, Mcountinhibit = 0x320, Mscratch = 0x340, Mepc = 0x341, Mcause = 0x342, Mtval = 0x343, Mip = 0x344, Pmpcfg0 = 0x3a0,
        Pmpaddr0 = 0x3b0, Tselect = 0x7a0, Tdata1 = 0x7a1, Tdata2 = 0x7a2, Tinfo = 0x7a4, Mcycle = 0xb00, Minstret = 0xb02, Cycle = 0xc00,
        Time = 0xc01, Instret = 0xc02, Mhartid = 0xf14;
}
