using System.Globalization;
using System.Runtime.CompilerServices;
using Mimus.Core.Cpus;
using Mimus.Core.Diagnostics;
using Mimus.Isa;
using Mimus.Translation.Engine;

namespace Mimus.Translation.Evaluator;

/// <summary>From a program counter to decoded instructions: translation of the address, the page, and decoding when first met.</summary>
internal sealed unsafe class CodePath<TIsa> : ICodePath where TIsa : struct, IEvaluatedIsa
{
    private const int LookupCount = 4096;

    private readonly EmulatedCpu _cpu;
    private readonly VcpuEnvironment _environment;
    private readonly Lookup[] _lookups = new Lookup[LookupCount];
    private readonly Dictionary<long, CodePage> _pages = [];
    private readonly DecodedPages _decoded;
    private readonly SuspectPages<CodePage> _suspects;
    private int _generation;

    /// <param name="decodedPages">How many pages can have decoded instructions at a time.</param>
    public CodePath(EmulatedCpu cpu, VcpuEnvironment environment, int decodedPages)
    {
        _decoded = new DecodedPages(decodedPages);
        _suspects = new SuspectPages<CodePage>(environment.Memory.Code);
        _cpu = cpu;
        _environment = environment;
        Mappings.Renumbered += () => Array.Clear(_lookups);
    }

    /// <summary>The last page found may not be used for more than one instruction: another address in it may be forbidden.</summary>
    public bool OneInstructionOnly { get; private set; }

    /// <summary>The decoded page of an address; null with a trap pending when it cannot be fetched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public CodePage? Find(ulong pc, bool isSecondHalf = false)
    {
        ref var lookup = ref _lookups[(int)((pc >> 12) & (LookupCount - 1))];
        OneInstructionOnly = false;
        return Holds(lookup, pc) ? lookup.Page : FindSlowly(pc, isSecondHalf, ref lookup);
    }

    public CodeMappings Mappings { get; } = new();

    /// <summary>Guests fence.</summary>
    event Action? ICodePath.Changed
    {
        add { }
        remove { }
    }

    public bool HasCode(byte* page) => false;

    public bool IsCode(byte* host, int size) => false;

    public void StoredTo(byte* host, int size)
    {
    }

    public bool IsCompilable => !OneInstructionOnly;

    CompilablePage? ICodePath.Find(ulong pc) => Find(pc);

    public CompilablePage? Peek(ulong pc)
    {
        ref var lookup = ref _lookups[(int)((pc >> 12) & (LookupCount - 1))];
        return Holds(lookup, pc) ? lookup.Page : null;
    }

    /// <summary>What was found under the current mappings.</summary>
    private FetchLog Fetches { get; } = new();

    public bool IsAsBefore(int context) => Fetches.IsAsBefore(context, Mappings[context], _cpu);

    /// <summary>
    /// An instruction fence. If any page in use has changed, all are forgotten, and compared with memory before they are used again. False
    /// where none has.
    /// </summary>
    public bool FlushCode()
    {
        if (!_suspects.HaveChanged(_pages, _generation)) return false;
        ForgetPages();
        return true;
    }

    public void DropCompiled()
    {
        foreach (var page in _pages.Values) page.Compiled = null;
    }

    public void Forget()
    {
        _pages.Clear();
        _decoded.Clear();
        ForgetPages();
    }

    private void ForgetPages()
    {
        _generation++;
        _suspects.Clear();
        Mappings.Flush();
    }

    private static void Undecoded(ref EvaluatorOps ops, in Operands operands) => ((CodePath<TIsa>)ops.Code).Decode(ref ops);

    /// <summary>Behind the last instruction of a page: not an instruction but the way to the next page.</summary>
    private static void PageEnd(ref EvaluatorOps ops, in Operands operands)
    {
        ops.Count--;
        ops.Target = ops.Pc;
        ops.Outcome = Outcome.Branch;
    }

    /// <summary>A 4-byte instruction whose halves are on two pages, which may be mapped anew apart: nothing is remembered.</summary>
    private static void Straddling(ref EvaluatorOps ops, in Operands operands) => ((CodePath<TIsa>)ops.Code).RunStraddling(ref ops);

    private static void Breakpoint(ref EvaluatorOps ops, in Operands operands)
    {
        var code = (CodePath<TIsa>)ops.Code;
        if (!code.StopsAt(ref ops)) code.RunUnremembered(ref ops);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Holds(in Lookup lookup, ulong pc) => lookup.Address == (pc & TranslationBuffer.PageMask) && lookup.Mapping == Mappings[_cpu.FetchContext];

    private CodePage? FindSlowly(ulong pc, bool isSecondHalf, ref Lookup lookup)
    {
        if (!_cpu.TryTranslate(pc, 2, MemoryAccess.Fetch, out var found)) return null;
        var context = _cpu.FetchContext;
        Mappings.AddFetch(context, pc, found);
        Fetches.Add(context, Mappings[context], pc, found);
        var physicalPage = found.PhysicalAddress & TranslationBuffer.PageMask;
        if (found.Region.Ram is not { } ram || !found.Region.Range.Contains(physicalPage, CodePage.PageSize))
        {
            _cpu.RaiseAccessFault(pc, MemoryAccess.Fetch);
            return null;
        }

        var offset = found.Region.OffsetOf(physicalPage);
        var host = (long)(ram.Pointer + offset);
        if (!_pages.TryGetValue(host, out var page))
        {
            page = new CodePage(ram, offset, _generation);
            _pages.Add(host, page);
            _suspects.Add(page);
        }
        else if (page.Generation != _generation)
        {
            if (!page.IsQuiet) _suspects.Add(page);
            page.Revalidate(_generation);
        }

        if (found.WholePage)
        {
            lookup = new Lookup { Address = pc & TranslationBuffer.PageMask, Mapping = Mappings[_cpu.FetchContext], Page = page };
            return page;
        }
        OneInstructionOnly = true;
        // The instruction's second half may be the forbidden part of the page.
        var index = (int)(pc & (CodePage.PageSize - 1)) >> 1;
        var reachesOn = !isSecondHalf && index < (CodePage.PageSize / 2) - 1 && TIsa.Length(page.HalfAt(index)) == 4;
        return reachesOn && !_cpu.TryTranslate(pc + 2, 2, MemoryAccess.Fetch, out _) ? null : page;
    }

    /// <summary>Gives a page what it needs to be interpreted; another may lose it.</summary>
    public void GiveEntries(CodePage page) => page.MakeEntries(_decoded.Take(page), &Undecoded, &PageEnd);

    public void Dispose() => _decoded.Dispose();

    private void Decode(ref EvaluatorOps ops)
    {
        var page = ops.Page;
        var index = (int)(ops.Current - page.Entries);
        var first = page.HalfAt(index);
        var length = TIsa.Length(first);
        var pc = ops.Pc;
        if (length == 4 && index == (CodePage.PageSize / 2) - 1)
        {
            ops.Current->Handler = &Straddling;
            ops.Current->Operands.Length = 2;
        }
        else
        {
            var word = length == 2 ? first : first | ((uint)page.HalfAt(index + 1) << 16);
            *ops.Current = TIsa.Decode(_cpu, word, length);
            if (_environment.Log.Has(LogItems.Instructions) && _environment.Log.Concerns(pc)) Trace(pc, word, length);
            if (_environment.Debug.HasPageOffset(pc) || _cpu.MayTrigger(pc)) ops.Current->Handler = &Breakpoint;
        }
        ops.Current->Handler(ref ops, in ops.Current->Operands);
    }

    private void RunStraddling(ref EvaluatorOps ops)
    {
        if (StopsAt(ref ops)) return;
        var pc = ops.Pc;
        var first = ops.Page.HalfAt((CodePage.PageSize / 2) - 1);
        if (Find(pc + 2, isSecondHalf: true) is not { } second)
        {
            ops.Outcome = Outcome.Trap;
            return;
        }
        var decoded = TIsa.Decode(_cpu, first | ((uint)second.HalfAt(0) << 16), 4);
        decoded.Handler(ref ops, in decoded.Operands);
    }

    /// <summary>Whether the debugger's or the guest's breakpoint keeps the instruction from running.</summary>
    private bool StopsAt(ref EvaluatorOps ops)
    {
        if (!ops.IgnoreBreakpoints && _environment.Debug.IsBreakpoint(ops.Pc)) ops.Outcome = Outcome.DebugPoint;
        else if (_cpu.RaiseTriggered(ops.Pc)) ops.Outcome = Outcome.Trap;
        else return false;
        return true;
    }

    private void RunUnremembered(ref EvaluatorOps ops)
    {
        var index = (int)(ops.Current - ops.Page.Entries);
        var first = ops.Page.HalfAt(index);
        var length = TIsa.Length(first);
        var decoded = TIsa.Decode(_cpu, length == 2 ? first : first | ((uint)ops.Page.HalfAt(index + 1) << 16), length);
        decoded.Handler(ref ops, in decoded.Operands);
    }

    private void Trace(ulong pc, uint word, int length) => _environment.Log.Write(string.Create(CultureInfo.InvariantCulture,
        $"{_cpu.Name} 0x{pc:x16}: {(length == 2 ? $"{word:x4}    " : $"{word:x8}")}  {TIsa.Name(_cpu, word, length)}"));

    private struct Lookup
    {
        public ulong Address;
        public CodePage Page;

        /// <summary>The number of the mapping under which the page was found.</summary>
        public int Mapping;
    }
}
