using System.Globalization;
using System.Runtime.CompilerServices;
using Mimus.Core.Cpus;
using Mimus.Core.Diagnostics;
using Mimus.Core.Memory;
using Mimus.Host;
using Mimus.Isa;
using Mimus.Isa.X86;
using Mimus.Translation.Engine;

namespace Mimus.Translation.Evaluator.X86;

/// <summary>
/// From an instruction pointer to decoded instructions: translation of the address, the page, and decoding of a run when first met. The processor's
/// own stores to code are noticed as they happen, those of others when it serialises.
/// </summary>
internal sealed unsafe class X86CodePath : ICodePath
{
    private const int LookupCount = 4096;

    /// <summary>So many instructions can be decoded at a time, on so many pages; then all is forgotten.</summary>
    private const int ArenaCount = 1 << 20, MostPages = 2048;

    private const int LongestRun = 24, MostStoresBeside = 256;
    private const int PageSize = X86CodePage.PageSize;

    private readonly X86Cpu _cpu;
    private readonly VcpuEnvironment _environment;
    private readonly TranslationBuffer _translations;
    private readonly InstructionDecoder _decoder;
    private readonly Lookup[] _lookups = new Lookup[LookupCount];
    private readonly Dictionary<long, X86CodePage> _pages = [];
    private readonly MemoryMapping _arena = MemoryMapping.Anonymous((nuint)(ArenaCount * sizeof(DecodedX86)));
    private readonly SuspectPages<X86CodePage> _suspects;
    private int _next = FirstPlace;
    private int _pageCount;
    private int _generation;

    /// <summary>Place 0 stands for nothing; then comes room for one instruction that is not remembered, and its link.</summary>
    private const int Unremembered = 1, FirstPlace = 3;

    public X86CodePath(X86Cpu cpu, VcpuEnvironment environment, TranslationBuffer translations)
    {
        _cpu = cpu;
        _environment = environment;
        _translations = translations;
        _suspects = new SuspectPages<X86CodePage>(environment.Memory.Code);
        _decoder = new InstructionDecoder(cpu.Model);
        Mappings.Renumbered += () => Array.Clear(_lookups);
    }

    /// <summary>The page of what was last found; null for what is not remembered.</summary>
    public X86CodePage? Page { get; private set; }

    /// <summary>The instruction pointer at the beginning of that page.</summary>
    public ulong PageStart { get; private set; }

    /// <summary>Why nothing was found: a trap is pending, or a breakpoint stands there.</summary>
    public Outcome Outcome { get; private set; }

    /// <summary>The debugger steps: the instruction runs although a breakpoint stands on it.</summary>
    public bool IgnoreBreakpoints { get; set; }

    private DecodedX86* Arena => (DecodedX86*)_arena.Pointer;

    /// <summary>The instruction at an instruction pointer; null when it cannot run, see <see cref="Outcome"/>.</summary>
    public DecodedX86* Find(ulong pc)
    {
        var linear = LinearOf(pc);
        if (!_cpu.Mode.IsFlat && pc > _cpu.Registers.Segment(SegmentNumber.Cs).Limit)
        {
            _cpu.RaiseTrap(Fault.GeneralProtection, 0);
            return Nothing(Outcome.Trap);
        }
        var offset = (int)(linear & (PageSize - 1));
        PageStart = pc - (ulong)offset;
        Page = FindPage(linear);
        if (Page is not { } page) return Nothing(Outcome.Trap);
        var place = page.PlaceOf(offset);
        return place != 0 ? Arena + place : Decode(page, pc, offset);
    }

    /// <summary>Segments would have to be looked at while compiled code runs, so what is not flat is interpreted.</summary>
    public bool IsCompilable => _cpu.Mode is { IsFlat: true, CodeBits: 64 } or { IsFlat: true, CodeBits: 32, StackBits: 32 };

    CompilablePage? ICodePath.Find(ulong pc)
    {
        if (IsCompilable) return FindPage(LinearOf(pc));
        return Find(pc) == null && Outcome == Outcome.Trap ? null : Page ?? FindPage(LinearOf(pc));
    }

    public CompilablePage? Peek(ulong pc)
    {
        var linear = LinearOf(pc);
        ref var lookup = ref _lookups[(int)((linear >> 12) & (LookupCount - 1))];
        return lookup.Address == (linear & TranslationBuffer.PageMask) && lookup.Mapping == Mapping ? lookup.Page : null;
    }

    /// <summary>Decodes an instruction to be compiled, which may go on in a second page; false where it cannot be.</summary>
    public bool TryDecode(X86CodePage page, int offset, X86CodePage? second, out X86Operands operands, out int method)
    {
        Span<byte> bytes = stackalloc byte[InstructionDecoder.LongestInstruction];
        var here = Copy(page, offset, second, bytes);
        if (_decoder.Decode(second is null ? bytes[..here] : bytes, _cpu.Mode, out operands, out method) != DecodeResult.Decoded) return false;
        operands.Offset = (ushort)offset;
        page.MarkDecoded(offset, bytes[..Math.Min(here, operands.Length)]);
        if (operands.Length > here) second!.MarkDecoded(0, bytes[here..operands.Length]);
        return true;
    }

    public event Action? Changed;

    public void DropCompiled()
    {
        foreach (var first in _pages.Values)
        {
            for (var page = first; page is not null; page = page.Next) page.Compiled = null;
        }
    }

    /// <summary>The instruction at an address of a page as text.</summary>
    public string Disassemble(X86CodePage page, X86CodePage? second, ulong pc)
    {
        Span<byte> bytes = stackalloc byte[InstructionDecoder.LongestInstruction];
        Copy(page, (int)(pc & (PageSize - 1)), second, bytes);
        return _decoder.Disassemble(bytes, _cpu.Mode, pc);
    }

    /// <summary>The bytes of an instruction as they are now; the result is how many of them are on the first page.</summary>
    private static int Copy(X86CodePage page, int offset, X86CodePage? second, Span<byte> bytes)
    {
        var here = Math.Min(bytes.Length, PageSize - offset);
        new ReadOnlySpan<byte>(page.Host + offset, here).CopyTo(bytes);
        if (second is not null) new ReadOnlySpan<byte>(second.Host, bytes.Length - here).CopyTo(bytes[here..]);
        return here;
    }

    /// <summary>The instruction at an offset of the page last found, if it was decoded.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DecodedX86* Peek(X86CodePage page, int offset, DecodedX86* arena)
    {
        var place = page.PlaceOf(offset);
        return place == 0 ? null : arena + place;
    }

    /// <summary>Where decoded instructions are.</summary>
    public DecodedX86* Places => Arena;

    public CodeMappings Mappings { get; } = new();

    /// <summary>If any page in use has changed, all are compared with memory before they are used again.</summary>
    public bool IsAsBefore(int context) => false;

    public bool FlushCode()
    {
        if (!_suspects.HaveChanged(_pages, _generation)) return false;
        ForgetPages();
        return true;
    }

    public void Forget()
    {
        _pages.Clear();
        _pageCount = 0;
        _next = FirstPlace;
        Array.Clear(_lookups);
        ForgetPages();
        Changed?.Invoke();
    }

    private void ForgetPages()
    {
        _generation++;
        _suspects.Clear();
        Mappings.Flush();
    }

    public bool HasCode(byte* page) => _pages.ContainsKey((long)page);

    public bool IsCode(byte* host, int size)
    {
        var start = (byte*)((ulong)host & TranslationBuffer.PageMask);
        if (!_pages.TryGetValue((long)start, out var page)) return false;
        for (; page is not null; page = page.Next)
        {
            if (page.HasDecoded((int)(host - start), size)) return true;
        }
        return false;
    }

    public void StoredTo(byte* host, int size)
    {
        var start = (byte*)((ulong)host & TranslationBuffer.PageMask);
        if (!_pages.TryGetValue((long)start, out var first)) return;
        var hits = false;
        for (var page = first; page is not null; page = page.Next)
        {
            if (!page.HasDecoded((int)(host - start), size)) continue;
            Drop(page);
            hits = true;
        }
        // A page that is mostly data now, perhaps of another program, is worth more without what was decoded.
        if (!hits && ++first.StoresBeside > MostStoresBeside) Remove(first);
    }

    private void Remove(X86CodePage first)
    {
        for (var page = first; page is not null; page = page.Next)
        {
            Drop(page);
            _pageCount--;
        }
        _pages.Remove((long)first.Host);
        Array.Clear(_lookups);
        _cpu.ForgetWrites();
    }

    public void Dispose() => _arena.Dispose();

    private ulong LinearOf(ulong pc) => _cpu.Mode.CodeBits == 64 ? pc : (uint)(pc + _cpu.Registers.Segment(SegmentNumber.Cs).Base);

    private DecodedX86* Nothing(Outcome why)
    {
        Outcome = why;
        return null;
    }

    private long Mapping => ((long)Mappings[_cpu.FetchContext] << 8) | (long)_cpu.Mode.Number;

    private X86CodePage? FindPage(ulong linear)
    {
        ref var lookup = ref _lookups[(int)((linear >> 12) & (LookupCount - 1))];
        var mapping = Mapping;
        return lookup.Address == (linear & TranslationBuffer.PageMask) && lookup.Mapping == mapping ? lookup.Page : FindPage(linear, mapping, ref lookup);
    }

    private X86CodePage? FindPage(ulong linear, long mapping, ref Lookup lookup)
    {
        if (!TryFetch(linear, out var ram, out var offset)) return null;
        var page = PageOf(ram, offset & TranslationBuffer.PageMask);
        lookup = new Lookup { Address = linear & TranslationBuffer.PageMask, Mapping = mapping, Page = page };
        return page;
    }

    private X86CodePage PageOf(RamBlock ram, ulong start)
    {
        if (_pageCount >= MostPages) Forget();
        var host = (long)(ram.Pointer + start);
        if (_pages.TryGetValue(host, out var first))
        {
            if (first.Generation != _generation) Revalidate(first);
            for (var page = first; page is not null; page = page.Next)
            {
                if (page.Mode == _cpu.Mode) return page;
            }
        }
        var made = new X86CodePage(ram, start, _cpu.Mode) { Generation = _generation };
        _pageCount++;
        if (first is not null)
        {
            (made.Next, first.Next) = (first.Next, made);
            return made;
        }
        _pages.Add(host, made);
        ram.Code.Watch(start);
        // From now on the processor's own writes to the page are to be noticed; of others' is known when there can be none without a report.
        _cpu.ForgetWrites();
        _suspects.Add(made);
        return made;
    }

    /// <summary>Compares a page with memory, in all modes.</summary>
    private void Revalidate(X86CodePage first)
    {
        if (!first.IsQuiet) _suspects.Add(first);
        for (var page = first; page is not null; page = page.Next)
        {
            if (!page.MatchesMemory()) Drop(page);
            page.Generation = _generation;
        }
    }

    /// <summary>Where the host keeps an instruction's bytes; false with a trap pending.</summary>
    private bool TryFetch(ulong linear, out RamBlock ram, out ulong offset)
    {
        ram = null!;
        offset = 0;
        if (!_cpu.TryTranslate(linear, 1, MemoryAccess.Fetch, out var found)) return false;
        Mappings.AddFetch(_cpu.FetchContext, linear, found);
        if (found.Region.Ram is null || !found.Region.Range.Contains(found.PhysicalAddress & TranslationBuffer.PageMask, PageSize))
        {
            _cpu.RaiseAccessFault(linear, MemoryAccess.Fetch);
            return false;
        }
        ram = found.Region.Ram;
        offset = found.Region.OffsetOf(found.PhysicalAddress);
        return true;
    }

    /// <summary>Decodes from an offset on, until a jump or something that is decoded already.</summary>
    private DecodedX86* Decode(X86CodePage page, ulong pc, int offset)
    {
        if (NeedsCheck(pc)) return CheckAndDecode(page, pc, offset);
        if (_next + LongestRun + 1 > ArenaCount)
        {
            Forget();
            return Find(pc);
        }
        var first = _next;
        var at = offset;
        while (_next < first + LongestRun && at < PageSize && page.PlaceOf(at) == 0 && (at == offset || !NeedsCheck(pc - (ulong)offset + (ulong)at)))
        {
            var entry = Arena + _next;
            var result = _decoder.Decode(new ReadOnlySpan<byte>(page.Host + at, Math.Min(InstructionDecoder.LongestInstruction, PageSize - at)), _cpu.Mode,
                out entry->Operands, out var method);
            if (result == DecodeResult.TooShort)
            {
                if (at == offset) return Straddle(page, pc, offset);
                break;
            }
            // What does not exist is reported when it is reached.
            if (result == DecodeResult.Invalid && at != offset) break;
            entry->Operands.Offset = (ushort)at;
            entry->Handler = result == DecodeResult.Decoded ? X86Handlers.Find(method, entry->Operands) : &X86Handlers.InvalidOpcode;
            var length = (int)entry->Operands.Length;
            page.MarkDecoded(at, new ReadOnlySpan<byte>(page.Host + at, Math.Min(length, PageSize - at)));
            page.SetPlace(at, _next);
            if (_environment.Log.Has(LogItems.Instructions)) Trace(page, pc - (ulong)offset + (ulong)at, at, length);
            _next++;
            at += length;
        }
        SetLink(Arena + _next, at);
        _next++;
        page.AddRun(first);
        return Arena + first;
    }

    private bool NeedsCheck(ulong pc) => _environment.Debug.HasPageOffset(LinearOf(pc)) || _cpu.MayTrigger(LinearOf(pc));

    /// <summary>An instruction on which a breakpoint may stand: it is looked at each time.</summary>
    private DecodedX86* CheckAndDecode(X86CodePage page, ulong pc, int offset)
    {
        if (!IgnoreBreakpoints && _environment.Debug.IsBreakpoint(LinearOf(pc))) return Nothing(Outcome.DebugPoint);
        if (_cpu.RaiseTriggered(pc)) return Nothing(Outcome.Trap);
        return Straddle(page, pc, offset);
    }

    /// <summary>An instruction that may go on in another page, which may be mapped anew apart: nothing is remembered.</summary>
    private DecodedX86* Straddle(X86CodePage page, ulong pc, int offset)
    {
        Span<byte> bytes = stackalloc byte[InstructionDecoder.LongestInstruction];
        var here = Math.Min(InstructionDecoder.LongestInstruction, PageSize - offset);
        new ReadOnlySpan<byte>(page.Host + offset, here).CopyTo(bytes);
        var entry = Arena + Unremembered;
        var result = _decoder.Decode(bytes[..here], _cpu.Mode, out entry->Operands, out var method);
        if (result == DecodeResult.TooShort)
        {
            if (!TryFetch(LinearOf(pc + (ulong)here), out var ram, out var rest)) return Nothing(Outcome.Trap);
            new ReadOnlySpan<byte>(ram.Pointer + rest, bytes.Length - here).CopyTo(bytes[here..]);
            result = _decoder.Decode(bytes, _cpu.Mode, out entry->Operands, out method);
        }
        Page = null;
        entry->Operands.Offset = (ushort)offset;
        entry->Handler = result switch
        {
            DecodeResult.Decoded => X86Handlers.Find(method, entry->Operands),
            DecodeResult.TooShort => &X86Handlers.TooLong,
            _ => &X86Handlers.InvalidOpcode,
        };
        SetLink(entry + 1, offset + entry->Operands.Length);
        return entry;
    }

    /// <summary>Behind a run: the only entry without a length.</summary>
    private static void SetLink(DecodedX86* entry, int offset)
    {
        *entry = default;
        entry->Handler = &X86Handlers.Link;
        entry->Operands.Offset = (ushort)offset;
    }

    /// <summary>Decoded bytes have changed: all of the page's instructions become links. One of them may be running.</summary>
    private void Drop(X86CodePage page)
    {
        foreach (var run in page.Runs)
        {
            for (var entry = Arena + run; entry->Operands.Length != 0; entry++) entry->Handler = &X86Handlers.Link;
        }
        page.Clear();
        Mappings.Flush();
        Changed?.Invoke();
    }

    private void Trace(X86CodePage page, ulong pc, int offset, int length)
    {
        if (!_environment.Log.Concerns(pc)) return;
        var text = _decoder.Disassemble(new ReadOnlySpan<byte>(page.Host + offset, Math.Min(length, PageSize - offset)), _cpu.Mode, pc);
        _environment.Log.Write(string.Create(CultureInfo.InvariantCulture, $"{_cpu.Name} 0x{pc:x16}: {text}"));
    }

    private struct Lookup
    {
        public ulong Address;
        public X86CodePage Page;

        /// <summary>The number of the mapping under which the page was found, and the mode.</summary>
        public long Mapping;
    }
}
