using Mimus.Core.Cpus;
using Mimus.Isa.X86;
using Mimus.Isa.X86.Instructions;
using Mimus.Translation.Evaluator.X86;
using Mimus.Translation.Ir;

namespace Mimus.Translation.Engine;

/// <summary>x86 as the translator sees it.</summary>
internal sealed unsafe class X86FrontEnd : IFrontEnd
{
    private const int VariantCount = 16;

    /// <summary>In MXCSR: all floating-point exceptions are masked.</summary>
    private const uint Masks = 0x1f80;

    /// <summary>Semantics, specialised for the builder, looked up when first needed.</summary>
    private static readonly nint[] s_recorders = new nint[X86Instructions.Count * VariantCount];

    private readonly X86Cpu _cpu;
    private readonly X86CodePath _code;

    public X86FrontEnd(X86Cpu cpu, VcpuEnvironment environment, DataPath data)
    {
        _cpu = cpu;
        _code = new X86CodePath(cpu, environment, data.Translations);
        var interpreter = new X86Interpreter(cpu, environment, data, _code);
        Interpreter = interpreter;
        cpu.FlagReader = interpreter;
    }

    public ICodePath Code => _code;

    public IInterpreter Interpreter { get; }

    public SpecialSlots SpecialSlots => new(Slot.Zero, Sink: -1, Slot.FlagKind);

    /// <summary>
    /// Compiled code looks neither at alignment nor at the guest's own watchpoints, raises no floating-point exceptions, and stops behind no single
    /// instruction.
    /// </summary>
    public bool MustInterpret => _cpu.MustStep || _cpu.ChecksAlignment || _cpu.WatchesData || (_cpu.Registers.Mxcsr & Masks) != Masks;

    public bool HasReservations => false;

    public bool HasFloatControl => true;

    public int Record(ref IrBuilder builder, ulong pc, CompilablePage page, IStraddling straddling)
    {
        var offset = (int)(pc & (CompilablePage.PageSize - 1));
        var here = (X86CodePage)page;
        if (!_code.TryDecode(here, offset, null, out var operands, out var method)
            && !(straddling.PageAfter(pc) is X86CodePage second && _code.TryDecode(here, offset, second, out operands, out method))) return 0;
        builder.BeginInstruction(pc, operands.Length);
        Recorder(method, operands)(ref builder, operands);
        return operands.Length;
    }

    public string Describe(ulong pc, CompilablePage page, CompilablePage? next) => _code.Disassemble((X86CodePage)page, (X86CodePage?)next, pc);

    public void FoldFloatFlags(ref uint control)
    {
        const uint Flags = 0x3f, Modes = 0xe040;
        ref var mxcsr = ref _cpu.Registers.Mxcsr;
        mxcsr |= control & Flags;
        control = ((uint)mxcsr & Modes) | Masks;
    }

    public void Dispose() => _code.Dispose();

    private static delegate*<ref IrBuilder, in X86Operands, void> Recorder(int method, in X86Operands operands)
    {
        var variant = InstructionDecoder.VariantOf(method, operands);
        ref var recorder = ref s_recorders[(method * VariantCount) + variant];
        if (recorder == 0) recorder = (nint)X86Instructions.Handler<IrBuilder, Value>(method, variant);
        return (delegate*<ref IrBuilder, in X86Operands, void>)recorder;
    }
}
