using System.Globalization;
using Mimus.Engines.Tests.Machines;
using Mimus.Engines.Tests.Nodes;
using Mimus.TestSupport.RiscV;
using Mimus.TestSupport.RiscV.Generation;

namespace Mimus.Engines.Tests.Programs;

/// <summary>
/// A random program with control flow: its parts, which may be dropped to make it smaller, and what it begins with. It always ends,
/// since all its loops count down in registers or memory that nothing else changes.
/// </summary>
internal sealed class RandomProgram
{
    private CodeWriter? _writer;
    private byte[] _code = [];

    public required int Seed { get; init; }

    public required BlockKind Kind { get; init; }

    public required ProgramOptions Options { get; init; }

    public required ProgramSpace Space { get; init; }

    public required RiscVSnapshot State { get; init; }

    public required IReadOnlyList<(int Number, ulong Value)> FurtherCsrs { get; init; }

    public required ulong FloatStatus { get; init; }

    /// <summary>Data pages by physical address.</summary>
    public required IReadOnlyDictionary<ulong, byte[]> Data { get; init; }

    /// <summary>Where in its pages the code begins.</summary>
    public required int StartOffset { get; init; }

    public required List<Node> Main { get; init; }

    public required IReadOnlyList<Function> Functions { get; init; }

    public required int Iterations { get; set; }

    /// <summary>How many instructions were written, however often they run; after <see cref="Build"/>.</summary>
    public int Length { get; private set; }

    /// <summary>All lists of parts, outer ones first.</summary>
    public IEnumerable<List<Node>> Bodies
    {
        get
        {
            var open = new Queue<List<Node>>([Main, .. Functions.SelectMany(f => f.Bodies)]);
            while (open.TryDequeue(out var body))
            {
                yield return body;
                foreach (var inner in body.SelectMany(n => n.Bodies)) open.Enqueue(inner);
            }
        }
    }

    public bool HasSite(int site) => Bodies.Any(b => b.OfType<SiteNode>().Any(n => n.Site == site));

    /// <summary>Writes the program as it now is.</summary>
    public ProgramImage Build()
    {
        var w = new ProgramWriter(this);
        Label start = new(), again = new();
        w.Code.SkipTo(StartOffset);
        w.Code.Mark(start);
        w.Code.Li(Registers.Iterations, (ulong)Iterations);
        w.Code.Mark(again);
        w.Body(Main);
        w.Code.Emit(Rv.Addi(Registers.Iterations, Registers.Iterations, -1));
        w.Code.Branch(1, Registers.Iterations, 0, again);
        Service.Write(w, TrapHandler.Exit, 0, 0);
        // They call only what comes behind them, so it is known by then.
        foreach (var function in Functions)
        {
            if (w.IsCalled(function.Index)) function.Write(w);
        }
        var code = w.Code.Assemble();
        if (code.Length > ProgramLayout.CodePages * (int)ProgramLayout.PageSize) throw new InvalidOperationException($"seed {Seed}: the program is too long");
        Length = w.Code.Count;
        _writer = w.Code;
        _code = code;

        var pages = new Dictionary<ulong, byte[]>(Data);
        for (var at = 0; at < code.Length; at += (int)ProgramLayout.PageSize)
        {
            var page = new byte[ProgramLayout.PageSize];
            code.AsSpan(at, Math.Min(page.Length, code.Length - at)).CopyTo(page);
            pages[ProgramLayout.Code + (ulong)at] = page;
        }
        foreach (var (address, page) in Space.Pages) pages[address] = page;
        AddHandlers(pages);
        State[CsrNumber.Mepc] = w.Code.AddressOf(start);
        return new ProgramImage(State, FurtherCsrs, pages, ProgramLayout.Stop, ProgramLayout.Lost) { FloatStatus = FloatStatus };
    }

    /// <summary>The program for people, as it was last built.</summary>
    public string List() => string.Create(CultureInfo.InvariantCulture,
        $"{Kind}, {Iterations} iterations; mstatus 0x{State[CsrNumber.Mstatus]:x}, FS {FloatStatus}, medeleg 0x{State[CsrNumber.Medeleg]:x}, satp 0x{State[CsrNumber.Satp]:x}, frm {State[CsrNumber.Frm]}\n{string.Join('\n', ListRegisters())}\n{_writer?.List(_code)}");

    private void AddHandlers(Dictionary<ulong, byte[]> pages)
    {
        const ulong CodeSize = (ProgramLayout.CodePages + 1) * ProgramLayout.PageSize;
        pages[ProgramLayout.MachineCode] = TrapHandler.CreateMachine(countsInstructions: !Options.Interruptible);
        pages[ProgramLayout.SupervisorCode] = TrapHandler.CreateSupervisor();
        pages[ProgramLayout.MachineData] = TrapHandler.CreateData(ProgramLayout.MachineLog, Space.Code, CodeSize, ProgramLayout.Code);
        pages[ProgramLayout.SupervisorData] = TrapHandler.CreateData(Space.SupervisorLog, Space.Code, CodeSize, Space.CodeForSupervisor);
    }

    private IEnumerable<string> ListRegisters()
    {
        for (var i = 0; i < 32; i += 4)
        {
            yield return string.Join("  ", Enumerable.Range(i, 4).Select(r => $"x{r,-2} {State.X[r],16:x}"))
                + "  " + string.Join("  ", Enumerable.Range(i, 4).Select(r => $"f{r,-2} {State.F[r],16:x}"));
        }
    }
}
