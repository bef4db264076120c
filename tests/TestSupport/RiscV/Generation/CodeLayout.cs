namespace Mimus.TestSupport.RiscV.Generation;

/// <summary>Places a block's instructions and gives every jump a target further on in the block, so that it comes to its end.</summary>
public static class CodeLayout
{
    private const int Reach = 16;

    /// <summary>The bytes of the block, with an end marker of zeroes, which is no instruction.</summary>
    /// <param name="random">Chooses the targets.</param>
    /// <param name="instructions">The instructions; their jumps are completed here.</param>
    /// <param name="codePointer">Where <see cref="Pointers.Code"/> points to, from the start of the block.</param>
    public static byte[] Place(Random random, IReadOnlyList<Instruction> instructions, int codePointer)
    {
        var offsets = new int[instructions.Count + 1];
        for (var i = 0; i < instructions.Count; i++) offsets[i + 1] = offsets[i] + instructions[i].Length;

        var bytes = new byte[offsets[^1] + 4];
        for (var i = 0; i < instructions.Count; i++)
        {
            var instruction = instructions[i];
            var word = instruction.Word;
            if (instruction.IsJump)
            {
                var index = random.Next(i + 1, Math.Min(i + Reach, offsets.Length));
                while (index < instructions.Count && !instructions[index].IsTarget) index++;
                word = instruction.Name == "jalr"
                    ? (word & 0x000f_ffff) | ((uint)(offsets[index] - codePointer) << 20)
                    : Aim(instruction, offsets[index] - offsets[i]);
            }
            BitConverter.TryWriteBytes(bytes.AsSpan(offsets[i]), (ushort)word);
            if (instruction.Length == 4) BitConverter.TryWriteBytes(bytes.AsSpan(offsets[i] + 2), (ushort)(word >> 16));
        }
        return bytes;
    }

    /// <summary>A direct jump or branch with its distance filled in.</summary>
    public static uint Aim(Instruction jump, int offset)
    {
        var o = (uint)offset;
        return jump.Name switch
        {
            "jal" => (jump.Word & 0xfff) | Bits(o, 20, 20, 31) | Bits(o, 1, 10, 21) | Bits(o, 11, 11, 20) | Bits(o, 12, 19, 12),
            "c.j" => (jump.Word & 0xe003) | Bits(o, 11, 11, 12) | Bits(o, 4, 4, 11) | Bits(o, 8, 9, 9) | Bits(o, 10, 10, 8) | Bits(o, 6, 6, 7)
                | Bits(o, 7, 7, 6) | Bits(o, 1, 3, 3) | Bits(o, 5, 5, 2),
            "c.beqz" or "c.bnez" => (jump.Word & 0xe383) | Bits(o, 8, 8, 12) | Bits(o, 3, 4, 10) | Bits(o, 6, 7, 5) | Bits(o, 1, 2, 3) | Bits(o, 5, 5, 2),
            _ => (jump.Word & 0x01ff_f07f) | Bits(o, 12, 12, 31) | Bits(o, 5, 10, 25) | Bits(o, 1, 4, 8) | Bits(o, 11, 11, 7),
        };
    }

    /// <summary>Whether a direct jump or branch can go so far.</summary>
    public static bool Reaches(Instruction jump, int offset)
    {
        var range = jump.Name switch
        {
            "jal" => 1 << 20,
            "c.j" => 1 << 11,
            "c.beqz" or "c.bnez" => 1 << 8,
            _ => 1 << 12,
        };
        return offset >= -range && offset < range;
    }

    /// <summary>The bits from low to high of a value, moved to a place.</summary>
    private static uint Bits(uint value, int low, int high, int to) => ((value >> low) & ((1u << (high - low + 1)) - 1)) << to;
}
