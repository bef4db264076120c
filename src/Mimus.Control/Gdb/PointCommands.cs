using Mimus.Core.Cpus;

namespace Mimus.Control.Gdb;

/// <summary>Requests that set and remove breakpoints and watchpoints.</summary>
internal sealed class PointCommands(DebugPointSet points)
{
    private const ulong Software = 0, Hardware = 1, Write = 2, Read = 3, Access = 4;

    public IEnumerable<PacketRow> Rows =>
    [
        new("Z", (arguments, reply) => Change(arguments, reply, isSet: true)),
        new("z", (arguments, reply) => Change(arguments, reply, isSet: false)),
    ];

    private void Change(PacketArguments arguments, PacketWriter reply, bool isSet)
    {
        if (!arguments.TryNumber(out var type) || !arguments.TryTake(',') || !arguments.TryRange(out var address, out var kind))
        {
            reply.Fail(GdbError.Invalid);
            return;
        }
        if (type > Access) return; // not known

        // What may follow are conditions for the target to look at; they were not offered.
        if (!arguments.IsEmpty) reply.Fail(GdbError.Invalid);
        else if (type is Software or Hardware) ChangeBreakpoint(address, type == Hardware, reply, isSet);
        else if (kind == 0) reply.Fail(GdbError.Invalid);
        else ChangeWatchpoint(new Watchpoint(address, kind, KindOf(type)), reply, isSet);
    }

    private void ChangeBreakpoint(ulong address, bool isHardware, PacketWriter reply, bool isSet)
    {
        if (!isSet) points.Remove(address, isHardware);
        else if (!points.TryAdd(address, isHardware))
        {
            reply.Fail(GdbError.NoSpace);
            return;
        }
        reply.Ok();
    }

    private void ChangeWatchpoint(Watchpoint watchpoint, PacketWriter reply, bool isSet)
    {
        if (!isSet) points.Remove(watchpoint);
        else if (!points.TryAdd(watchpoint))
        {
            reply.Fail(GdbError.NoSpace);
            return;
        }
        reply.Ok();
    }

    private static WatchKind KindOf(ulong type) => type switch
    {
        Write => WatchKind.Write,
        Read => WatchKind.Read,
        _ => WatchKind.Read | WatchKind.Write,
    };
}
