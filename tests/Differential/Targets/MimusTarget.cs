using Mimus.Core.Cpus;
using Mimus.Isa.RiscV;
using Mimus.TestSupport.RiscV;

namespace Mimus.Differential.Tests.Targets;

/// <summary>Mimus' hart on the evaluator, in this process.</summary>
internal sealed class MimusTarget : IRiscVTarget
{
    /// <summary>Sscofpmf has no deterministic behaviour to compare.</summary>
    public const Extension Extensions = Profiles.Max & ~Extension.Sscofpmf;

    private const int FirstFloat = 33, FirstCsr = 65, PrivilegeNumber = FirstCsr + 4096;
    private const int StepLimit = 100_000;
    private const ulong MachineMode = 3;

    private readonly BareMachine _machine = new(new RiscVConfiguration { Extensions = Extensions });

    public string Name => "Mimus";

    /// <summary>Called before every step of <see cref="RunByStepping"/> with the program counter.</summary>
    public Action<ulong>? OnStep { get; set; }

    public void SetState(RiscVSnapshot state)
    {
        var debug = _machine.Hart.Debug;
        debug.TryWriteRegister(PrivilegeNumber, MachineMode);
        for (var i = 0; i < 32; i++) debug.TryWriteRegister(i, state.X[i]);
        for (var i = 0; i < 32; i++) debug.TryWriteRegister(FirstFloat + i, state.F[i]);
        foreach (var (i, csr) in ComparedCsr.All.Index()) debug.TryWriteRegister(FirstCsr + csr.Number, state.Csrs[i]);
        debug.TryWriteRegister(PrivilegeNumber, state.Privilege);
        debug.ProgramCounter = state.Pc;
        _machine.Vcpu.Forget();
    }

    public RiscVSnapshot GetState()
    {
        var debug = _machine.Hart.Debug;
        var state = new RiscVSnapshot { Pc = debug.ProgramCounter, Privilege = Register(PrivilegeNumber) };
        for (var i = 0; i < 32; i++) state.X[i] = Register(i);
        for (var i = 0; i < 32; i++) state.F[i] = Register(FirstFloat + i);
        foreach (var (i, csr) in ComparedCsr.All.Index()) state.Csrs[i] = Register(FirstCsr + csr.Number);
        return state;
    }

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

    private ulong Register(int number) => _machine.Hart.Debug.TryReadRegister(number, out var value)
        ? value
        : throw new InvalidOperationException($"the hart has no register {number}");
}
