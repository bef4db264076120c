using Mimus.Core.Cpus;
using Mimus.Isa.RiscV;
using Mimus.TestSupport.RiscV;
using Mimus.TestSupport.RiscV.Generation;

namespace Mimus.Differential.Tests.Targets;

/// <summary>Mimus' hart on the evaluator, in this process.</summary>
internal sealed class MimusTarget : IRiscVTarget
{
    private const int StepLimit = 100_000;

    private readonly BareMachine _machine = new(new RiscVConfiguration { Extensions = InstructionGenerator.Extensions });

    public string Name => "Mimus";

    /// <summary>Called before every step of <see cref="RunByStepping"/> with the program counter.</summary>
    public Action<ulong>? OnStep { get; set; }

    public void SetState(RiscVSnapshot state)
    {
        state.ApplyTo(_machine.Hart);
        _machine.Vcpu.Forget();
    }

    public RiscVSnapshot GetState() => RiscVSnapshot.Of(_machine.Hart);

    public void Write(ulong address, ReadOnlySpan<byte> data) => data.CopyTo(_machine.Bytes(address, data.Length));

    public void Read(ulong address, Span<byte> data) => _machine.Bytes(address, data.Length).CopyTo(data);

    public bool Run(ulong stopAt)
    {
        _machine.Debug.Breakpoints = [stopAt];
        _machine.Vcpu.Forget();
        return _machine.Vcpu.Run() == VcpuExit.Breakpoint && _machine.Hart.ProgramCounter == stopAt;
    }

    /// <summary>The same one by one, with an end to it when the guest runs in circles.</summary>
    public bool RunByStepping(ulong stopAt)
    {
        for (var i = 0; i < StepLimit; i++)
        {
            var pc = _machine.Hart.ProgramCounter;
            if (pc == stopAt) return true;
            OnStep?.Invoke(pc);
            _machine.Vcpu.Step();
        }
        return false;
    }

    public void Step() => _machine.Vcpu.Step();

    public void Dispose() => _machine.Dispose();
}
