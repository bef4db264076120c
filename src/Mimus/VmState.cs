namespace Mimus;

/// <summary>What a virtual machine is doing.</summary>
public enum VmState
{
    /// <summary>Built; nothing runs yet.</summary>
    Created,

    Running,

    /// <summary>All vCPUs stand still between two instructions and the clock stands still with them.</summary>
    Paused,

    /// <summary>It is over; the exit status is known.</summary>
    Stopped,
}
