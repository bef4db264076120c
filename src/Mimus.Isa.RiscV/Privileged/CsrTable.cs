namespace Mimus.Isa.RiscV.Privileged;

/// <summary>All control and status registers, by number.</summary>
internal static partial class CsrTable
{
    private const ulong AllBits = ulong.MaxValue;

    private static readonly Csr?[] s_table = CreateTable();

    public static IEnumerable<Csr> All => s_table.OfType<Csr>();

    /// <summary>The row of a register, whether or not a hart has it.</summary>
    public static Csr? Row(int number) => s_table[number & 0xfff];

    /// <summary>The row of a register, or null where the hart has none of that number.</summary>
    public static Csr? Find(RiscVHart hart, int number)
    {
        var csr = s_table[number & 0xfff];
        return csr is not null && (hart.Configuration.Extensions & csr.Needs) == csr.Needs ? csr : null;
    }

    private static Csr?[] CreateTable()
    {
        var table = new Csr?[4096];
        IEnumerable<Csr>[] groups = [FloatRows(), MachineRows(), SupervisorRows(), CounterRows(), PmpRows(), TriggerRows()];
        foreach (var group in groups)
        {
            foreach (var csr in group) table[csr.Number] = csr;
        }
        return table;
    }

    private static ulong Merge(ulong old, ulong value, ulong mask) => (old & ~mask) | (value & mask);
}
