using Mimus.Isa.RiscV.Privileged;
using Mimus.TestSupport.RiscV;
using static Mimus.Isa.RiscV.Tests.TestHart;

namespace Mimus.Isa.RiscV.Tests;

/// <summary>Cache-block operations (Unprivileged manual, chapter 19): permissions, and where faults are reported.</summary>
public sealed class CacheBlockTests : IDisposable
{
    private const uint Invalidate = 0, Clean = 1, Flush = 2, Zero = 4;
    private const ulong Missing = 0x9000_0000;

    private readonly TestHart _hart = new();

    public void Dispose() => _hart.Dispose();

    [Theory]
    [InlineData(Invalidate, 1ul << 4)]
    [InlineData(Clean, 1ul << 6)]
    [InlineData(Flush, 1ul << 6)]
    [InlineData(Zero, 1ul << 7)]
    public void Each_mode_needs_the_leave_of_those_above(uint operation, ulong bit)
    {
        Assert.Null(Run(Privilege.Machine, operation, Data));
        Assert.Equal(Cause.IllegalInstruction, Run(Privilege.Supervisor, operation, Data)?.Cause);
        _hart[CsrNumber.Menvcfg] = bit;
        Assert.Null(Run(Privilege.Supervisor, operation, Data));
        Assert.Equal(Cause.IllegalInstruction, Run(Privilege.User, operation, Data)?.Cause);
        _hart[CsrNumber.Senvcfg] = bit;
        _hart[CsrNumber.Mstateen0] = 3ul << 62;
        Assert.Null(Run(Privilege.User, operation, Data));
    }

    [Theory]
    [InlineData(Invalidate)]
    [InlineData(Clean)]
    [InlineData(Flush)]
    [InlineData(Zero)]
    public void A_fault_is_a_stores_and_names_the_address_in_the_register(uint operation) =>
        Assert.Equal(new Trap(Cause.StoreAccess, Missing + 13), Run(Privilege.Machine, operation, Missing + 13));

    [Fact]
    public void Zeroing_clears_the_block_around_the_address_and_no_more()
    {
        for (ulong at = 0; at < 192; at += 8) _hart.Machine.Write64(Data + at, ulong.MaxValue);
        Assert.Null(Run(Privilege.Machine, Zero, Data + 100));
        for (ulong at = 0; at < 192; at += 8) Assert.Equal(at is >= 64 and < 128 ? 0 : ulong.MaxValue, _hart.Machine.Read64(Data + at));
    }

    private Trap? Run(Privilege mode, uint operation, ulong address)
    {
        _hart.Machine[Rv.A0] = address;
        return _hart.Execute(mode, Rv.I((int)operation, Rv.A0, 2, 0, 0x0f));
    }
}
