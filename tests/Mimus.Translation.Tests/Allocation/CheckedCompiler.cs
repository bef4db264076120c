using System.Runtime.InteropServices;
using Mimus.Translation.Ir;
using Mimus.Translation.X64;

namespace Mimus.Translation.Tests.Allocation;

/// <summary>Compiles units and checks where their values are. Nothing is run.</summary>
internal sealed unsafe class CheckedCompiler : IDisposable
{
    private const int Bytes = 8 << 20;

    private readonly byte* _memory = (byte*)NativeMemory.AlignedAlloc(Bytes, 64);
    private readonly byte* _first;
    private readonly CodeThunks _thunks;
    private LoweringLog _log = new();
    private byte* _start, _end;

    public CheckedCompiler()
    {
        // Nobody enters the code, so nobody is called.
        _thunks = new CodeThunks(_memory, null, guestHasControl: false, out var first);
        _first = first;
    }

    public CodeRecords Records { get; } = new();

    /// <summary>The code of the last unit.</summary>
    public Span<byte> Code => new(_start, (int)(_end - _start));

    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        Records.Dispose();
    }

    public DecodedCode Compile(IrUnit unit, CompilerSettings settings, bool countsEntries = false)
    {
        Records.Clear();
        _log = new LoweringLog();
        _start = new RegionCompiler(_thunks, settings, Records) { Observer = _log }.Compile(unit, _first, countsEntries, out var end);
        _end = end;
        return new DecodedCode(_start, _end);
    }

    /// <summary>What is wrong with the unit that was compiled last, whose code may have been changed since.</summary>
    public string? FindFault(IrUnit unit) => AllocationChecker.FindFault(unit, new DecodedCode(_start, _end), _log, Records, _thunks);

    /// <summary>What is wrong with the code that is compiled for any settings.</summary>
    public string? FindFaultInAny(IrUnit unit)
    {
        for (var kind = 0; kind < 8; kind++)
        {
            var settings = new CompilerSettings(Ir.FakeCpu.FlagsSlot, SharesMemory: (kind & 1) != 0, HasReservations: true, CountsInstructions: (kind & 2) != 0, Ir.StandingTime.Source);
            Compile(unit, settings, countsEntries: (kind & 4) != 0);
            if (FindFault(unit) is { } fault) return $"{settings}, {((kind & 4) != 0 ? "counting entries" : "hot")}: {fault}";
        }
        return null;
    }
}
