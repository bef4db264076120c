using System.Globalization;
using Mimus.Core.Cpus;
using Mimus.Isa.RiscV;
using Mimus.Isa.RiscV.Instructions;
using Mimus.Translation.Evaluator;
using Mimus.Translation.Ir;

namespace Mimus.Translation.Engine;

/// <summary>RISC-V as the translator sees it.</summary>
internal sealed unsafe class RiscVFrontEnd : IFrontEnd
{
    /// <summary>Few: what is met often is compiled.</summary>
    private const int DecodedPageCount = 64;

    private const int LastHalf = (CompilablePage.PageSize / 2) - 1;

    private readonly RiscVHart _hart;
    private readonly CodePath<RunRiscV> _code;

    public RiscVFrontEnd(RiscVHart hart, VcpuEnvironment environment, DataPath data)
    {
        _hart = hart;
        _code = new CodePath<RunRiscV>(hart, environment, DecodedPageCount);
        Interpreter = new Interpreter<RunRiscV>(hart, environment, data, _code);
    }

    public ICodePath Code => _code;

    public IInterpreter Interpreter { get; }

    public SpecialSlots SpecialSlots => new(0, Slot.Sink, Guessed: -1);

    public bool MustInterpret => false;

    public bool HasReservations => true;

    public bool HasFloatControl => false;

    public int Record(ref IrBuilder builder, ulong pc, CompilablePage page, IStraddling straddling)
    {
        var index = IndexOf(pc);
        uint word = HalfAt(page, index);
        var length = RunRiscV.Length((ushort)word);
        if (length == 4)
        {
            if ((index < LastHalf ? page : straddling.PageAfter(pc)) is not { } second) return 0;
            word |= (uint)HalfAt(second, (index + 1) & LastHalf) << 16;
        }
        builder.BeginInstruction(pc, length);
        RunRiscV.Record(_hart, word, length, ref builder);
        return length;
    }

    public string Describe(ulong pc, CompilablePage page, CompilablePage? next)
    {
        var index = IndexOf(pc);
        uint word = HalfAt(page, index);
        var length = RunRiscV.Length((ushort)word);
        if (length == 2) return string.Create(CultureInfo.InvariantCulture, $"{word:x4}      {RunRiscV.Name(_hart, word, length)}");
        word |= (uint)HalfAt(index < LastHalf ? page : next!, (index + 1) & LastHalf) << 16;
        return string.Create(CultureInfo.InvariantCulture, $"{word:x8}  {RunRiscV.Name(_hart, word, length)}");
    }

    public void FoldFloatFlags(ref uint control)
    {
        const uint Flags = 0x3d, DefaultControl = 0x1f80;
        if ((control & Flags) == 0) return;
        var flags = ((control & 1) << 4) | ((control & 4) << 1) | ((control & 8) >> 1) | ((control & 16) >> 3) | ((control & 32) >> 5);
        _hart.Slots[_hart.FloatFlagsSlot] |= flags;
        control = DefaultControl;
    }

    public void Dispose() => _code.Dispose();

    private static int IndexOf(ulong pc) => (int)(pc & (CompilablePage.PageSize - 1)) >> 1;

    private static ushort HalfAt(CompilablePage page, int index) => ((CodePage)page).HalfAt(index);
}
