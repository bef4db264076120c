namespace Mimus.Differential.Tests;

/// <summary>All registers of a hart at one moment.</summary>
internal sealed class RiscVSnapshot
{
    public ulong[] X { get; } = new ulong[32];

    public ulong[] F { get; } = new ulong[32];

    public ulong Pc { get; set; }

    public ulong Privilege { get; set; }

    /// <summary>The registers of <see cref="ComparedCsr.All"/>.</summary>
    public ulong[] Csrs { get; } = new ulong[ComparedCsr.All.Count];

    /// <summary>Which of them could be read.</summary>
    public bool[] Known { get; } = [.. Enumerable.Repeat(true, ComparedCsr.All.Count)];

    public ulong this[int csr]
    {
        get => Csrs[ComparedCsr.IndexOf(csr)];
        set => Csrs[ComparedCsr.IndexOf(csr)] = value;
    }

    /// <summary>What differs, one line a register.</summary>
    public IReadOnlyList<string> DifferencesFrom(RiscVSnapshot other, string name, string otherName)
    {
        var lines = new List<string>();
        for (var i = 0; i < 32; i++) Compare($"x{i}", X[i], other.X[i]);
        for (var i = 0; i < 32; i++) Compare($"f{i}", F[i], other.F[i]);
        Compare("pc", Pc, other.Pc);
        Compare("privilege", Privilege, other.Privilege);
        foreach (var (i, csr) in ComparedCsr.All.Index())
        {
            if (Known[i] && other.Known[i]) Compare(csr.Name, Csrs[i], other.Csrs[i]);
        }
        return lines;

        void Compare(string register, ulong a, ulong b)
        {
            if (a != b) lines.Add($"  {register,-10} {name} 0x{a:x16}   {otherName} 0x{b:x16}");
        }
    }
}
