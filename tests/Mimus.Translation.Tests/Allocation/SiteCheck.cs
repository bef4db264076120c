using Mimus.Translation.Ir;
using Mimus.Translation.X64;

namespace Mimus.Translation.Tests.Allocation;

/// <summary>What a site's record says against what is where it says, and what the call of C# leaves of it.</summary>
internal sealed unsafe class SiteCheck(IrUnit unit, UnitValues values, CodeRecords records, InstructionEffects effects)
{
    /// <summary>Whether emitted code may go on behind a site.</summary>
    public static bool GoesOn(SiteKind kind) => kind is not (SiteKind.Trap or SiteKind.Interpret or SiteKind.RefreshAndJump or SiteKind.TryCallAndJump);

    public string? FindFault(in Site site, HostState state)
    {
        var (a, b, c) = OperandsOf(site.Kind, state.Op);
        return FaultOf("the first operand", site, site.A, a, state) ?? FaultOf("the second operand", site, site.B, b, state)
            ?? FaultOf("the third operand", site, site.C, c, state) ?? FaultOfSlots(site, state);
    }

    /// <summary>C# has been called and comes back.</summary>
    public static void Return(in Site site, bool keepsXmms, HostState state, IReadOnlyList<int> slots)
    {
        if (!keepsXmms) state.Registers[HostState.FirstXmm..].Clear();
        state[HostState.Flags] = state[HostState.Scratch] = Content.Unknown;
        if (site.Result.Kind != PlaceKind.None) state[HostState.PlaceOf(site.Result)] = Content.Computed(state.Op);
        if (site.Kind is not (SiteKind.Call or SiteKind.TryCall)) return;
        foreach (var slot in slots) state[HostState.FirstSlot + slot] = Content.Slot(slot, state.Op);
    }

    private (int A, int B, int C) OperandsOf(SiteKind kind, int op)
    {
        if (values.IsEnd(op)) return (kind == SiteKind.RefreshAndJump ? unit.Blocks[values.BlockOf(op)].Value : Inst.None, Inst.None, Inst.None);
        ref var inst = ref unit.Insts[op];
        return kind switch
        {
            SiteKind.Trap => (Inst.None, inst.B, Inst.None),
            SiteKind.Interpret => (Inst.None, Inst.None, Inst.None),
            _ => (inst.A, inst.B, inst.C),
        };
    }

    private string? FaultOf(string what, in Site site, Place place, int operand, HostState state)
    {
        if (operand < 0) return null;
        var wanted = values.Of(operand);
        var found = ContentOf(site, place, state);
        effects.TryRead(state, found);
        return found.Is(wanted) ? null : $"{what} is to be {wanted}, and {Name(place)} holds {found}";
    }

    private string? FaultOfSlots(in Site site, HostState state)
    {
        foreach (var slot in values.Slots)
        {
            var wanted = values.SlotAt(slot, state.Op);
            var inMemory = state[HostState.FirstSlot + slot];
            // A method looks at the memory; whoever restores the state writes what is held elsewhere to it.
            if (site.Kind is SiteKind.Call or SiteKind.TryCall or SiteKind.TryCallAndJump && !inMemory.Is(wanted)) return $"s{slot} is to be {wanted}, and its memory holds {inMemory}";
            var found = inMemory;
            var place = "its memory";
            foreach (var holding in records.HoldingsOf(site))
            {
                if (holding.Slot == slot) (found, place) = (ContentOf(site, holding.Place, state), Name(holding.Place));
            }
            if (!found.Is(wanted)) return $"s{slot} is to be {wanted}, and {place} holds {found}";
        }
        return null;
    }

    private Content ContentOf(in Site site, Place place, HostState state)
    {
        if (place.Kind == PlaceKind.None) return Content.Unknown;
        if (place.Kind == PlaceKind.Constant) return Content.Constant(records.ConstantsOf(site)[place.Number], UnitValues.Entry);
        var content = state[HostState.PlaceOf(place)];
        var isWhole = place.Kind != PlaceKind.NarrowXmm || content.Kind != ContentKind.LowHalf;
        return isWhole ? content : Content.Value((int)content.Number);
    }

    private static string Name(Place place) => place.Kind switch
    {
        PlaceKind.None => "nothing",
        PlaceKind.Constant => "the record",
        _ => HostState.NameOf(HostState.PlaceOf(place)),
    };
}
