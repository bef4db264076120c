namespace Mimus.Isa.X86;

/// <summary>What has come for a processor that the host's processor runs, see <see cref="X86Cpu.TakeEvents"/>.</summary>
[Flags]
public enum HostedEvents
{
    None = 0,

    /// <summary>INIT, a start-up message or a system management interrupt has changed the state.</summary>
    StateChanged = 1,

    NonMaskable = 2,
}
