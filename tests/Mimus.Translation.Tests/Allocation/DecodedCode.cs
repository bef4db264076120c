using System.Runtime.InteropServices;
using Iced.Intel;

namespace Mimus.Translation.Tests.Allocation;

/// <summary>The instructions of a piece of emitted code, by their addresses, and where its jumps lead.</summary>
internal sealed unsafe class DecodedCode
{
    private readonly List<Instruction> _instructions = [];
    private readonly Dictionary<ulong, int> _numbers = [];
    private readonly HashSet<ulong> _targets = [];

    public DecodedCode(byte* start, byte* end)
    {
        (Start, End) = ((ulong)start, (ulong)end);
        var decoder = Decoder.Create(64, new ByteArrayCodeReader(new ReadOnlySpan<byte>(start, (int)(end - start)).ToArray()));
        decoder.IP = Start;
        // A table behind the code is no code, but nobody comes there.
        while (decoder.IP < End)
        {
            decoder.Decode(out var instruction);
            _numbers[instruction.IP] = _instructions.Count;
            _instructions.Add(instruction);
            if (instruction.FlowControl is FlowControl.ConditionalBranch or FlowControl.UnconditionalBranch) _targets.Add(instruction.NearBranchTarget);
        }
    }

    public ulong Start { get; }

    public ulong End { get; }

    public IReadOnlyList<Instruction> Instructions => _instructions;

    public bool Contains(ulong address) => address >= Start && address < End;

    public bool IsTarget(ulong address) => _targets.Contains(address);

    public ref readonly Instruction At(ulong address) => ref CollectionsMarshal.AsSpan(_instructions)[_numbers[address]];
}
