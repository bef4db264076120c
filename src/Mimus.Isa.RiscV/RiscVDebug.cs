using Mimus.Core.Cpus;
using Mimus.Isa.RiscV.Privileged;

namespace Mimus.Isa.RiscV;

/// <summary>A hart as a debugger sees it: gdb's numbers and features for RISC-V.</summary>
internal sealed class RiscVDebug(RiscVHart hart) : ICpuDebug
{
    private const int PcNumber = 32, FirstFloat = 33, FirstCsr = 65, PrivilegeNumber = FirstCsr + 4096;

    private static readonly string[] s_integerNames =
    [
        "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "fp", "s1", "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7",
        "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
    ];

    private static readonly string[] s_floatNames =
    [
        "ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7", "fs0", "fs1", "fa0", "fa1", "fa2", "fa3", "fa4", "fa5", "fa6", "fa7",
        "fs2", "fs3", "fs4", "fs5", "fs6", "fs7", "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11",
    ];

    private IReadOnlyList<DebugFeature>? _features;

    public string Architecture => "riscv:rv64";

    public IReadOnlyList<DebugFeature> Features => _features ??= CreateFeatures();

    public ulong ProgramCounter
    {
        get => hart.ProgramCounter;
        set => hart.ProgramCounter = value;
    }

    public string Status => hart.IsStopped ? "stopped" : hart.Privilege switch
    {
        Privilege.User => "U mode",
        Privilege.Supervisor => "S mode",
        _ => "M mode",
    };

    public unsafe bool TryReadRegister(int number, out ulong value)
    {
        value = 0;
        ref var state = ref hart.Registers;
        switch (number)
        {
            case < PcNumber and >= 0: value = state.X[number]; return true;
            case PcNumber: value = state.Pc; return true;
            case >= FirstFloat and < FirstCsr: value = state.F[number - FirstFloat]; return hart.Has(Extension.F);
            case PrivilegeNumber: value = state.Privilege; return true;
            default:
                if (number is < 0 or >= PrivilegeNumber || CsrTable.Find(hart, number - FirstCsr) is not { } csr) return false;
                value = csr.Load(hart);
                return true;
        }
    }

    public unsafe bool TryWriteRegister(int number, ulong value)
    {
        ref var state = ref hart.Registers;
        switch (number)
        {
            case 0: return true;
            case < PcNumber and > 0: state.X[number] = value; return true;
            case PcNumber: state.Pc = value; return true;
            case >= FirstFloat and < FirstCsr: state.F[number - FirstFloat] = value; return hart.Has(Extension.F);
            case PrivilegeNumber when value is 0 or 1 or 3: state.Privilege = value; return true;
            default:
                if (number is < 0 or >= PrivilegeNumber || CsrTable.Find(hart, number - FirstCsr) is not { IsReadOnly: false } csr) return false;
                csr.Store(hart, value, value, ~value);
                return true;
        }
    }

    public bool TryTranslate(ulong virtualAddress, out ulong physicalAddress) => hart.TryPeek(virtualAddress, out physicalAddress);

    private List<DebugFeature> CreateFeatures()
    {
        var integers = s_integerNames.Select((name, i) => new DebugRegister(i, name, 64, i switch { 1 => "code_ptr", 2 or 3 or 4 or 8 => "data_ptr", _ => "int" }, null));
        var features = new List<DebugFeature>
        {
            new("org.gnu.gdb.riscv.cpu", "", [.. integers, new(PcNumber, "pc", 64, "code_ptr", null)]),
        };
        if (hart.Has(Extension.F))
        {
            const string Types = """<union id="riscv_double"><field name="float" type="ieee_single"/><field name="double" type="ieee_double"/></union>""";
            var floats = s_floatNames.Select((name, i) => new DebugRegister(FirstFloat + i, name, 64, "riscv_double", "float"));
            features.Add(new("org.gnu.gdb.riscv.fpu", Types, [.. floats, .. CsrTable.All.Where(c => c.Number is >= 1 and <= 3).Select(Describe)]));
        }
        features.Add(new("org.gnu.gdb.riscv.virtual", "", [new(PrivilegeNumber, "priv", 64, "int", null)]));
        features.Add(new("org.gnu.gdb.riscv.csr", "",
            [.. CsrTable.All.Where(c => c.Number > 3 && CsrTable.Find(hart, c.Number) is not null).Select(Describe)]));
        return features;
    }

    private static DebugRegister Describe(Csr csr) => new(FirstCsr + csr.Number, csr.Name, csr.Number < 4 ? 32 : 64, "int", csr.Number < 4 ? "float" : "csr");
}
