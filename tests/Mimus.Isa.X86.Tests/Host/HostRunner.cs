using System.Buffers.Binary;
using Mimus.Host;

namespace Mimus.Isa.X86.Tests.Host;

/// <summary>
/// Runs one user-mode instruction on the host CPU, with all registers set before and read after it. The stack pointer stays the host's, for
/// signals need a stack.
/// </summary>
internal sealed unsafe class HostRunner : IDisposable
{
    private const int CodeBytes = 4096;

    private readonly CodeMemory _code = new(CodeBytes);
    private readonly MemoryMapping _memory = MemoryMapping.Anonymous(8192);
    private readonly bool _withLegacyFloats;
    private int _length;

    /// <param name="withLegacyFloats">Whether x87 and MMX registers are set and read too, which takes its time.</param>
    public HostRunner(bool withLegacyFloats) => _withLegacyFloats = withLegacyFloats;

    public HostState* State => (HostState*)(((ulong)_memory.Pointer + 63) & ~63ul);

    /// <summary>Takes an instruction between code that loads and code that stores the registers.</summary>
    public void SetInstruction(ReadOnlySpan<byte> instruction)
    {
        _length = 0;
        Emit(0x53, 0x55, 0x41, 0x54, 0x41, 0x55, 0x41, 0x56, 0x41, 0x57); // push rbx, rbp, r12 to r15
        EmitAddress(0x48, 0xb8, 0); // mov rax, state
        Emit(0x0f, 0xae, 0x90); // ldmxcsr [rax + n]
        Emit32(HostState.MxcsrOffset);
        if (_withLegacyFloats)
        {
            Emit(0x48, 0x0f, 0xae, 0x88); // fxrstor64 [rax + n]
            Emit32(HostState.FxOffset);
        }
        for (var i = 0; i < 16; i++) EmitVector(0x6f, i);
        Emit(0xff, 0xb0); // push [rax + n]; popfq
        Emit32(HostState.FlagsOffset);
        Emit(0x9d);
        for (var i = 15; i >= 0; i--) EmitMove(0x8b, i);
        foreach (var b in instruction) Emit(b);
        EmitAddress(0x48, 0xa3, 0); // mov [state], rax
        EmitAddress(0x48, 0xb8, 0);
        for (var i = 1; i < 16; i++) EmitMove(0x89, i);
        Emit(0x9c, 0x8f, 0x80); // pushfq; pop [rax + n]
        Emit32(HostState.FlagsOffset);
        for (var i = 0; i < 16; i++) EmitVector(0x7f, i);
        if (_withLegacyFloats)
        {
            Emit(0x48, 0x0f, 0xae, 0x80); // fxsave64 [rax + n]
            Emit32(HostState.FxOffset);
            Emit(0xdb, 0xe3); // fninit
        }
        Emit(0x0f, 0xae, 0x98); // stmxcsr [rax + n]
        Emit32(HostState.MxcsrOffset);
        Emit(0x68, 0x80, 0x1f, 0, 0, 0x0f, 0xae, 0x14, 0x24, 0x58); // push 1f80h; ldmxcsr [rsp]; pop rax
        Emit(0xfc, 0xc5, 0xf8, 0x77); // cld; vzeroupper
        Emit(0x41, 0x5f, 0x41, 0x5e, 0x41, 0x5d, 0x41, 0x5c, 0x5d, 0x5b, 0xc3);
    }

    public void Run() => ((delegate* unmanaged<void>)_code.Executable)();

    public void Dispose()
    {
        _code.Dispose();
        _memory.Dispose();
    }

    private void Emit(params ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(new Span<byte>(_code.Writable + _length, bytes.Length));
        _length += bytes.Length;
    }

    private void Emit32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(new Span<byte>(_code.Writable + _length, 4), value);
        _length += 4;
    }

    private void EmitAddress(byte rex, byte opcode, int offset)
    {
        Emit(rex, opcode);
        BinaryPrimitives.WriteUInt64LittleEndian(new Span<byte>(_code.Writable + _length, 8), (ulong)State + (ulong)offset);
        _length += 8;
    }

    /// <summary>A move between a general register, but not the stack pointer, and its place.</summary>
    private void EmitMove(byte opcode, int register)
    {
        if (register == 4) return;
        Emit((byte)(0x48 | (register >> 3 << 2)), opcode, (byte)(0x80 | ((register & 7) << 3)));
        Emit32(register * 8);
    }

    /// <summary>vmovdqu between a vector register and its place.</summary>
    private void EmitVector(byte opcode, int register)
    {
        Emit(0xc5, (byte)(register < 8 ? 0xfe : 0x7e), opcode, (byte)(0x80 | ((register & 7) << 3)));
        Emit32(HostState.VectorsOffset + (register * 32));
    }
}
