using System.Globalization;
using System.Text;
using Mimus.Translation.Ir;

namespace Mimus.Translation.Tests.Ir;

/// <summary>Runs units both ways, evaluated and compiled, and says what differs.</summary>
internal sealed class IrRunner : IDisposable
{
    private readonly FakeCpu _cpu = new();
    private readonly FakeMemory _memory = new();
    private readonly CompiledUnit _compiled = new();
    private readonly Timer _watchdog;
    private int _runs, _watched = -1;

    public IrRunner() => _watchdog = new Timer(_ => Watch(), null, 5000, 5000);

    /// <summary>The slots after the last evaluation.</summary>
    public ReadOnlySpan<ulong> Slots => _cpu.AllSlots;

    public void Dispose()
    {
        _watchdog.Dispose();
        _compiled.Dispose();
        _memory.Dispose();
        _cpu.Dispose();
    }

    public IrOutcome Evaluate(IrUnit unit, IrState state)
    {
        state.CopyTo(_cpu, _memory);
        return new IrEvaluator(unit, _cpu, _memory).Run(unit.Blocks[0].Pc);
    }

    /// <summary>What compiled code does otherwise than the evaluation; null where nothing.</summary>
    public string? Compare(IrUnit unit, IrState state)
    {
        var expected = Evaluate(unit, state);
        if (expected.Kind == EndKind.Endless) return null;
        state.CopyTo(_compiled.Cpu, _compiled.Memory);
        // Every other granule, so that both ways are taken.
        for (var i = 0; i < _compiled.Marks.Length; i++) _compiled.Marks[i] = (byte)(state.SharesMemory ? i & 1 : 0);
        Interlocked.Increment(ref _runs);
        // Wrong code can end the process; the last unit is then where this says.
        if (Environment.GetEnvironmentVariable("MIMUS_IR_LAST") is { Length: > 0 } path) File.WriteAllText(path, $"{state}{IrPrinter.Print(unit)}");
        _compiled.Attention = state.WantsAttention ? 1 : 0;
        IrOutcome got;
        try
        {
            got = _compiled.Run(unit, state.SharesMemory);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Assertions of debug builds among them: such a unit is to be made smaller, too.
            return $"the compiler gave up: {e.Message}";
        }
        finally
        {
            _compiled.Attention = 0;
        }
        return Difference(expected, got);
    }

    /// <summary>The same for a unit that is recorded once more; that must not change what it does either.</summary>
    public string? CompareRecorded(IrUnit unit, IrState state)
    {
        var expected = Evaluate(unit, state);
        if (expected.Kind == EndKind.Endless) return null;
        var (slots, memory) = (_cpu.AllSlots.ToArray(), _memory.Bytes.ToArray());
        var recorded = UnitReplay.Record(unit);
        if (IrVerifier.FindFault(recorded) is { } fault) return fault;
        var outcome = Evaluate(recorded, state);
        if (outcome != expected) return $"recorded, it ends: {outcome}\ninstead of: {expected}";
        for (var i = 0; i < slots.Length; i++)
        {
            if (slots[i] != _cpu.AllSlots[i]) return $"recorded, s{i} is 0x{_cpu.AllSlots[i]:x} instead of 0x{slots[i]:x}";
        }
        return _memory.Bytes.SequenceEqual(memory) ? Compare(recorded, state) : "recorded, it changes memory differently";
    }

    private string? Difference(IrOutcome expected, IrOutcome got)
    {
        var text = new StringBuilder();
        if (got != expected) text.Append(CultureInfo.InvariantCulture, $"compiled code ends: {got}\ninstead of: {expected}\n");
        for (var i = 0; i < FakeCpu.SlotCount; i++)
        {
            if (_cpu.AllSlots[i] != _compiled.Cpu.AllSlots[i])
                text.Append(CultureInfo.InvariantCulture, $"s{i} is 0x{_compiled.Cpu.AllSlots[i]:x} instead of 0x{_cpu.AllSlots[i]:x}\n");
        }
        var at = _memory.Bytes.CommonPrefixLength(_compiled.Memory.Bytes);
        if (at != FakeMemory.Size) text.Append(CultureInfo.InvariantCulture, $"memory differs at 0x{FakeMemory.Start + (ulong)at:x}\n");
        return text.Length == 0 ? null : text.ToString();
    }

    /// <summary>Wrong code may run in circles; then its loops are told to leave.</summary>
    private void Watch()
    {
        if (_watched == Volatile.Read(ref _runs)) _compiled.Attention = 1;
        _watched = Volatile.Read(ref _runs);
    }
}
