using Mimus.Isa.RiscV;

namespace Mimus.TestSupport.RiscV;

/// <summary>All registers of a hart at one moment.</summary>
public sealed class RiscVSnapshot
{
    private const int FirstFloat = 33, FirstCsr = 65, PrivilegeNumber = FirstCsr + 4096;
    private const ulong MachineMode = 3;

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

    /// <summary>The registers of a hart that rests.</summary>
    public static RiscVSnapshot Of(RiscVHart hart)
    {
        var state = new RiscVSnapshot { Pc = hart.Debug.ProgramCounter, Privilege = Register(PrivilegeNumber) };
        for (var i = 0; i < 32; i++) state.X[i] = Register(i);
        for (var i = 0; i < 32; i++) state.F[i] = Register(FirstFloat + i);
        foreach (var (i, csr) in ComparedCsr.All.Index()) state.Csrs[i] = Register(FirstCsr + csr.Number);
        return state;

        ulong Register(int number) => hart.Debug.TryReadRegister(number, out var value)
            ? value
            : throw new InvalidOperationException($"the hart has no register {number}");
    }

    /// <summary>Gives these registers to a hart that rests.</summary>
    public void ApplyTo(RiscVHart hart)
    {
        var debug = hart.Debug;
        debug.TryWriteRegister(PrivilegeNumber, MachineMode);
        for (var i = 0; i < 32; i++) debug.TryWriteRegister(i, X[i]);
        for (var i = 0; i < 32; i++) debug.TryWriteRegister(FirstFloat + i, F[i]);
        foreach (var (i, csr) in ComparedCsr.All.Index()) debug.TryWriteRegister(FirstCsr + csr.Number, Csrs[i]);
        debug.TryWriteRegister(PrivilegeNumber, Privilege);
        debug.ProgramCounter = Pc;
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
