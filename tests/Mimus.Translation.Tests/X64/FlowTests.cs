using Iced.Intel;
using Mimus.Translation.X64;
using static Mimus.Translation.Tests.X64.Operands;

namespace Mimus.Translation.Tests.X64;

/// <summary>Encodings of jumps, calls, the stack and padding, and where jumps lead.</summary>
public sealed unsafe class FlowTests : IDisposable
{
    private const int Middle = 2048;

    private readonly CodeBuffer _buffer = new();

    public void Dispose() => _buffer.Dispose();

    [Fact]
    public void Jumps_are_short_where_the_target_is_near()
    {
        for (var distance = -300; distance <= 300; distance++)
        {
            var target = _buffer.Start + 2 + distance;
            var isShort = distance is >= -128 and <= 127;
            _buffer.Same(isShort ? 2 : 5, Branch(isShort ? "Jmp_rel8_64" : "Jmp_rel32_64", target), (ref a) => a.Jump(target));
            foreach (var c in Enum.GetValues<Condition>())
            {
                var code = $"J{c.Name()}_{(isShort ? "rel8" : "rel32")}_64";
                _buffer.Same(isShort ? 2 : 6, Branch(code, target), (ref a) => a.JumpIf(c, target));
            }
        }
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void Jumps_and_calls_reach_two_gigabytes(int distance)
    {
        var start = _buffer.Start;
        _buffer.Same(Branch("Jmp_rel32_64", start + 5 + distance), (ref a) => a.Jump(start + 5 + distance));
        _buffer.Same(Branch("Je_rel32_64", start + 6 + distance), (ref a) => a.JumpIf(Condition.Equal, start + 6 + distance));
        _buffer.Same(Branch("Call_rel32_64", start + 5 + distance), (ref a) => a.Call(start + 5 + distance));
    }

    [Fact]
    public void Jumps_forward_lead_to_where_they_are_bound()
    {
        foreach (var distance in (int[])[0, 1, 127, 128, 1000])
        {
            CheckBound((ref a) => a.JumpForward(), "Jmp_rel32_64", 5, distance, isShort: false);
            foreach (var c in Enum.GetValues<Condition>())
                CheckBound((ref a) => a.JumpIfForward(c), $"J{c.Name()}_rel32_64", 6, distance, isShort: false);
        }
        for (var distance = 0; distance < 128; distance++)
        {
            CheckBound((ref a) => a.ShortJumpForward(), "Jmp_rel8_64", 2, distance, isShort: true);
            foreach (var c in Enum.GetValues<Condition>())
                CheckBound((ref a) => a.ShortJumpIfForward(c), $"J{c.Name()}_rel8_64", 2, distance, isShort: true);
        }
    }

    [Fact]
    public void A_short_jump_cannot_be_bound_out_of_its_reach() => Assert.Throws<InvalidOperationException>(() =>
        CheckBound((ref a) => a.ShortJumpForward(), "Jmp_rel8_64", 2, 128, isShort: true));

    [Fact]
    public void Patchable_jumps_are_aligned_and_lead_where_they_are_patched_to()
    {
        for (var start = 0; start < 16; start++)
        {
            CheckPatchable((ref a, target) => a.PatchableJump(target), "Jmp_rel32_64", 5, start);
            foreach (var c in Enum.GetValues<Condition>())
                CheckPatchable((ref a, target) => a.PatchableJumpIf(c, target), $"J{c.Name()}_rel32_64", 6, start);
        }
    }

    [Fact]
    public void Indirect_jumps_and_calls()
    {
        foreach (var r in Gprs)
        {
            _buffer.Same(Instruction.Create(Code.Jmp_rm64, r.Name(64)), (ref a) => a.Jump(r));
            _buffer.Same(Instruction.Create(Code.Call_rm64, r.Name(64)), (ref a) => a.Call(r));
        }
        foreach (var m in Addresses)
        {
            _buffer.Same(Instruction.Create(Code.Jmp_rm64, m.Name()), (ref a) => a.Jump(m));
            _buffer.Same(Instruction.Create(Code.Call_rm64, m.Name()), (ref a) => a.Call(m));
        }
    }

    [Fact]
    public void The_stack()
    {
        foreach (var r in Gprs)
        {
            _buffer.Same(Instruction.Create(Code.Push_r64, r.Name(64)), (ref a) => a.Push(r));
            _buffer.Same(Instruction.Create(Code.Pop_r64, r.Name(64)), (ref a) => a.Pop(r));
        }
        foreach (var value in Immediates)
        {
            var code = value is >= -128 and <= 127 ? Code.Pushq_imm8 : Code.Pushq_imm32;
            _buffer.Same(Instruction.Create(code, value), (ref a) => a.PushImmediate(value));
        }
    }

    [Fact]
    public void Instructions_without_operands()
    {
        _buffer.Same(Instruction.Create(Code.Retnq), (ref a) => a.Return());
        _buffer.Same(Instruction.Create(Code.Int3), (ref a) => a.Break());
        _buffer.Same(Instruction.Create(Code.Mfence), (ref a) => a.Fence());
        _buffer.Same(Instruction.Create(Code.Lfence), (ref a) => a.LoadFence());
        _buffer.Same(Instruction.Create(Code.Rdtsc), (ref a) => a.ReadCycles());
    }

    [Fact]
    public void Nops_are_nops_and_as_few_as_may_be()
    {
        for (var bytes = 0; bytes <= 64; bytes++)
        {
            var assembler = _buffer.Assembler();
            assembler.Nop(bytes);
            Assert.Equal(bytes, assembler.Position - _buffer.Start);
            Assert.Equal((bytes + 8) / 9, CountNops(_buffer.Start, assembler.Position));
        }
    }

    [Fact]
    public void Alignment_is_by_nops()
    {
        foreach (var boundary in (int[])[1, 2, 4, 8, 16, 32, 64])
        for (var start = 0; start < 2 * boundary; start++)
        {
            var assembler = _buffer.Assembler();
            assembler.Position += start;
            var before = assembler.Position;
            assembler.Align(boundary);
            Assert.Equal(0u, (ulong)assembler.Position % (uint)boundary);
            Assert.InRange(assembler.Position - before, 0, boundary - 1);
            CountNops(before, assembler.Position);
        }
    }

    [Fact]
    public void Addresses_of_places_not_known_yet()
    {
        foreach (var r in Gprs)
        {
            var assembler = _buffer.Assembler();
            var field = assembler.LoadAddressForward(r);
            assembler.Data(0x1234_5678);
            assembler.Bind(field);
            var instruction = _buffer.DecodeAt(_buffer.Start);
            Assert.Equal(Code.Lea_r64_m, instruction.Code);
            Assert.Equal(r.Name(64), instruction.Op0Register);
            Assert.Equal((ulong)_buffer.Start + 11, instruction.IPRelativeMemoryAddress);
            Assert.Equal(0x1234_5678, *(int*)(_buffer.Start + 7));
        }
    }

    private static Instruction Branch(string code, byte* target) => Instruction.CreateBranch(Named(code), (ulong)target);

    private int CountNops(byte* place, byte* end)
    {
        var count = 0;
        for (; place < end; count++)
        {
            var instruction = _buffer.DecodeAt(place);
            Assert.Equal(Mnemonic.Nop, instruction.Mnemonic);
            place += instruction.Length;
        }
        Assert.True(place == end);
        return count;
    }

    private void CheckBound(ForwardJump jump, string code, int length, int distance, bool isShort)
    {
        var assembler = _buffer.Assembler();
        var field = jump(ref assembler);
        var end = assembler.Position;
        Assert.True(end == _buffer.Start + length && field == end - (isShort ? 1 : 4));
        assembler.Position += distance;
        if (isShort) assembler.BindShort(field);
        else assembler.Bind(field);
        CheckJump(_buffer.Start, code, length, end + distance);
    }

    private void CheckPatchable(PatchableJump jump, string code, int length, int start)
    {
        var assembler = _buffer.Assembler();
        assembler.Position += Middle + start;
        var before = assembler.Position;
        var field = jump(ref assembler, _buffer.Start + 1);
        var place = assembler.Position - length;
        Assert.True(field == assembler.Position - 4);
        Assert.Equal(0u, (ulong)field % 4);
        Assert.InRange(place - before, 0, 3);
        CountNops(before, place);
        CheckJump(place, code, length, _buffer.Start + 1);
        foreach (var target in (int[])[0, 3, Middle, 4000, int.MaxValue])
        {
            Assembler.Patch(field, field + 4 - Middle + target);
            CheckJump(place, code, length, field + 4 - Middle + target);
        }
    }

    private void CheckJump(byte* place, string code, int length, byte* target)
    {
        var instruction = _buffer.DecodeAt(place);
        Assert.Equal((Named(code), length, (ulong)target), (instruction.Code, instruction.Length, instruction.NearBranch64));
    }

    private delegate byte* ForwardJump(ref Assembler assembler);

    private delegate byte* PatchableJump(ref Assembler assembler, byte* target);
}
