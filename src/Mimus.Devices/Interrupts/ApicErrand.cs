namespace Mimus.Devices.Interrupts;

/// <summary>What a local APIC has to do on the bus once it has let go of its lock.</summary>
internal readonly struct ApicErrand
{
    private readonly Kinds _kind;
    private readonly ApicMessage _message;

    private ApicErrand(Kinds kind, ApicMessage message) => (_kind, _message) = (kind, message);

    public static ApicErrand Send(ApicMessage message) => new(Kinds.Send, message);

    public static ApicErrand SendToAll(ApicMessage message, bool butSelf) => new(butSelf ? Kinds.SendToOthers : Kinds.SendToAll, message);

    public static ApicErrand EndOfInterrupt(byte vector) => new(Kinds.EndOfInterrupt, default(ApicMessage) with { Vector = vector });

    public void Run(ApicBus bus, LocalApic self)
    {
        switch (_kind)
        {
            case Kinds.Send:
                bus.Send(_message);
                break;
            case Kinds.SendToAll or Kinds.SendToOthers:
                bus.SendToAll(_message, _kind == Kinds.SendToOthers ? self : null);
                break;
            case Kinds.EndOfInterrupt:
                bus.EndOfInterrupt(_message.Vector);
                break;
        }
    }

    private enum Kinds
    {
        None,
        Send,
        SendToAll,
        SendToOthers,
        EndOfInterrupt,
    }
}
