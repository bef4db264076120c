using Iced.Intel;
using Mimus.Core.Cpus;
using Mimus.Isa.X86.Tests.Machines;
using static Iced.Intel.AssemblerRegisters;

namespace Mimus.Isa.X86.Tests;

/// <summary>Processors that share memory, each on a thread of its own: starting them, locked instructions, code that another one changes.</summary>
public sealed class SeveralProcessorsTests : IDisposable
{
    private const int Count = 4, Rounds = 20_000;
    private const ulong Shared = LongMode.Data, CodeBytes = 0x1000;

    private readonly TestMachine _first = new();
    private readonly TestMachine[] _machines;

    public SeveralProcessorsTests() => _machines = [_first, .. Enumerable.Range(1, Count - 1).Select(i => new TestMachine(_first, i))];

    public void Dispose()
    {
        foreach (var machine in _machines.Skip(1)) machine.Dispose();
        _first.Dispose();
    }

    [Fact]
    public void All_but_the_first_wait_to_be_started()
    {
        var second = _machines[1];
        Assert.Equal(VcpuExit.Halted, second.Vcpu.Run());
        Assert.True(second.Cpu.IsWaiting);
        second.Cpu.Start(0x30);
        second.Load(0x30000, [0x8c, 0xc8, 0xf4]); // mov ax,cs; hlt
        Assert.Equal(VcpuExit.Halted, second.Vcpu.Run());
        Assert.Equal(0x3000u, second.State.General[Slot.Rax]);
        Assert.Equal(3u, second.State.Rip);
    }

    [Fact]
    public async Task Init_ends_what_a_processor_does_and_keeps_its_vectors()
    {
        var second = _machines[1];
        second.Cpu.Start(0x30);
        second.Load(0x30000, [0xeb, 0xfe]); // jmp $
        second.State.VectorParts(3)[0] = 0x1234;
        var running = Task.Run(second.Vcpu.Run);
        Assert.True(SpinWait.SpinUntil(() => second.Cpu.Executed > 1000, TimeSpan.FromSeconds(20)));
        second.Cpu.Init();
        Assert.Equal(VcpuExit.Halted, await running.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(Activity.AwaitingStart, second.State.Activity);
        Assert.Equal(0x1234u, second.Cpu.Registers.VectorParts(3)[0]);
        Assert.Equal(0xfff0u, second.State.Rip);
    }

    [Fact]
    public void Locked_instructions_lose_nothing()
    {
        Run(a =>
        {
            a.@lock.inc(__dword_ptr[rbx]);
            a.@lock.add(__qword_ptr[rbx + 8], 3);
            a.mov(eax, 5);
            a.@lock.xadd(__word_ptr[rbx + 16], ax);
            a.stc();
            a.@lock.adc(__dword_ptr[rbx + 20], 1);
            a.stc();
            a.@lock.sbb(__qword_ptr[rbx + 24], 1);
            a.@lock.dec(__qword_ptr[rbx + 32]);
            a.@lock.inc(__byte_ptr[rbx + 40]);
            a.@lock.btc(__dword_ptr[rbx + 44], ebp);
            a.@lock.xor(__byte_ptr[rbx + 48], r8b);
            a.@lock.neg(__qword_ptr[rbx + 56]);
            a.@lock.not(__qword_ptr[rbx + 64]);
        });
        const int Total = Count * Rounds;
        Assert.Equal((uint)Total, _first.Read<uint>(Shared));
        Assert.Equal((ulong)Total * 3, _first.Read<ulong>(Shared + 8));
        Assert.Equal(unchecked((ushort)(Total * 5)), _first.Read<ushort>(Shared + 16));
        Assert.Equal((uint)Total * 2, _first.Read<uint>(Shared + 20));
        Assert.Equal(-2L * Total, _first.Read<long>(Shared + 24));
        Assert.Equal(-Total, _first.Read<long>(Shared + 32));
        Assert.Equal(unchecked((byte)Total), _first.Read<byte>(Shared + 40));
        Assert.Equal(0u, _first.Read<uint>(Shared + 44));
        Assert.Equal(0, _first.Read<byte>(Shared + 48));
        Assert.Equal(0u, _first.Read<ulong>(Shared + 64));
    }

    [Fact]
    public void Exchanges_and_comparisons_lose_nothing()
    {
        _first.Write(Shared + 0x1000, 0ul);
        Run(a =>
        {
            a.nop(); // the loop's label is on it
            // A lock taken by xchg around a sum that is not atomic itself.
            var take = a.CreateLabel();
            a.Label(ref take);
            a.mov(eax, 1);
            a.xchg(__dword_ptr[rbx], eax);
            a.test(eax, eax);
            a.jnz(take);
            a.inc(__qword_ptr[rbx + 8]);
            a.mov(__dword_ptr[rbx], 0);
            // Increments of 128 bits.
            a.push(rbx);
            a.push(rcx);
            a.mov(rsi, rbx);
            a.mov(rax, __qword_ptr[rsi + 16]);
            a.mov(rdx, __qword_ptr[rsi + 24]);
            var retry = a.CreateLabel();
            a.Label(ref retry);
            a.mov(rbx, rax);
            a.mov(rcx, rdx);
            a.add(rbx, 1);
            a.adc(rcx, 1);
            a.@lock.cmpxchg16b(__xmmword_ptr[rsi + 16]);
            a.jnz(retry);
            a.pop(rcx);
            a.pop(rbx);
            // Misaligned: in a line, over two lines, over two pages.
            a.@lock.inc(__dword_ptr[rbx + 35]);
            a.@lock.inc(__dword_ptr[rbx + 62]);
            a.@lock.inc(__qword_ptr[rbx + 0xffc]);
        });
        const ulong Total = Count * Rounds;
        Assert.Equal(Total, _first.Read<ulong>(Shared + 8));
        Assert.Equal(Total, _first.Read<ulong>(Shared + 16));
        Assert.Equal(Total, _first.Read<ulong>(Shared + 24));
        Assert.Equal((uint)Total, _first.Read<uint>(Shared + 35));
        Assert.Equal((uint)Total, _first.Read<uint>(Shared + 62));
        Assert.Equal(Total, _first.Read<ulong>(Shared + 0xffc));
    }

    /// <summary>The first changes what the others run in a loop, which look no further than CPUID makes them.</summary>
    [Fact]
    public void Code_that_another_processor_changes_is_seen_at_the_next_serialising_instruction()
    {
        const ulong Function = 0x30000, Here = LongMode.Code;
        var function = new Assembler(64);
        function.mov(eax, 0);
        function.ret();
        _first.Load(Function, Bytes(function, Function));
        for (var i = 0; i < Count; i++)
        {
            var a = new Assembler(64);
            var again = a.CreateLabel();
            if (i == 0)
            {
                a.mov(rcx, 200_000);
                a.Label(ref again);
                a.dec(rcx);
                a.jnz(again);
                a.mov(__dword_ptr[Function + 1], 7);
            }
            else
            {
                a.mov(rbx, Function);
                a.Label(ref again);
                a.push(rbx);
                a.cpuid();
                a.pop(rbx);
                a.call(rbx);
                a.test(eax, eax);
                a.jz(again);
            }
            a.hlt();
            Prepare(i, Bytes(a, Here + ((ulong)i * CodeBytes)));
        }
        RunAll();
        Assert.All(_machines.Skip(1), machine => Assert.Equal(7u, machine.State.General[Slot.Rax]));
    }

    /// <summary>All run the same in a loop, with their number in ebp and a bit of their own in r8b.</summary>
    private void Run(Action<Assembler> body)
    {
        for (var i = 0; i < Count; i++)
        {
            var a = new Assembler(64);
            var again = a.CreateLabel();
            a.mov(rbx, Shared);
            a.mov(ebp, i);
            a.mov(r8d, 1 << i);
            a.mov(edi, Rounds);
            a.Label(ref again);
            body(a);
            a.dec(edi);
            a.jnz(again);
            a.hlt();
            Prepare(i, Bytes(a, LongMode.Code + ((ulong)i * CodeBytes)));
        }
        RunAll();
    }

    private void Prepare(int number, byte[] code)
    {
        var machine = _machines[number];
        LongMode.Enter(machine);
        machine.State.Activity = Activity.Running;
        machine.State.General[Slot.Rsp] = LongMode.Stack - ((ulong)number * 0x200);
        machine.State.Rip = LongMode.Code + ((ulong)number * CodeBytes);
        machine.Load(machine.State.Rip, code);
    }

    private void RunAll()
    {
        var running = _machines.Select(machine => Task.Factory.StartNew(machine.Vcpu.Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        Assert.True(Task.WaitAll(running, TimeSpan.FromMinutes(1)), "the processors did not come to an end");
        Assert.All(running, task => Assert.Equal(VcpuExit.Halted, task.Result));
        Assert.All(_machines, machine => Assert.Equal(-1, LongMode.ExceptionAt(machine.State.Rip - 1)));
    }

    private static byte[] Bytes(Assembler assembler, ulong at)
    {
        using var stream = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(stream), at);
        return stream.ToArray();
    }
}
