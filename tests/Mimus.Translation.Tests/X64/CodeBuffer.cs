using System.Runtime.InteropServices;
using Iced.Intel;

namespace Mimus.Translation.Tests.X64;

/// <summary>Something that emits.</summary>
internal delegate void Emission(ref Assembler assembler);

/// <summary>Memory to emit to, and what a decoder of another author reads there.</summary>
internal sealed unsafe class CodeBuffer : IDisposable
{
    private const byte Untouched = 0xa5;
    private const int LongestInstruction = 15;

    private readonly Memory<byte> _expectedBytes = new byte[LongestInstruction];
    private readonly Encoder _encoder;
    private readonly PointerReader _reader = new();
    private readonly Decoder _decoder;
    private int _expectedLength;

    public CodeBuffer(int length = 4096)
    {
        Length = length;
        Start = (byte*)NativeMemory.AlignedAlloc((nuint)length, 64);
        _encoder = Encoder.Create(64, new SpanWriter(this));
        _decoder = Decoder.Create(64, _reader);
    }

    public byte* Start { get; }

    public int Length { get; }

    /// <summary>The first byte's address, as the decoder counts.</summary>
    public ulong Address => (ulong)Start;

    public void Dispose() => NativeMemory.AlignedFree(Start);

    public Assembler Assembler() => new(Start, Start + Length);

    /// <summary>Emits one instruction, which is the expected one in meaning and in every byte, and writes nothing behind it.</summary>
    public void Same(Instruction expected, Emission emit)
    {
        var instruction = One(emit);
        var message = $"{instruction} instead of {expected}";
        Assert.True(instruction.Code == expected.Code && instruction.OpCount == expected.OpCount, message);
        for (var i = 0; i < expected.OpCount; i++) Assert.True(SameOperand(instruction, expected, i), message);
        Assert.True(instruction.HasLockPrefix == expected.HasLockPrefix, message);
        Assert.False(instruction.HasRepPrefix || instruction.HasRepnePrefix, message);

        _expectedLength = 0;
        _encoder.Encode(expected, Address);
        var bytes = new ReadOnlySpan<byte>(Start, instruction.Length);
        Assert.True(bytes.SequenceEqual(_expectedBytes.Span[.._expectedLength]), $"{instruction} is {Convert.ToHexString(bytes)}");
    }

    /// <summary>As <see cref="Same(Instruction, Emission)"/>, and of this length.</summary>
    public void Same(int length, Instruction expected, Emission emit)
    {
        Same(expected, emit);
        Assert.True(DecodeAt(Start).Length == length, $"{expected} is not {length} bytes long");
    }

    /// <summary>Emits one instruction and decodes it; it is just as long as what was written.</summary>
    public Instruction One(Emission emit)
    {
        var bytes = new Span<byte>(Start, 2 * LongestInstruction);
        bytes.Fill(Untouched);
        var assembler = Assembler();
        emit(ref assembler);
        var length = (int)(assembler.Position - Start);
        var instruction = DecodeAt(Start);
        var isWhole = instruction.Length == length && !instruction.IsInvalid;
        Assert.True(isWhole, $"{Convert.ToHexString(bytes)}, {length} bytes, is {instruction}");
        Assert.True(bytes[length..].IndexOfAnyExcept(Untouched) < 0, $"{instruction} wrote behind its end");
        return instruction;
    }

    public Instruction DecodeAt(byte* place)
    {
        _reader.Next = place;
        _decoder.IP = (ulong)place;
        _decoder.Decode(out var instruction);
        return instruction;
    }

    private static bool SameOperand(in Instruction actual, in Instruction expected, int operand)
    {
        var kind = expected.GetOpKind(operand);
        return actual.GetOpKind(operand) == kind && kind switch
        {
            OpKind.Register => actual.GetOpRegister(operand) == expected.GetOpRegister(operand),
            OpKind.Memory => actual.MemoryBase == expected.MemoryBase && actual.MemoryIndex == expected.MemoryIndex
                && actual.MemoryIndexScale == expected.MemoryIndexScale && actual.MemoryDisplacement64 == expected.MemoryDisplacement64
                && actual.MemorySize == expected.MemorySize && actual.SegmentPrefix == Register.None,
            OpKind.NearBranch64 => actual.NearBranch64 == expected.NearBranch64,
            _ => actual.GetImmediate(operand) == expected.GetImmediate(operand),
        };
    }

    private sealed class PointerReader : CodeReader
    {
        public byte* Next { get; set; }

        public override int ReadByte() => *Next++;
    }

    private sealed class SpanWriter(CodeBuffer buffer) : CodeWriter
    {
        public override void WriteByte(byte value) => buffer._expectedBytes.Span[buffer._expectedLength++] = value;
    }
}
