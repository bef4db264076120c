using Mimus.Engines.Tests.Programs;
using Mimus.TestSupport.RiscV;

namespace Mimus.Engines.Tests.Nodes;

/// <summary>How a program fences after it has changed an entry of a table.</summary>
internal enum SpaceFence
{
    All,
    Page,
    Space,
    PageOfSpace,
}

/// <summary>
/// Changes bits of an entry of a page table and fences. In supervisor mode the program does it itself, in other modes it asks the
/// handler.
/// </summary>
/// <param name="entry">The entry's physical address.</param>
/// <param name="page">Which page it is for.</param>
/// <param name="asid">Of which address space.</param>
/// <param name="change">Which bits.</param>
/// <param name="fence">How supervisor mode fences.</param>
/// <param name="registers">Two free registers for supervisor mode.</param>
internal sealed class EntryNode(ulong entry, ulong page, int asid, ulong change, SpaceFence fence, int[] registers) : Node
{
    public override long Cost => 14;

    public override void Write(ProgramWriter w, BodyPlace place)
    {
        if (w.Program.Kind != TestSupport.RiscV.Generation.BlockKind.PagedSupervisor)
        {
            Service.Write(w, TrapHandler.ChangeEntry, entry, change);
            return;
        }
        int at = registers[0], value = registers[1];
        w.Code.Li(at, w.Space.TablesForSupervisor + (entry - ProgramLayout.Tables));
        w.Code.Li(value, change);
        w.Code.Emit(Rv.R(0x10, value, at, 3, 0, 0x2f)); // amoxor.d
        w.Code.Li(at, page);
        w.Code.Li(value, (ulong)asid);
        w.Code.Emit(Rv.SfenceVma(fence is SpaceFence.Page or SpaceFence.PageOfSpace ? at : 0, fence is SpaceFence.Space or SpaceFence.PageOfSpace ? value : 0));
    }
}

/// <summary>Goes over to another address space. Its tables have another number, so no fence is due.</summary>
internal sealed class SpaceNode(int space, int register) : Node
{
    public override long Cost => 4;

    public override void Write(ProgramWriter w, BodyPlace place)
    {
        if (w.Program.Kind != TestSupport.RiscV.Generation.BlockKind.PagedSupervisor)
        {
            Service.Write(w, TrapHandler.ChangeSpace, w.Space.Satp[space], 0);
            return;
        }
        w.Code.Li(register, w.Space.Satp[space]);
        w.Code.Emit(Rv.Csrrw(0, CsrNumber.Satp, register));
    }
}

/// <summary>Asks the handler for something.</summary>
internal static class Service
{
    public static void Write(ProgramWriter w, ulong what, ulong first, ulong second)
    {
        w.Code.Li(Rv.A7, what);
        w.Code.Li(Rv.A6, first);
        w.Code.Li(Rv.A5, second);
        // What asks is taken away again, lest a random call asks for something with random operands.
        w.Code.Emit(Rv.Ecall, Rv.Addi(Rv.A7, 0, 0));
    }
}
