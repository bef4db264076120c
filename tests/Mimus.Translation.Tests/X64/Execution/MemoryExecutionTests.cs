using Mimus.Translation.X64;
using static Mimus.Translation.X64.Gpr;

namespace Mimus.Translation.Tests.X64.Execution;

/// <summary>Emitted loads, stores and atomic operations, run on real memory.</summary>
public sealed unsafe class MemoryExecutionTests : IDisposable
{
    private const ulong Pattern = 0xf1e2d3c4b5a69788;

    private readonly HostCode _code = new();

    public void Dispose() => _code.Dispose();

    [FactOnHost]
    public void Loads_extend()
    {
        foreach (var place in (ulong[])[Pattern, 0x7171717171717171])
        foreach (var size in Operands.Sizes)
        {
            var shift = 64 - ((int)size * 8);
            Assert.Equal(place << shift >> shift, _code.Run((ref a) => a.Load(size, false, Rax, new(Rdi)), (ulong)&place));
            Assert.Equal((ulong)((long)(place << shift) >> shift), _code.Run((ref a) => a.Load(size, true, Rax, new(Rdi)), (ulong)&place));
        }
    }

    [FactOnHost]
    public void Stores_change_no_neighbour()
    {
        foreach (var size in Operands.Sizes)
        {
            var mask = ulong.MaxValue >> (64 - ((int)size * 8));
            var place = Pattern;
            _code.Run((ref a) => a.Store(size, new(Rdi), Rsi), (ulong)&place, 0x0123456789abcdef);
            Assert.Equal((Pattern & ~mask) | (0x0123456789abcdef & mask), place);
            place = Pattern;
            _code.Run((ref a) => a.StoreImmediate(size, new(Rdi), -0x12345678), (ulong)&place);
            Assert.Equal((Pattern & ~mask) | (unchecked((ulong)-0x12345678) & mask), place);
        }
    }

    [FactOnHost]
    public void Addresses_are_what_they_say()
    {
        foreach (var (x, y) in _code.Pairs())
        foreach (var scale in (int[])[1, 2, 4, 8])
        foreach (var displacement in Operands.Immediates)
        {
            var expected = x + (y * (ulong)scale) + (ulong)displacement;
            Assert.Equal(expected, _code.Run((ref a) => a.LoadAddress(true, Rax, new(Rdi, Rsi, scale, displacement)), x, y));
            Assert.Equal((uint)expected, _code.Run((ref a) => a.LoadAddress(false, Rax, new(Rdi, Rsi, scale, displacement)), x, y));
        }
    }

    [FactOnHost]
    public void Arithmetic()
    {
        ulong place = 40;
        Assert.Equal(42u, _code.Run((ref a) =>
        {
            a.Move(true, Rax, Rsi);
            a.Alu(AluOp.Add, true, Rax, new Address(Rdi));
        }, (ulong)&place, 2));
        _code.Run((ref a) => a.Alu(AluOp.Sub, true, new Address(Rdi), Rsi), (ulong)&place, 50);
        Assert.Equal(unchecked((ulong)-10L), place);
        _code.Run((ref a) => a.Alu(AluOp.And, true, new Address(Rdi), -4096), (ulong)&place);
        Assert.Equal(unchecked((ulong)-4096L), place);
        _code.Run((ref a) => a.Alu(AluOp.Or, false, new Address(Rdi, -4), 5), (ulong)&place + 4);
        Assert.Equal(unchecked((ulong)-4091L), place);
    }

    [FactOnHost]
    public void Conditional_loads_and_comparisons_of_bytes()
    {
        var place = Pattern;
        for (var i = 0; i < 8; i++)
        {
            var value = (byte)(Pattern >> (8 * i));
            Assert.Equal(Pattern, _code.Run((ref a) =>
            {
                a.CompareByte(new Address(Rdi, Rsi, 1), value);
                a.MoveIf(Condition.Equal, true, Rax, new Address(Rdi));
            }, (ulong)&place, (ulong)i));
        }
    }

    [FactOnHost]
    public void Atomic_operations()
    {
        foreach (var size in Operands.Sizes)
        {
            var mask = ulong.MaxValue >> (64 - ((int)size * 8));
            var place = Pattern;
            Emission swap = (ref a) => { a.Exchange(size, new(Rdi), Rsi); a.Move(true, Rax, Rsi); };
            Assert.Equal(Pattern & mask, mask & _code.Run(swap, (ulong)&place, 7));
            Assert.Equal((Pattern & ~mask) | 7, place);
            Emission add = (ref a) => { a.LockExchangeAdd(size, new(Rdi), Rsi); a.Move(true, Rax, Rsi); };
            Assert.Equal(7u, mask & _code.Run(add, (ulong)&place, 20));
            Assert.Equal((Pattern & ~mask) | 27, place);
            Emission exchange = (ref a) => { a.Move(true, Rax, Rsi); a.CompareExchange(isLocked: true, size, new(Rdi), Rdx); };
            Assert.Equal(27u, mask & _code.Run(exchange, (ulong)&place, 26, 99));
            Assert.Equal((Pattern & ~mask) | 27, place);
            Assert.Equal(27u, mask & _code.Run(exchange, (ulong)&place, 27, 99));
            Assert.Equal((Pattern & ~mask) | 99, place);
        }
        ulong bits = 0b1100;
        _code.Run((ref a) => { a.LockAlu(AluOp.Xor, true, new(Rdi), Rsi); a.Fence(); }, (ulong)&bits, 0b1010);
        Assert.Equal(0b0110u, bits);
    }
}
