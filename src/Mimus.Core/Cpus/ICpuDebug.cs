namespace Mimus.Core.Cpus;

/// <summary>One register as a debugger shows it.</summary>
/// <param name="Number">The number by which the debugger asks for it.</param>
/// <param name="Name">Its name in the manual.</param>
/// <param name="Bits">Its width.</param>
/// <param name="Type">The debugger's type: <c>int</c>, <c>code_ptr</c>, <c>data_ptr</c>, <c>ieee_double</c>, or one of the feature's own.</param>
/// <param name="Group">The group it is listed in, or null for the usual one.</param>
public sealed record DebugRegister(int Number, string Name, int Bits, string Type, string? Group);

/// <summary>A named set of registers: a <c>feature</c> of gdb's target description.</summary>
/// <param name="Name">gdb's name for the feature.</param>
/// <param name="Types">XML of the types that its registers use, or empty.</param>
/// <param name="Registers">In the order of their numbers.</param>
public sealed record DebugFeature(string Name, string Types, IReadOnlyList<DebugRegister> Registers);

/// <summary>A processor as a debugger sees it. Called only while the processor does not run.</summary>
public interface ICpuDebug
{
    /// <summary>gdb's name of the architecture, such as <c>riscv:rv64</c>.</summary>
    string Architecture { get; }

    IReadOnlyList<DebugFeature> Features { get; }

    ulong ProgramCounter { get; set; }

    /// <summary>What the processor is doing, for a thread list: its privilege level or that it waits.</summary>
    string Status { get; }

    /// <summary>Reads a register; false when there is none of that number or it cannot be read.</summary>
    bool TryReadRegister(int number, out ulong value);

    bool TryWriteRegister(int number, ulong value);

    /// <summary>Translates an address as the processor would for a load now, without side effects.</summary>
    bool TryTranslate(ulong virtualAddress, out ulong physicalAddress);
}
