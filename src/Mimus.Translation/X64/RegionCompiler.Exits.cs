using System.Runtime.InteropServices;
using Mimus.Isa;
using Mimus.Translation.Engine;
using Mimus.Translation.Ir;

namespace Mimus.Translation.X64;

/// <content>Ends of blocks and ways out.</content>
internal sealed unsafe partial class RegionCompiler
{
    /// <summary>What an epoch is compared with before an exit is linked; no epoch has it.</summary>
    private const int NoEpoch = int.MinValue;

    private const ulong PageMask = ~0xffful;

    /// <summary>How many places to return to are compared with one by one.</summary>
    private const int MostComparisons = 2;

    private void EndBlock(in IrBlock block)
    {
        if (block.End == BlockEnd.Never) return;
        if (EndsWithCall(block)) return;
        if (block.EndsIndirectly)
        {
            var target = Use(block.Value);
            if (block.Context >= 0) Use(block.Context);
            StoreDirtySlots();
            CountInstructions(block);
            JumpIndirect(block, target);
            return;
        }
        StoreDirtySlots();
        CountInstructions(block);
        if (block.Refresh) AddRefresh(block);
        if (block.End == BlockEnd.Goto)
        {
            GoOn(block, block.Next);
            return;
        }

        int taken = BlockAt(block.Taken), next = BlockAt(block.Next);
        var condition = EmitTest(block.Value);
        // The side that follows in memory needs no jump.
        if (FollowsFreely(taken, block) && next != taken)
        {
            JumpTo(block, block.Next, next, Opposite(condition));
            GoOn(block, block.Taken);
        }
        else
        {
            JumpTo(block, block.Taken, taken, condition);
            GoOn(block, block.Next);
        }
    }

    private void CountInstructions(in IrBlock block) => _asm.Alu(AluOp.Add, true, HostLayout.Retired, block.Instructions);

    /// <summary>A conditional jump to a block of the unit or out of it.</summary>
    private void JumpTo(in IrBlock from, ulong pc, int target, Condition condition)
    {
        if (target >= 0 && !IsBackward(from, pc)) LeadTo(target, from, _asm.JumpIfForward(condition));
        else if (target >= 0)
        {
            // A loop looks whether anything is wanted, then goes on.
            var skip = _asm.ShortJumpIfForward(Opposite(condition));
            Poll(pc);
            LeadTo(target, from, _asm.JumpForward());
            _asm.BindShort(skip);
        }
        else _stubs.Add(new PendingStub { Kind = StubKind.Exit, Field = (nint)_asm.JumpIfForward(condition), Pc = pc, Number = _block });
    }

    /// <summary>On at a fixed address, from where the code of a block ends.</summary>
    private void GoOn(in IrBlock from, ulong pc)
    {
        var target = BlockAt(pc);
        if (target >= 0)
        {
            if (IsBackward(from, pc)) Poll(pc);
            if (!FollowsFreely(target, from)) LeadTo(target, from, _asm.JumpForward());
        }
        else EmitExit(from, pc);
    }

    private static bool IsBackward(in IrBlock from, ulong pc) => pc < from.After;

    private void Poll(ulong pc)
    {
        _asm.Alu(AluOp.Cmp, false, HostLayout.Engine(HostLayout.Attention), 0);
        _stubs.Add(new PendingStub { Kind = StubKind.Attention, Field = (nint)_asm.JumpIfForward(Condition.NotEqual), Pc = pc });
    }

    private void EmitExit(in IrBlock from, ulong pc)
    {
        StorePins();
        if (IsBackward(from, pc))
        {
            // The pinned registers are stored already; storing them again does no harm.
            Poll(pc);
        }
        var number = _records.Exits.Count;
        var samePage = ((pc ^ _unit.Blocks[0].Pc) & PageMask) == 0 && ((pc ^ from.Pc) & PageMask) == 0;
        byte* epoch = null, mismatch = null;
        if (!samePage)
        {
            _asm.Alu(AluOp.Cmp, false, HostLayout.Engine(HostLayout.Epoch), NoEpoch);
            epoch = _asm.Position - 4;
            mismatch = _asm.PatchableJumpIf(Condition.NotEqual, _asm.Position);
        }
        var field = _asm.PatchableJump(_asm.Position);
        // What follows is where both lead until they are linked.
        var stub = _asm.Position;
        Assembler.Patch(field, stub);
        _asm.MoveImmediate(Gpr.Rax, pc);
        _asm.MoveImmediate(Gpr.Rdi, (uint)number);
        if (mismatch != null)
        {
            Assembler.Patch(mismatch, stub);
            var toFind = _asm.PatchableJump(_thunks.FindAndLink);
            _records.Exits.Add(new CodeExit(pc, field, epoch, toFind));
            return;
        }
        _asm.Jump(_thunks.FindAndLink);
        _records.Exits.Add(new CodeExit(pc, field, null, stub));
    }

    private void JumpIndirect(in IrBlock block, Gpr target)
    {
        if (_isRegion && !block.Refresh)
        {
            // Many places to return to are a switch.
            if (block.End == BlockEnd.Return && (_countsEntries || CountReturnSites() <= MostComparisons)) CompareReturnSites(block, target);
            else if (!_countsEntries)
            {
                JumpInside(block, target);
                return;
            }
        }
        if (block.Refresh)
        {
            var site = new Site { Kind = SiteKind.RefreshAndJump, FirstHolding = _records.Holdings.Count, FirstConstant = _records.Constants.Count };
            site.A = PlaceOf(block.Value, site);
            // How many instructions may run is known from where emitted code was entered.
            if (block.Context >= 0 && !_settings.CountsInstructions) EnterContext(block, target, site);
            else AddSite(site, null);
            return;
        }
        StorePins();
        if (target != Gpr.Rax) _asm.Move(true, Gpr.Rax, target);
        if (_countsEntries)
        {
            // Code that is not hot is better short.
            _asm.Jump(_thunks.PollAndJump);
            return;
        }
        JumpOutside();
    }

    /// <summary>On in another context, if C# has opened it and nothing is wanted; else by way of C#.</summary>
    private void EnterContext(in IrBlock block, Gpr target, Site site)
    {
        var record = Temporary();
        Fetch(record, block.Context);
        StorePins();
        _asm.Alu(AluOp.Cmp, true, record, TranslationBuffer.ContextCount);
        AddSite(site, Condition.AboveOrEqual);
        ref var stub = ref CollectionsMarshal.AsSpan(_stubs)[^1];
        _asm.Alu(AluOp.Cmp, false, HostLayout.Engine(HostLayout.Attention), 0);
        stub.SecondField = (nint)_asm.JumpIfForward(Condition.NotEqual);
        _asm.Shift(ShiftOp.Shl, true, record, ContextRecord.Shift);
        _asm.Alu(AluOp.Add, true, record, HostLayout.Engine(HostLayout.Contexts));
        _asm.Alu(AluOp.Cmp, false, new Address(record, ContextRecord.EpochOffset), 0);
        stub.MarkField = (nint)_asm.JumpIfForward(Condition.Equal);
        // No other register holds anything that is still wanted.
        var free = record == Gpr.Rax ? Gpr.Rdx : Gpr.Rax;
        if (target == Gpr.Rcx) _asm.Move(true, free, target);
        _asm.Move(true, Gpr.Rcx, record);
        _asm.Move(true, Gpr.Rax, target == Gpr.Rcx ? free : target);
        _asm.Jump(_thunks.EnterContext);
    }

    /// <summary>To the address in rax, which is elsewhere; pinned registers are stored.</summary>
    private void JumpOutside()
    {
        Poll();
        CodeThunks.EmitProbe(ref _asm);
        _asm.Jump(_thunks.Search);
    }

    private void Poll()
    {
        _asm.Alu(AluOp.Cmp, false, HostLayout.Engine(HostLayout.Attention), 0);
        _stubs.Add(new PendingStub { Kind = StubKind.AttentionIndirect, Field = (nint)_asm.JumpIfForward(Condition.NotEqual) });
    }

    /// <summary>A return inside a region goes most likely to where the region calls from.</summary>
    private void CompareReturnSites(in IrBlock block, Gpr target)
    {
        var compared = 0;
        foreach (ref readonly var caller in CollectionsMarshal.AsSpan(_unit.Blocks))
        {
            if (compared == MostComparisons) break;
            if (ReturnSiteOf(caller) is not (>= 0 and var site)) continue;
            var scratch = Temporary();
            _asm.MoveImmediate(scratch, caller.After);
            _asm.Alu(AluOp.Cmp, true, target, scratch);
            var skip = _asm.ShortJumpIfForward(Condition.NotEqual);
            Poll(caller.After);
            LeadTo(site, block, _asm.JumpForward());
            _asm.BindShort(skip);
            compared++;
        }
    }

    /// <summary>The block behind a call, if both that and what is called are in the region; else -1.</summary>
    private int ReturnSiteOf(in IrBlock caller)
    {
        if (!caller.MayBeCall || (caller.End == BlockEnd.Goto && BlockAt(caller.Next) < 0)) return -1;
        return BlockAt(caller.After);
    }

    private int CountReturnSites()
    {
        var count = 0;
        foreach (ref readonly var caller in CollectionsMarshal.AsSpan(_unit.Blocks))
        {
            if (ReturnSiteOf(caller) >= 0) count++;
        }
        return count;
    }

    /// <summary>Back to C#, with the address to go on at as given or in rax.</summary>
    private void Leave(ulong? pc, LeaveReason reason)
    {
        if (pc is { } next) _asm.MoveImmediate(Gpr.Rax, next);
        _asm.Jump(_thunks.LeaveFor(reason));
    }
}
