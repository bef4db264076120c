namespace Mimus.Isa.RiscV;

/// <summary>Exception codes (Privileged manual, table of mcause values).</summary>
public static class Cause
{
    public const int FetchMisaligned = 0;
    public const int FetchAccess = 1;
    public const int IllegalInstruction = 2;
    public const int Breakpoint = 3;
    public const int LoadMisaligned = 4;
    public const int LoadAccess = 5;
    public const int StoreMisaligned = 6;
    public const int StoreAccess = 7;
    public const int EnvironmentCallFromU = 8;
    public const int EnvironmentCallFromS = 9;
    public const int EnvironmentCallFromM = 11;
    public const int FetchPage = 12;
    public const int LoadPage = 13;
    public const int StorePage = 15;
}
