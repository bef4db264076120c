using Mimus.Core.Cpus;

namespace Mimus.Translation.Engine;

/// <summary>Carries out the guest's code that is not compiled.</summary>
internal interface IInterpreter
{
    /// <summary>The running instruction has begun but not retired.</summary>
    ulong InstructionsInFlight { get; }

    /// <summary>Instructions that it has carried out.</summary>
    ulong Retired { get; }

    /// <summary>The watchpoint that ended the last run.</summary>
    WatchHit? WatchHit { get; }

    /// <summary>Whether as many instructions have run as are allowed; never where none are counted.</summary>
    bool HasReachedLimit { get; }

    /// <summary>Takes an interrupt, or runs one instruction whatever the breakpoints.</summary>
    VcpuExit Step(StepOptions options);

    /// <summary>Runs until something other than a branch has to be dealt with; true when it was a debug point.</summary>
    /// <param name="hotness">Ends also before the target of a branch that was taken as often as this.</param>
    bool Run(int hotness);

    /// <summary>The last access or instruction met a debug point, perhaps in compiled code: true when the machine stops for it.</summary>
    bool StopAtDebugPoint();
}
