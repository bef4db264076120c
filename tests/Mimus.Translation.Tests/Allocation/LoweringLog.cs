using Mimus.Translation.X64;

namespace Mimus.Translation.Tests.Allocation;

/// <summary>Where the code of an operation ends, and where its result is then.</summary>
internal readonly record struct LoweredOperation(ulong End, Place Result);

/// <summary>What the compiler told of a unit.</summary>
internal sealed unsafe class LoweringLog : ILoweringObserver
{
    /// <summary>The addresses of the blocks' code.</summary>
    public List<ulong> Labels { get; } = [];

    /// <summary>The operations of all blocks.</summary>
    public List<LoweredOperation> Operations { get; } = [];

    /// <summary>Where the code of the last block ends.</summary>
    public ulong End { get; private set; }

    public void BlockBegins(byte* at) => Labels.Add((ulong)at);

    public void OperationEnds(byte* at, Place result) => Operations.Add(new LoweredOperation((ulong)at, result));

    public void BlocksEnd(byte* at) => End = (ulong)at;
}
