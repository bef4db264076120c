using Iced.Intel;
using Mimus.Isa.X86.Tests.Host;

namespace Mimus.Isa.X86.Tests.Translated;

/// <summary>
/// A loop of random instructions, with short jumps, stack and string instructions among them. What addresses memory and counts the loop is not
/// written by the others.
/// </summary>
internal sealed class RandomProgram(Random random, Func<Instruction, bool> accepts)
{
    private static readonly Register[] s_kept = [Register.RBX, Register.RSI, Register.RSP, Register.R15];

    private readonly InstructionGenerator _generator = new(random, onlyVex: false);
    private readonly InstructionInfoFactory _info = new();

    /// <summary>The program as pieces that can be left out, the last of which closes the loop.</summary>
    public List<byte[]> Make(int length)
    {
        var pieces = new List<byte[]>();
        for (var i = 0; i < length; i++) pieces.Add(Piece());
        return pieces;
    }

    /// <summary>The pieces in a row, with the jump back and a halt behind them.</summary>
    public static byte[] Assemble(IReadOnlyList<byte[]> pieces)
    {
        var bytes = pieces.SelectMany(p => p).ToList();
        bytes.AddRange([0x49, 0xff, 0xcf]); // dec r15
        bytes.AddRange([0x0f, 0x85, .. BitConverter.GetBytes(-(bytes.Count + 6))]); // jnz to the start
        bytes.AddRange([0xf4, 0xf4]);
        return [.. bytes];
    }

    private byte[] Piece()
    {
        switch (random.Next(12))
        {
            case 0:
            {
                // A jump over an instruction, by any condition.
                var over = Instruction();
                return [(byte)(0x70 + random.Next(16)), (byte)over.Length, .. over];
            }
            case 1: return [(byte)(0x50 + random.Next(8)), (byte)(0x58 + AnyRegister())]; // push, pop
            case 2: return [0x9c, 0x41, 0x58 + 4]; // pushfq; pop r12
            case 3:
            {
                // mov edi, data; mov ecx, n; rep movs or stos; the source is rsi's few bytes around 0, which are mapped.
                byte[] setup = [0xbf, .. BitConverter.GetBytes((int)Machines.LongMode.Data + random.Next(64)), 0xb9, .. BitConverter.GetBytes(random.Next(20))];
                byte[] stores = [0xaa, 0xab];
                byte operation = stores[random.Next(2)];
                return [.. setup, 0xf3, operation];
            }
            case 4:
            {
                // Compares and branches on what was compared earlier: the flags' kind is not known in the block.
                byte[] over = Instruction();
                byte[] second = [(byte)(0x70 + random.Next(16)), (byte)over.Length, .. over];
                return [0x48, 0x39, 0xc8, (byte)(0x70 + random.Next(16)), (byte)second.Length, .. second]; // cmp rax, rcx
            }
            default: return Instruction();
        }
    }

    private byte AnyRegister()
    {
        ReadOnlySpan<byte> free = [0, 1, 2, 5, 7];
        return free[random.Next(free.Length)];
    }

    private byte[] Instruction()
    {
        while (true)
        {
            var bytes = _generator.Next(accepts, out var instruction);
            if (Keeps(instruction)) return bytes;
        }
    }

    private bool Keeps(in Instruction instruction)
    {
        foreach (var used in _info.GetInfo(instruction).GetUsedRegisters())
        {
            if (used.Access is not (OpAccess.Read or OpAccess.CondRead) && s_kept.Contains(used.Register.GetFullRegister())) return false;
        }
        return true;
    }
}
