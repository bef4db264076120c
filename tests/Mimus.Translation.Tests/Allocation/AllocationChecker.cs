using Iced.Intel;
using Mimus.Translation.Ir;
using Mimus.Translation.X64;

namespace Mimus.Translation.Tests.Allocation;

/// <summary>
/// Follows all ways through the code of a unit without running it, and finds where it uses a register, a spill or a slot's memory that does
/// not hold what it should. It knows the operations, the bytes and the records; of the compiler's tables it knows nothing but where it
/// says that each result is, and that it checks.
/// </summary>
internal sealed unsafe class AllocationChecker
{
    private readonly IrUnit _unit;
    private readonly DecodedCode _code;
    private readonly LoweringLog _log;
    private readonly CodeRecords _records;
    private readonly CodeThunks _thunks;
    private readonly UnitValues _values;
    private readonly InstructionEffects _effects;
    private readonly SiteCheck _sites;
    private readonly Dictionary<(ulong Address, int Op), HostState> _states = [];
    private readonly PriorityQueue<(ulong Address, int Op), ulong> _pending = new();
    private readonly List<(int Place, int Slot)> _pins = [];
    private string? _fault;

    private AllocationChecker(IrUnit unit, DecodedCode code, LoweringLog log, CodeRecords records, CodeThunks thunks)
    {
        (_unit, _code, _log, _records, _thunks) = (unit, code, log, records, thunks);
        _values = new UnitValues(unit);
        _effects = new InstructionEffects(_values);
        _sites = new SiteCheck(unit, _values, records, _effects);
    }

    /// <summary>The first fault as text; null where there is none.</summary>
    public static string? FindFault(IrUnit unit, DecodedCode code, LoweringLog log, CodeRecords records, CodeThunks thunks) =>
        new AllocationChecker(unit, code, log, records, thunks).Run();

    private string? Run()
    {
        var entry = new HostState(UnitValues.Entry);
        foreach (var slot in _values.Slots) entry[HostState.FirstSlot + slot] = Content.Slot(slot, UnitValues.Entry);
        Follow(_code.Start, entry);
        while (_fault is null && _pending.TryDequeue(out var key, out _)) Follow(key.Address, _states[key].Copy());
        return _fault;
    }

    /// <summary>Goes on until the code leaves, or comes to where several ways meet.</summary>
    private void Follow(ulong address, HostState state)
    {
        for (var first = true; _fault is null; first = false)
        {
            if (BeginsBlock(address, state.Op))
            {
                EnterBlock(state);
                return;
            }
            if (!first && _code.IsTarget(address))
            {
                Meet(address, state);
                return;
            }
            while (EndsOperation(address, state.Op)) Finish(state);
            if (_fault is not null || !Step(_code.At(address), state)) return;
            address = _code.At(address).NextIP;
        }
    }

    /// <summary>Whether code begins at an address that is another block's than what led there.</summary>
    private bool BeginsBlock(ulong address, int op) => (_values.IsEnd(op) || op == UnitValues.Entry) && _log.Labels.Contains(address);

    private bool EndsOperation(ulong address, int op) => op >= 0 && !_values.IsEnd(op) && _log.Operations[op].End == address;

    /// <summary>An operation is done: its result is where it is said to be, and what else it computed is nobody's.</summary>
    private void Finish(HostState state)
    {
        var op = state.Op;
        ref var inst = ref _unit.Insts[op];
        var result = _log.Operations[op].Result;
        var hasResult = result.Kind != PlaceKind.None && inst.Op is not (IrOp.Constant or IrOp.ReadSlot or IrOp.WriteSlot);
        var place = hasResult ? HostState.PlaceOf(result) : 0;
        if (hasResult && !(state[place] == Content.Computed(op) || (_values.IsIdentity(op) && state[place].Is(_values.Of(op)))))
        {
            Report(op, $"its result is to be in {HostState.NameOf(place)}, which holds {state[place]}");
        }
        var isEmitted = hasResult || !IrOps.Info(inst.Op).HasResult;
        if (isEmitted && _values.FindUnread(op, state.Read) is >= 0 and var unread) Report(op, $"v{unread} is never read");
        if (hasResult) state[place] = place >= HostState.FirstXmm && _values.IsSingle(op) ? Content.LowHalf(op) : _values.Of(op);
        state.Forget(Content.Computed(op));
        state.Op = _values.After(op);
        state.Read = 0;
    }

    /// <summary>False where the instruction does not go on to the next.</summary>
    private bool Step(in Instruction i, HostState state)
    {
        switch (i.FlowControl)
        {
            case FlowControl.Next:
                if (i.Mnemonic == Mnemonic.Push) state.Site = (int)i.GetImmediate(0);
                else if (_effects.Apply(i, state) is { } fault) Report(state.Op, fault);
                return true;
            case FlowControl.ConditionalBranch:
                if (_effects.FaultOfFlags(i, state) is { } wrongFlags) Report(state.Op, wrongFlags);
                GoTo(i.NearBranchTarget, state.Copy());
                return true;
            case FlowControl.UnconditionalBranch:
                GoTo(i.NearBranchTarget, state);
                return false;
            case FlowControl.Call: return CallSite(i, state);
            case FlowControl.IndirectBranch:
                // Inside a region it goes to one of its blocks by a table, else to code of another unit.
                if (i.Op0Kind != OpKind.Register) LeaveUnit(state);
                else EnterBlock(state);
                return false;
            default:
                Report(state.Op, $"'{i}' is nothing that the compiler emits");
                return false;
        }
    }

    private void GoTo(ulong address, HostState state)
    {
        if (!_code.Contains(address)) LeaveUnit(state);
        else if (BeginsBlock(address, state.Op)) EnterBlock(state);
        else Meet(address, state);
    }

    private void Meet(ulong address, HostState state)
    {
        var key = (address, state.Op);
        if (_states.TryGetValue(key, out var known))
        {
            var op = state.Op;
            if (!known.Join(state, CopiesOperands(op), c => _effects.IsOperand(op, c))) return;
        }
        else _states[key] = state.Copy();
        // What is out of line comes back to what is not, so it goes first.
        _pending.Enqueue(key, address >= _log.End ? 0 : address);
    }

    /// <summary>Of a quotient by zero, or a remainder by a greater number, an operand is the result.</summary>
    private bool CopiesOperands(int op) =>
        op >= 0 && !_values.IsEnd(op) && _unit.Insts[op].Op is >= IrOp.DivideSigned and <= IrOp.RemainderUnsigned;

    private bool CallSite(in Instruction call, HostState state)
    {
        var site = _records.Sites[state.Site];
        if (_sites.FindFault(site, state) is { } fault) Report(state.Op, $"at its site {fault}");
        SiteCheck.Return(site, call.NearBranchTarget == (ulong)_thunks.CalloutWithFloats, state, _values.Slots);
        return SiteCheck.GoesOn(site.Kind);
    }

    /// <summary>All slots are in memory, and the address to go on at in rax.</summary>
    private void LeaveUnit(HostState state)
    {
        if (state.Op == UnitValues.Entry) return;
        foreach (var slot in _values.Slots) CheckMemory(slot, state);
        var block = _unit.Blocks[_values.BlockOf(state.Op)];
        var target = state[(int)Gpr.Rax];
        if (_values.IsEnd(state.Op) && block.EndsIndirectly && !target.Is(_values.Of(block.Value)) && !IsBlock(target))
            Report(state.Op, $"it goes on at v{block.Value}, and rax holds {target}");
    }

    private bool IsBlock(Content content) => content.Kind == ContentKind.Constant && _unit.Blocks.Exists(b => b.Pc == content.Number);

    /// <summary>From the end of a block, or from outside, to any block: what is pinned is in its registers, all else in memory.</summary>
    private void EnterBlock(HostState state)
    {
        if (state.Op == UnitValues.Entry)
        {
            FindPins(state);
            for (var block = 0; block < _log.Labels.Count; block++) BeginBlock(block);
        }
        foreach (var (place, slot) in _pins)
        {
            var wanted = _values.SlotAt(slot, state.Op);
            if (!state[place].Is(wanted)) Report(state.Op, $"s{slot} is to be {wanted} for the next block, and {HostState.NameOf(place)} holds {state[place]}");
        }
        foreach (var slot in _values.Slots)
        {
            if (!IsOnlyPinned(slot)) CheckMemory(slot, state);
        }
    }

    /// <summary>However it is come to, a block finds the same; whether anything comes to it is not asked.</summary>
    private void BeginBlock(int block)
    {
        var state = new HostState(_values.BeginOf(block));
        foreach (var slot in _values.Slots)
        {
            if (!IsOnlyPinned(slot)) state[HostState.FirstSlot + slot] = Content.Slot(slot, UnitValues.Entry);
        }
        foreach (var (place, slot) in _pins) state[place] = Content.Slot(slot, UnitValues.Entry);
        Meet(_log.Labels[block], state);
    }

    /// <summary>What the way into the unit loads is what its blocks count on.</summary>
    private void FindPins(HostState state)
    {
        for (var place = 0; place < state.Registers.Length; place++)
        {
            if (state[place].Kind == ContentKind.Slot) _pins.Add((place, (int)state[place].Number));
        }
    }

    /// <summary>Whether the memory of a slot is out of date between blocks.</summary>
    private bool IsOnlyPinned(int slot) => _values.IsWritten(slot) && _pins.Exists(p => p.Slot == slot);

    private void CheckMemory(int slot, HostState state)
    {
        var wanted = _values.SlotAt(slot, state.Op);
        var found = state[HostState.FirstSlot + slot];
        if (!found.Is(wanted)) Report(state.Op, $"s{slot} is to be {wanted}, and its memory holds {found}");
    }

    private void Report(int op, string what)
    {
        var where = op == UnitValues.Entry ? "on the way in"
            : _values.IsEnd(op) ? $"at the end of block {_values.BlockOf(op)}"
            : $"in '{IrPrinter.Print(_unit, op)}'";
        _fault ??= $"{where}: {what}";
    }
}
