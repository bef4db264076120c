namespace Mimus.Isa.RiscV;

/// <summary>Numbers of the 64-bit slots at the start of <see cref="RiscVState"/> that semantics use.</summary>
public static class Slot
{
    /// <summary>Where a result for x0 goes; nothing reads it.</summary>
    public const int Sink = 32;

    public const int F0 = 33;
    public const int FloatFlags = 66;
    public const int RoundingMode = 67;
    public const int FloatStatus = 68;
    public const int Privilege = 69;
    public const int Mstatus = 70;
    public const int Mie = 71;
    public const int Mideleg = 72;
    public const int Medeleg = 73;
    public const int Mtvec = 74;
    public const int Mscratch = 75;
    public const int Mepc = 76;
    public const int Mcause = 77;
    public const int Mtval = 78;
    public const int Mcounteren = 79;
    public const int Mcountinhibit = 80;
    public const int Menvcfg = 81;
    public const int Stvec = 83;
    public const int Sscratch = 84;
    public const int Sepc = 85;
    public const int Scause = 86;
    public const int Stval = 87;
    public const int Scounteren = 88;
    public const int Senvcfg = 89;
}
