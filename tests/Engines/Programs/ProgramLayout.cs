using Mimus.Engines.Tests.Machines;
using Mimus.TestSupport.RiscV;

namespace Mimus.Engines.Tests.Programs;

/// <summary>Where the parts of a program with control flow are in physical memory, and in the address spaces that it may have.</summary>
internal static class ProgramLayout
{
    public const ulong PageSize = 4096;

    public const ulong MachineCode = 0x8000_0000, SupervisorCode = 0x8000_1000, MachineData = 0x8000_2000, SupervisorData = 0x8000_3000;

    /// <summary>Records of traps: two pages each, at a multiple of four pages.</summary>
    public const ulong MachineLog = 0x8000_4000, SupervisorLog = 0x8000_8000;

    /// <summary>What the program keeps for itself: saved return addresses, loop counters; a stack; constants.</summary>
    public const ulong Frame = 0x8000_c000, Stack = 0x8000_d000, Constants = 0x8000_f000;

    public const ulong Code = 0x8001_0000;

    /// <summary>Two pages of which one or the other is behind the last page of code.</summary>
    public const ulong Changing = 0x8002_0000;

    /// <summary>Where the program's loads and stores go.</summary>
    public const ulong Window = 0x8010_0000;

    /// <summary>The tables of two address spaces.</summary>
    public const ulong Tables = 0x8018_0000, OtherTables = 0x801c_0000;

    public const ulong RamEnd = 0x8020_0000;

    public const int CodePages = 16, LogPages = 2, StackPages = 2, WindowPages = 8, TablePages = 16;

    public const ulong Entry = MachineCode, MachineVector = MachineCode + 0x40, Stop = MachineCode + 0xff0, Lost = MachineCode + 0xff8;

    /// <summary>What is where, for reports.</summary>
    public static string NameOf(ulong address) => address switch
    {
        < SupervisorCode => "handler in machine mode",
        < MachineData => "handler in supervisor mode",
        < SupervisorData => "data of the handler in machine mode",
        < MachineLog => "data of the handler in supervisor mode",
        < SupervisorLog => RecordName(address - MachineLog, "machine"),
        < Frame => RecordName(address - SupervisorLog, "supervisor"),
        < Stack => "frame",
        < Constants => "stack",
        < Code => "constants",
        < Changing => "code",
        < Window => "changing code",
        < Tables => "window",
        _ => EngineMachine.Tables,
    };

    private static string RecordName(ulong offset, string mode) => $"trap {offset / TrapHandler.RecordSize} in {mode} mode: {TrapHandler.NameOf((int)(offset % TrapHandler.RecordSize) / 8)}";
}
