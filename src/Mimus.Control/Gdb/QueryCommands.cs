using System.Globalization;
using System.Text;
using Mimus.Core.Cpus;

namespace Mimus.Control.Gdb;

/// <summary>Requests about the protocol, the machine's description, and what goes to the monitor.</summary>
internal sealed class QueryCommands(GdbTarget target, TargetDescription description, ThreadCommands threads, Func<Func<string, string>?> monitor)
{
    private const int Chunk = GdbTarget.PacketSize / 2;

    // The bits by which QEMU's documentation (Using GDB, section "Changing single-stepping behaviour") knows them.
    private const ulong StepEnabled = 1, StepHoldsInterrupts = 2, StepHoldsTime = 4;

    private static readonly string s_features = string.Create(CultureInfo.InvariantCulture,
        $"PacketSize={GdbTarget.PacketSize:x};qXfer:features:read+;qXfer:threads:read+;vContSupported+;QStartNoAckMode+;swbreak+;hwbreak+");

    private ReadOnlyMemory<byte> _threadDocument;

    /// <summary>Output of the monitor that is still to be sent before the answer.</summary>
    public Queue<byte[]> Output { get; } = new();

    /// <summary>The debugger asked that packets be no longer acknowledged.</summary>
    public bool NoAcknowledgements { get; private set; }

    public IEnumerable<PacketRow> Rows =>
    [
        new("qSupported", Negotiate),
        new("QStartNoAckMode", StopAcknowledging, IsWhole: true),
        new("qXfer:features:read:", ReadFeatures),
        new("qXfer:threads:read::", ReadThreads),
        new("qAttached", (_, reply) => reply.Text("1")),
        new("qOffsets", (_, reply) => reply.Text("Text=0;Data=0;Bss=0"), IsWhole: true),
        new("qSymbol:", (_, reply) => reply.Ok()),
        new("qRcmd,", RunMonitorCommand),
        new("qqemu.sstepbits", (_, reply) => reply.Text("ENABLE=1,NOIRQ=2,NOTIMER=4"), IsWhole: true),
        new("qqemu.sstep", ShowStepping, IsWhole: true),
        new("Qqemu.sstep=", ChooseStepping),
    ];

    private void Negotiate(PacketArguments arguments, PacketWriter reply)
    {
        target.ReportsBreakpointKind = arguments.RestText.Contains("swbreak+", StringComparison.Ordinal);
        reply.Text(s_features);
    }

    private void StopAcknowledging(PacketArguments arguments, PacketWriter reply)
    {
        NoAcknowledgements = true;
        reply.Ok();
    }

    private void ReadFeatures(PacketArguments arguments, PacketWriter reply)
    {
        var name = arguments.TakeUntil(':');
        if (description.TryDocument(name.RestText, out var document)) WritePart(document.Span, arguments, reply);
        else reply.Fail(GdbError.Invalid);
    }

    private void ReadThreads(PacketArguments arguments, PacketWriter reply)
    {
        // One document for all its parts, although the threads may change between them.
        if (_threadDocument.IsEmpty || arguments.Rest.StartsWith("0,"u8)) _threadDocument = threads.Document();
        WritePart(_threadDocument.Span, arguments, reply);
    }

    private static void WritePart(ReadOnlySpan<byte> document, PacketArguments arguments, PacketWriter reply)
    {
        if (!arguments.TryRange(out var offset, out var length) || !arguments.IsEmpty || offset > (ulong)document.Length)
        {
            reply.Fail(GdbError.Invalid);
            return;
        }
        var rest = document[(int)offset..];
        var part = rest[..(int)Math.Min(Math.Min(length, Chunk), (ulong)rest.Length)];
        reply.Text(part.Length == rest.Length ? "l" : "m").Binary(part);
    }

    private void RunMonitorCommand(PacketArguments arguments, PacketWriter reply)
    {
        if (monitor() is not { } run) return; // not known
        var command = new byte[arguments.Rest.Length / 2];
        if (!HexText.TryDecode(arguments.Rest, command))
        {
            reply.Fail(GdbError.Invalid);
            return;
        }
        var output = Encoding.UTF8.GetBytes(run(Encoding.UTF8.GetString(command)));
        foreach (var part in output.Chunk(Chunk)) Output.Enqueue(part);
        reply.Ok();
    }

    private void ShowStepping(PacketArguments arguments, PacketWriter reply)
    {
        var bits = StepEnabled;
        if ((target.StepOptions & StepOptions.HoldInterrupts) != 0) bits |= StepHoldsInterrupts;
        if ((target.StepOptions & StepOptions.HoldTime) != 0) bits |= StepHoldsTime;
        reply.Text("0x").Number(bits);
    }

    private void ChooseStepping(PacketArguments arguments, PacketWriter reply)
    {
        if (arguments.Rest.StartsWith("0x"u8)) arguments = new PacketArguments(arguments.Rest[2..]);
        if (!arguments.TryNumber(out var bits) || !arguments.IsEmpty || (bits & StepEnabled) == 0
            || (bits & ~(StepEnabled | StepHoldsInterrupts | StepHoldsTime)) != 0)
        {
            reply.Fail(GdbError.Invalid);
            return;
        }
        target.StepOptions = ((bits & StepHoldsInterrupts) != 0 ? StepOptions.HoldInterrupts : StepOptions.None)
            | ((bits & StepHoldsTime) != 0 ? StepOptions.HoldTime : StepOptions.None);
        reply.Ok();
    }
}
