using Mimus.Host;
using Mimus.Isa.RiscV.Privileged;

namespace Mimus.Isa.RiscV;

/// <content>The state in which firmware hands a hart to an operating system.</content>
public sealed unsafe partial class RiscVHart
{
    /// <summary>
    /// Puts the hart in S mode with everything delegated and open that M-mode firmware would delegate and open, so that no
    /// M-mode code is needed. It stays stopped until it is started.
    /// </summary>
    public void PrepareForSupervisor()
    {
        _state->Medeleg = 0xb1ff; // all but the environment call from S mode
        _state->Mideleg = Interrupt.SupervisorBits | (Has(Extension.Sscofpmf) ? 1ul << Interrupt.CounterOverflow : 0);
        _state->Mcounteren = uint.MaxValue;
        _state->Menvcfg |= EnvironmentConfiguration.SupervisorTimer | EnvironmentConfiguration.CacheClean | EnvironmentConfiguration.CacheInvalidate
            | EnvironmentConfiguration.CacheZero | (Has(Extension.Svpbmt) ? EnvironmentConfiguration.PageTypes : 0);
        _state->StateEnables.SetAll(1ul << 63 | 1ul << 62);
        _state->PmpAddresses[0] = (1ul << 54) - 1;
        _state->PmpConfigurations[0] = 0x1f; // one region, all of memory, all rights
        ProtectionChanged();
        Privilege = Privilege.Supervisor;
        Stop();
    }

    /// <summary>The supervisor's timer interrupt comes at this time, whether or not the hart shows stimecmp.</summary>
    public void SetSupervisorTimer(ulong deadline)
    {
        _state->Stimecmp = deadline;
        ArmSupervisorTimer();
    }

    /// <summary>The hart forgets its translation and goes on at an address once the wait that follows has ended.</summary>
    public void ResumeAfterWaiting(ulong address, ulong argument)
    {
        EnterSupervisor(address, argument);
        ForgetTranslations();
    }

    /// <summary>The state in which a supervisor begins (SBI 2.0, table 3).</summary>
    private void EnterSupervisor(ulong address, ulong argument)
    {
        _state->Pc = address;
        _state->Privilege = (ulong)Privilege.Supervisor;
        _state->Satp = 0;
        _state->Mstatus &= ~Mstatus.Sie;
        _state->X[10] = (ulong)Index;
        _state->X[11] = argument;
    }
}
