using System.Globalization;
using System.Text;

namespace Mimus.Control.Gdb;

/// <summary>Requests about threads: a thread is a processor.</summary>
internal sealed class ThreadCommands(GdbTarget target)
{
    public IEnumerable<PacketRow> Rows =>
    [
        new("Hg", Select),
        new("Hc", SelectToRun),
        new("T", IsAlive),
        new("qC", (_, reply) => reply.Text("QC").Number(ThreadId.Of(target.Selected)), IsWhole: true),
        new("qfThreadInfo", List, IsWhole: true),
        new("qsThreadInfo", (_, reply) => reply.Text("l"), IsWhole: true),
        new("qThreadExtraInfo,", Describe),
    ];

    /// <summary>All threads with their names and what they are doing.</summary>
    public ReadOnlyMemory<byte> Document()
    {
        var text = new StringBuilder("<?xml version=\"1.0\"?><threads>");
        target.TryRest(() =>
        {
            foreach (var cpu in target.Cpus)
                text.Append(CultureInfo.InvariantCulture, $"<thread id=\"{ThreadId.Of(cpu.Index):x}\" core=\"{cpu.Index}\" name=\"{cpu.Name}\">{cpu.Debug.Status}</thread>");
        });
        return Encoding.UTF8.GetBytes(text.Append("</threads>").ToString());
    }

    private void Select(PacketArguments arguments, PacketWriter reply)
    {
        if (!arguments.TryThread(out var thread) || !arguments.IsEmpty || !target.TryCpu(thread, out var cpu))
        {
            reply.Fail(GdbError.Invalid);
            return;
        }
        target.Selected = cpu;
        reply.Ok();
    }

    private void SelectToRun(PacketArguments arguments, PacketWriter reply)
    {
        if (!arguments.TryThread(out var thread) || !arguments.IsEmpty || !target.TryCpu(thread, out _))
        {
            reply.Fail(GdbError.Invalid);
            return;
        }
        target.SelectedToRun = thread == ThreadId.Any ? ThreadId.All : thread;
        reply.Ok();
    }

    private void IsAlive(PacketArguments arguments, PacketWriter reply)
    {
        if (arguments.TryThread(out var thread) && arguments.IsEmpty && thread > 0 && target.TryCpu(thread, out _)) reply.Ok();
        else reply.Fail(GdbError.Invalid);
    }

    private void List(PacketArguments arguments, PacketWriter reply)
    {
        reply.Text("m");
        for (var i = 0; i < target.Cpus.Count; i++)
        {
            if (i > 0) reply.Text(",");
            reply.Number(ThreadId.Of(i));
        }
    }

    private void Describe(PacketArguments arguments, PacketWriter reply)
    {
        if (!arguments.TryThread(out var thread) || !arguments.IsEmpty || thread <= 0 || !target.TryCpu(thread, out var index))
        {
            reply.Fail(GdbError.Invalid);
            return;
        }
        var cpu = target.Cpus[index];
        if (!target.TryRest(() => reply.Hex(Encoding.ASCII.GetBytes($"{cpu.Name} ({cpu.Debug.Status})")))) reply.Fail(GdbError.NotPermitted);
    }
}
