using Mimus.Isa.RiscV.Privileged;

namespace Mimus.Isa.RiscV.Tests;

/// <summary>Which circumstances of translation have a number of their own, and which share one.</summary>
public sealed class TranslationContextsTests
{
    private const ulong First = (8ul << 60) | (1ul << 44) | 0x80010, Second = (8ul << 60) | (2ul << 44) | 0x80020, OtherMode = (9ul << 60) | (1ul << 44) | 0x80010;
    private const int Roots = 15;

    private readonly TranslationContexts _contexts = new();

    public static TheoryData<ulong> Statuses => [0, Mstatus.Mxr, 1 << 1, 1 << 8];

    [Theory]
    [MemberData(nameof(Statuses))]
    public void Supervisor_mode_without_sum_has_the_same_number_in_all_address_spaces(ulong mstatus) =>
        Assert.Equal(NumberIn(First, Privilege.Supervisor, mstatus), NumberIn(Second, Privilege.Supervisor, mstatus));

    [Theory]
    [MemberData(nameof(Statuses))]
    public void Machine_mode_has_the_same_number_in_all_address_spaces(ulong mstatus)
    {
        _contexts.MetLocalPage(Privilege.Supervisor, 0);
        Assert.Equal(NumberIn(First, Privilege.Machine, mstatus), NumberIn(Second, Privilege.Machine, mstatus));
        Assert.Equal(NumberIn(First, Privilege.Machine, mstatus), NumberIn(0, Privilege.Machine, mstatus));
    }

    [Fact]
    public void What_reaches_pages_of_users_has_a_number_in_each_address_space()
    {
        Assert.NotEqual(NumberIn(First, Privilege.User, 0), NumberIn(Second, Privilege.User, 0));
        Assert.NotEqual(NumberIn(First, Privilege.Supervisor, Mstatus.Sum), NumberIn(Second, Privilege.Supervisor, Mstatus.Sum));
    }

    [Fact]
    public void Without_translation_supervisor_mode_shares_nothing_with_address_spaces() =>
        Assert.NotEqual(NumberIn(0, Privilege.Supervisor, 0), NumberIn(First, Privilege.Supervisor, 0));

    [Fact]
    public void All_circumstances_of_an_address_space_differ()
    {
        var numbers = new HashSet<int>();
        foreach (var privilege in (ReadOnlySpan<Privilege>)[Privilege.User, Privilege.Supervisor, Privilege.Machine])
        {
            foreach (var mstatus in (ReadOnlySpan<ulong>)[0, Mstatus.Sum, Mstatus.Mxr, Mstatus.Sum | Mstatus.Mxr]) Assert.True(numbers.Add(NumberIn(First, privilege, mstatus)));
        }
        Assert.All(numbers, n => Assert.InRange(n, 0, 255));
    }

    [Fact]
    public void A_page_that_is_not_global_ends_sharing_until_all_is_forgotten()
    {
        var shared = NumberIn(First, Privilege.Supervisor, 0);
        _contexts.MetLocalPage(Privilege.Supervisor, Mstatus.Mxr);
        int first = NumberIn(First, Privilege.Supervisor, 0), second = NumberIn(Second, Privilege.Supervisor, 0);
        Assert.True(first != shared && second != shared && first != second);
        _contexts.Forgotten();
        Assert.Equal(shared, NumberIn(First, Privilege.Supervisor, 0));
        _contexts.MetLocalPage(Privilege.Supervisor, 0);
        _contexts.Clear();
        Assert.Equal(shared, NumberIn(Second, Privilege.Supervisor, 0));
    }

    [Fact]
    public void What_ends_again_and_again_is_not_begun_anew()
    {
        var shared = NumberIn(First, Privilege.Supervisor, 0);
        for (var i = 0; i < 100; i++)
        {
            _contexts.MetLocalPage(Privilege.Supervisor, 0);
            _contexts.Forgotten();
        }
        Assert.NotEqual(shared, NumberIn(First, Privilege.Supervisor, 0));
        Assert.NotEqual(NumberIn(Second, Privilege.Supervisor, 0), NumberIn(First, Privilege.Supervisor, 0));
        _contexts.Clear();
        Assert.Equal(shared, NumberIn(First, Privilege.Supervisor, 0));
    }

    [Fact]
    public void Pages_met_otherwise_end_nothing()
    {
        var shared = NumberIn(First, Privilege.Supervisor, 0);
        _contexts.MetLocalPage(Privilege.User, 0);
        _contexts.MetLocalPage(Privilege.Supervisor, Mstatus.Sum);
        _contexts.MetLocalPage(Privilege.Machine, 0);
        Assert.Equal(shared, NumberIn(Second, Privilege.Supervisor, 0));
    }

    [Fact]
    public void An_address_space_too_many_takes_the_place_of_that_used_longest_ago()
    {
        // One place is that of no translation.
        var numbers = new Dictionary<ulong, int>();
        for (ulong space = 1; space < Roots; space++)
        {
            Assert.False(_contexts.Use(Satp(space)));
            numbers[space] = _contexts.Current;
        }
        Assert.Equal(Roots - 1, numbers.Values.Distinct().Count());
        Assert.False(_contexts.Use(0));
        Assert.False(_contexts.Use(Satp(1)));
        Assert.True(_contexts.Use(Satp(100)));
        Assert.Equal(numbers[2], _contexts.Current);
        Assert.False(_contexts.Use(Satp(1)));
        Assert.Equal(numbers[1], _contexts.Current);
        Assert.True(_contexts.Use(Satp(2)));
        Assert.Equal(numbers[3], _contexts.Current);
    }

    [Fact]
    public void All_tables_of_an_address_space_identifier_are_found()
    {
        _contexts.Use(First);
        var first = _contexts.Current;
        _contexts.Use(Second);
        _contexts.Use(OtherMode);
        Assert.Equal([first, _contexts.Current], Find(1));
        Assert.Empty(Find(3));
    }

    [Fact]
    public void A_change_of_the_mode_is_told_once()
    {
        Assert.True(_contexts.ChangesMode(First));
        Assert.False(_contexts.ChangesMode(Second));
        Assert.False(_contexts.ChangesMode(0));
        Assert.False(_contexts.ChangesMode(First));
        Assert.True(_contexts.ChangesMode(OtherMode));
        Assert.True(_contexts.ChangesMode(First));
    }

    /// <summary>What is restored is another mode perhaps, which nobody has told of: what is shared then belongs to it.</summary>
    [Fact]
    public void After_all_was_cleared_any_mode_is_another()
    {
        Assert.True(_contexts.ChangesMode(First));
        _contexts.Clear();
        Assert.True(_contexts.ChangesMode(First));
    }

    private static ulong Satp(ulong space) => (8ul << 60) | (space << 44) | (0x80000 + space);

    private int NumberIn(ulong satp, Privilege privilege, ulong mstatus) => _contexts.Number(privilege, satp, mstatus);

    private List<int> Find(ulong identifier)
    {
        var found = new List<int>();
        for (var i = 0; _contexts.TryFindAddressSpace(identifier, ref i, out var first); i++) found.Add(first);
        return found;
    }
}
