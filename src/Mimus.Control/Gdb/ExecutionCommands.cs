namespace Mimus.Control.Gdb;

/// <summary>Requests that let the machine run, step, go or end.</summary>
internal sealed class ExecutionCommands(GdbTarget target, RunControl control)
{
    private const char Continue = 'c', Step = 's';

    public IEnumerable<PacketRow> Rows =>
    [
        new("?", (_, reply) => control.WriteStatus(reply), IsWhole: true),
        new("c", (arguments, reply) => Run(arguments, reply, Continue)),
        new("s", (arguments, reply) => Run(arguments, reply, Step)),
        new("C", (arguments, reply) => RunWithSignal(arguments, reply, Continue)),
        new("S", (arguments, reply) => RunWithSignal(arguments, reply, Step)),
        new("vCont?", (_, reply) => reply.Text("vCont;c;C;s;S"), IsWhole: true),
        new("vCont;", RunThreads),
        new("D", Detach),
        new("!", (_, reply) => reply.Ok(), IsWhole: true),
        new("vAttach;", Attach),
        new("k", Kill, IsWhole: true),
        new("vKill;", KillProcess),
    ];

    /// <summary>The debugger ended the machine.</summary>
    public bool IsKilled { get; private set; }

    private void RunWithSignal(PacketArguments arguments, PacketWriter reply, char action)
    {
        // A machine has no signals; the number is only read over.
        if (arguments.TryNumber(out _) && (arguments.IsEmpty || arguments.TryTake(';'))) Run(arguments, reply, action);
        else reply.Fail(GdbError.Invalid);
    }

    private void Run(PacketArguments arguments, PacketWriter reply, char action)
    {
        var hasAddress = !arguments.IsEmpty;
        ulong address = 0;
        if ((hasAddress && !(arguments.TryNumber(out address) && arguments.IsEmpty)) || !target.TryCpu(target.SelectedToRun, out var cpu))
        {
            reply.Fail(GdbError.Invalid);
            return;
        }
        if (hasAddress) target.TryRest(() => target.Cpus[cpu].Debug.ProgramCounter = address);
        reply.Withhold();
        if (action == Step) control.Step([cpu], []);
        else control.Continue(target.SelectedToRun == ThreadId.All ? null : [cpu]);
    }

    /// <summary>Each thread does what the first action that names it says; one that none names stands still.</summary>
    private void RunThreads(PacketArguments arguments, PacketWriter reply)
    {
        var actions = new char[target.Cpus.Count];
        while (!arguments.IsEmpty)
        {
            if (TryAction(arguments.TakeUntil(';'), actions)) continue;
            reply.Fail(GdbError.Invalid);
            return;
        }
        var continued = Indices(actions, Continue);
        var stepped = Indices(actions, Step);
        if (continued.Length + stepped.Length == 0)
        {
            reply.Fail(GdbError.Invalid);
            return;
        }
        reply.Withhold();
        if (stepped.Length > 0) control.Step(stepped, continued);
        else control.Continue(continued.Length == actions.Length ? null : continued);
    }

    private bool TryAction(PacketArguments action, char[] actions)
    {
        char what;
        if (action.TryTake('c')) what = Continue;
        else if (action.TryTake('s')) what = Step;
        else if (action.TryTake('C') && action.TryNumber(out _)) what = Continue;
        else if (action.TryTake('S') && action.TryNumber(out _)) what = Step;
        else return false;

        var thread = ThreadId.All;
        if (!action.IsEmpty && !(action.TryTake(':') && action.TryThread(out thread) && action.IsEmpty)) return false;
        if (!target.TryCpu(thread, out var cpu)) return false;
        var meant = thread == ThreadId.All ? actions : actions.AsSpan(cpu, 1);
        foreach (ref var one in meant)
        {
            if (one == 0) one = what;
        }
        return true;
    }

    private static int[] Indices(char[] actions, char action) => [.. Enumerable.Range(0, actions.Length).Where(i => actions[i] == action)];

    private void Detach(PacketArguments arguments, PacketWriter reply)
    {
        if (!arguments.IsEmpty && !arguments.TryTake(';'))
        {
            reply.Fail(GdbError.Invalid);
            return;
        }
        control.Detach(resumes: true);
        reply.Ok();
    }

    private void Attach(PacketArguments arguments, PacketWriter reply)
    {
        control.Attach();
        control.WriteStatus(reply);
    }

    private void Kill(PacketArguments arguments, PacketWriter reply)
    {
        reply.Withhold();
        IsKilled = true;
    }

    private void KillProcess(PacketArguments arguments, PacketWriter reply)
    {
        reply.Ok();
        IsKilled = true;
    }
}
