using Iced.Intel;
using Mimus.Isa.X86.Instructions;

namespace Mimus.Isa.X86;

/// <summary>Decodes instructions for one processor: Iced reads the bytes, and what it found is brought into the form of semantics.</summary>
public sealed class InstructionDecoder
{
    /// <summary>No instruction is longer.</summary>
    public const int LongestInstruction = 15;

    private readonly CpuModel _model;
    private readonly Bytes _bytes = new();
    private readonly Decoder _decoder16, _decoder32, _decoder64;

    public InstructionDecoder(CpuModel model)
    {
        _model = model;
        var options = DecoderOptions.None;
        // Without the feature the prefix means nothing, and the instruction is BSF or BSR.
        if (!model.Has(X86Feature.Bmi1)) options |= DecoderOptions.NoMPFX_0FBC;
        if (!model.Has(X86Feature.Lzcnt)) options |= DecoderOptions.NoMPFX_0FBD;
        _decoder16 = Decoder.Create(16, _bytes, options);
        _decoder32 = Decoder.Create(32, _bytes, options);
        _decoder64 = Decoder.Create(64, _bytes, options);
    }

    /// <summary>Decodes the instruction that the bytes begin with.</summary>
    public DecodeResult Decode(ReadOnlySpan<byte> bytes, CodeMode mode, out X86Operands operands, out int method)
    {
        operands = new X86Operands { Length = 1 };
        method = -1;
        var decoder = mode.CodeBits == 64 ? _decoder64 : mode.CodeBits == 32 ? _decoder32 : _decoder16;
        _bytes.Set(bytes);
        decoder.IP = 0;
        decoder.Decode(out var instruction);
        if (instruction.IsInvalid)
            return decoder.LastError == DecoderError.NoMoreBytes && bytes.Length < LongestInstruction ? DecodeResult.TooShort : DecodeResult.Invalid;
        operands.Length = (byte)Math.Max(instruction.Length, 1);
        if (!FeatureTable.HasAll(_model, instruction.Code)) return DecodeResult.Invalid;
        method = X86Instructions.Find((int)instruction.Code, (int)instruction.Mnemonic, out var operation);
        if (method < 0) return DecodeResult.Invalid;
        OperandShaper.Shape(instruction, mode, ref operands);
        operands.Operation = (ushort)operation;
        return DecodeResult.Decoded;
    }

    /// <summary>The number of the variant of a method that an instruction takes.</summary>
    public static int VariantOf(int method, in X86Operands operands) => X86Instructions.KindOf(method) switch
    {
        VariantKind.Width => System.Numerics.BitOperations.Log2(operands.Width) & 3,
        VariantKind.Condition => operands.Condition,
        _ => 0,
    };

    /// <summary>The instruction as text, for traces.</summary>
    public string Disassemble(ReadOnlySpan<byte> bytes, CodeMode mode, ulong pc)
    {
        var decoder = mode.CodeBits == 64 ? _decoder64 : mode.CodeBits == 32 ? _decoder32 : _decoder16;
        _bytes.Set(bytes);
        decoder.IP = pc;
        decoder.Decode(out var instruction);
        return instruction.ToString();
    }

    private sealed class Bytes : CodeReader
    {
        private readonly byte[] _room = new byte[LongestInstruction];
        private int _length, _next;

        public void Set(ReadOnlySpan<byte> bytes)
        {
            _length = Math.Min(bytes.Length, LongestInstruction);
            bytes[.._length].CopyTo(_room);
            _next = 0;
        }

        public override int ReadByte() => _next < _length ? _room[_next++] : -1;
    }
}
