using Mimus.Translation.X64;
using static Mimus.Translation.X64.Gpr;

namespace Mimus.Translation.Tests.X64.Execution;

/// <summary>Emitted jumps, calls and padding, run.</summary>
public sealed unsafe class FlowExecutionTests : IDisposable
{
    private readonly HostCode _code = new();

    public void Dispose() => _code.Dispose();

    [FactOnHost]
    public void Loops_close_by_short_and_by_long_jumps()
    {
        foreach (var padding in (int[])[0, 9, 60, 120, 127, 128, 500])
        {
            Assert.Equal(5050u, _code.Run((ref a) =>
            {
                a.MoveImmediate(Rax, 0);
                var head = a.Position;
                a.Test(true, Rdi, Rdi);
                var exit = a.JumpIfForward(Condition.Equal);
                a.Alu(AluOp.Add, true, Rax, Rdi);
                a.Nop(padding);
                a.Alu(AluOp.Sub, true, Rdi, 1);
                a.Jump(head);
                a.Bind(exit);
            }, 100));
            Assert.Equal(5050u, _code.Run((ref a) =>
            {
                a.MoveImmediate(Rax, 0);
                var head = a.Position;
                a.Alu(AluOp.Add, true, Rax, Rdi);
                a.Nop(padding);
                a.Alu(AluOp.Sub, true, Rdi, 1);
                a.JumpIf(Condition.NotEqual, head);
            }, 100));
        }
    }

    [FactOnHost]
    public void Jumps_forward_skip_what_is_between()
    {
        Assert.Equal(1u, _code.Run((ref a) =>
        {
            a.MoveImmediate(Rax, 1);
            var skip = a.JumpForward();
            a.Break();
            a.Bind(skip);
            var near = a.ShortJumpForward();
            a.Break();
            a.BindShort(near);
        }));
    }

    [FactOnHost]
    public void Calls_return()
    {
        byte* place = null;
        Assert.Equal(47u, _code.Run((ref a) =>
        {
            var over = a.ShortJumpForward();
            var routine = a.Position;
            a.Alu(AluOp.Add, true, Rax, 15);
            a.Return();
            a.BindShort(over);
            a.MoveImmediate(Rax, 2);
            a.Call(routine);
            a.MoveImmediate(Rdx, (ulong)routine);
            a.Call(Rdx);
            a.Store(MemorySize.Double, new Address(Rdi), Rdx);
            a.Call(new Address(Rdi));
        }, (ulong)&place));
    }

    [FactOnHost]
    public void Indirect_jumps_lead_to_their_targets()
    {
        var table = stackalloc ulong[2];
        var assembler = _code.Assembler();
        assembler.Jump(new Address(Rdi, Rsi, 8));
        table[0] = (ulong)assembler.Position;
        assembler.MoveImmediate(Rax, 10);
        assembler.Return();
        table[1] = (ulong)assembler.Position;
        assembler.MoveImmediate(R11, table[0]);
        assembler.Jump(R11);
        Assert.Equal(10u, _code.Function((ulong)table, 0, 0));
        Assert.Equal(10u, _code.Function((ulong)table, 1, 0));
    }

    [FactOnHost]
    public void The_stack_keeps_values()
    {
        foreach (var value in Operands.Immediates)
        {
            Assert.Equal((ulong)value + 5, _code.Run((ref a) =>
            {
                a.Push(R12);
                a.Push(Rdi);
                a.PushImmediate(value);
                a.Pop(R12);
                a.Pop(Rax);
                a.Alu(AluOp.Add, true, Rax, R12);
                a.Pop(R12);
            }, 5));
        }
    }

    [FactOnHost]
    public void Nops_do_nothing()
    {
        Assert.Equal(7u, _code.Run((ref a) =>
        {
            a.MoveImmediate(Rax, 7);
            for (var bytes = 0; bytes < 40; bytes++) a.Nop(bytes);
            a.Align(64);
        }));
    }

    [FactOnHost]
    public void A_jump_is_patched_while_another_thread_runs_it()
    {
        const int Calls = 200_000;
        var assembler = _code.Assembler();
        // The jump crosses a cache line; its field must not.
        assembler.Nop(61);
        var field = assembler.PatchableJump(assembler.Position);
        var targets = stackalloc ulong[2];
        for (var i = 0; i < 2; i++)
        {
            assembler.Align(64);
            targets[i] = (ulong)assembler.Position;
            assembler.MoveImmediate(Rax, (ulong)i + 1);
            assembler.Return();
        }
        Assembler.Patch(field, (byte*)targets[0]);
        var done = false;
        var patching = new Thread(() =>
        {
            for (var i = 0; !Volatile.Read(ref done); i++) Assembler.Patch(field, (byte*)targets[i & 1]);
        });
        patching.Start();
        ulong seen = 0;
        for (var i = 0; i < Calls; i++) seen |= 1UL << (int)_code.Function(0, 0, 0);
        Volatile.Write(ref done, true);
        patching.Join();
        Assert.Equal(0UL, seen & ~0b110UL);
    }
}
