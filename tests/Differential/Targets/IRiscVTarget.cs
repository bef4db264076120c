using Mimus.TestSupport.RiscV;

namespace Mimus.Differential.Tests.Targets;

/// <summary>A RISC-V hart with some memory that can be set up, run and looked at, whoever emulates it.</summary>
internal interface IRiscVTarget : IDisposable
{
    string Name { get; }

    void SetState(RiscVSnapshot state);

    RiscVSnapshot GetState();

    /// <summary>Writes to physical memory.</summary>
    void Write(ulong address, ReadOnlySpan<byte> data);

    void Read(ulong address, Span<byte> data);

    /// <summary>Runs until the program counter is at an address; false when it has not come there in good time.</summary>
    bool Run(ulong stopAt);

    /// <summary>Runs one instruction, or takes one trap.</summary>
    void Step();
}
