namespace Mimus.Devices.Interrupts;

/// <summary>
/// What connects local APICs, I/O APICs and devices that signal by messages (Intel SDM volume 3, 12.1 and 12.6.2). It is put
/// together while the machine is built and keeps nothing afterwards.
/// </summary>
/// <remarks>The locks of I/O APICs and devices come before those of local APICs, and two local APICs' are never held at once.</remarks>
public sealed class ApicBus : IMessageSink
{
    private LocalApic[] _locals = [];
    private IoApic[] _ioApics = [];

    public void Send(ulong address, uint data)
    {
        if (ApicMessage.TryDecode(address, data, out var message)) Send(message);
    }

    /// <summary>Brings a message to its destinations; false when none takes it.</summary>
    internal bool Send(ApicMessage message)
    {
        if (message.Mode == DeliveryMode.LowestPriority) return SendToLowest(message);
        var taken = false;
        foreach (var local in _locals)
        {
            if (local.IsDestination(message.Destination, message.IsLogical)) taken |= local.Accept(message);
        }
        return taken;
    }

    /// <summary>Brings a message to all local APICs, with or without the one that sends it.</summary>
    internal void SendToAll(ApicMessage message, LocalApic? except)
    {
        foreach (var local in _locals)
        {
            if (local != except) local.Accept(message);
        }
    }

    /// <summary>A local APIC has ended a level-triggered interrupt.</summary>
    internal void EndOfInterrupt(byte vector)
    {
        foreach (var ioApic in _ioApics) ioApic.EndOfInterrupt(vector);
    }

    internal void Add(LocalApic local) => _locals = [.. _locals, local];

    internal void Add(IoApic ioApic) => _ioApics = [.. _ioApics, ioApic];

    /// <summary>12.6.2.4: one of the destinations takes it, the one that does the least important work.</summary>
    private bool SendToLowest(ApicMessage message)
    {
        LocalApic? best = null;
        var bestPriority = int.MaxValue;
        foreach (var local in _locals)
        {
            if (!local.IsDestination(message.Destination, message.IsLogical)) continue;
            if (local.ArbitrationPriority is not { } priority || priority >= bestPriority) continue;
            best = local;
            bestPriority = priority;
        }
        return best?.Accept(message with { Mode = DeliveryMode.Fixed }) ?? false;
    }
}
