using Mimus.Core.Devices;
using Mimus.Core.Memory;
using Mimus.Isa.RiscV;
using Mimus.Isa.RiscV.Privileged;

namespace Mimus.Boards.RiscV;

/// <summary>
/// The firmware that is part of the machine: the RISC-V Supervisor Binary Interface 2.0, served without any guest code in
/// M mode. Called on the thread of the hart that makes the call.
/// </summary>
internal sealed class BuiltInSbi(IReadOnlyList<RiscVHart> harts, GuestMemory memory, IMmioDevice uart, IMachineControl control) : ISupervisorFirmware
{
    private const int A0 = 10, A1 = 11, A6 = 16, A7 = 17;
    private const ulong Version = 2ul << 24;
    private const ulong ImplementationId = 0x4d494d55; // "MIMU": the specification leaves large numbers free
    private const ulong ImplementationVersion = 1;
    private const ulong SupervisorSoftwareBit = 1ul << Interrupt.SupervisorSoftware;
    private const ulong AllHarts = ulong.MaxValue;
    private const int MaximumConsoleChunk = 4096;

    // Functions of the hart state extension, and the types of suspension.
    private const ulong Start = 0, Stop = 1, GetStatus = 2, Suspend = 3;
    private const ulong RetentiveSuspend = 0, NonRetentiveSuspend = 0x8000_0000;

    // Registers of the 16550 that the console functions use.
    private const ulong UartData = 0, UartStatus = 5;
    private const byte UartHasInput = 1;

    private static readonly ulong[] s_extensions =
    [
        SbiCall.Base, SbiCall.Timer, SbiCall.Ipi, SbiCall.RemoteFence, SbiCall.HartState, SbiCall.SystemReset, SbiCall.DebugConsole, SbiCall.Performance,
    ];

    private readonly Lock _hartStates = new();

    public void Call(RiscVHart hart)
    {
        var x = hart.Registers.Integers;
        var extension = x[A7];
        var a = x[A0..A6];
        if (extension <= SbiCall.LegacyShutdown)
        {
            x[A0] = CallLegacy(hart, extension, a);
            return;
        }
        ulong value = 0;
        var error = extension switch
        {
            SbiCall.Base => CallBase(x[A6], a[0], out value),
            SbiCall.Timer when x[A6] == 0 => SetTimer(hart, a[0]),
            SbiCall.Ipi when x[A6] == 0 => SendIpi(a[0], a[1]),
            SbiCall.RemoteFence => FenceRemotely(hart, x[A6], a[0], a[1]),
            SbiCall.HartState => CallHartState(hart, x[A6], a, out value),
            SbiCall.SystemReset when x[A6] == 0 => ResetSystem(hart, a[0], a[1]),
            SbiCall.DebugConsole => CallConsole(x[A6], a, out value),
            SbiCall.Performance when x[A6] == 0 => SbiError.Success, // there are no counters
            _ => SbiError.NotSupported,
        };
        if (error == SbiError.Success && extension == SbiCall.HartState && x[A6] == Suspend && a[0] == NonRetentiveSuspend) return;
        x[A0] = (ulong)error;
        x[A1] = value;
    }

    private static SbiError CallBase(ulong function, ulong argument, out ulong value)
    {
        value = function switch
        {
            0 => Version,
            1 => ImplementationId,
            2 => ImplementationVersion,
            3 => s_extensions.Contains(argument) || argument <= SbiCall.LegacyShutdown ? 1u : 0u,
            _ => 0, // vendor, architecture and implementation of the machine
        };
        return function <= 6 ? SbiError.Success : SbiError.NotSupported;
    }

    private static SbiError SetTimer(RiscVHart hart, ulong deadline)
    {
        hart.SetSupervisorTimer(deadline);
        return SbiError.Success;
    }

    private SbiError SendIpi(ulong mask, ulong first)
    {
        if (!TryTargets(mask, first, out var targets)) return SbiError.InvalidParameter;
        foreach (var target in targets) target.ChangePending(SupervisorSoftwareBit, 0, SupervisorSoftwareBit);
        return SbiError.Success;
    }

    private SbiError FenceRemotely(RiscVHart hart, ulong function, ulong mask, ulong first)
    {
        // 0: instructions; 1 and 2: translations, which are flushed as a whole. The others are for hypervisors.
        if (function > 2) return SbiError.NotSupported;
        if (!TryTargets(mask, first, out var targets)) return SbiError.InvalidParameter;
        foreach (var target in targets) target.FlushFrom(hart);
        return SbiError.Success;
    }

    private SbiError CallHartState(RiscVHart hart, ulong function, ReadOnlySpan<ulong> a, out ulong value)
    {
        value = 0;
        switch (function)
        {
            case Start:
                if (a[0] >= (ulong)harts.Count) return SbiError.InvalidParameter;
                if (memory.Find(new GuestAddress(a[1]), 4) is null) return SbiError.InvalidAddress;
                lock (_hartStates)
                {
                    var target = harts[(int)a[0]];
                    if (!target.IsStopped) return SbiError.AlreadyAvailable;
                    target.Start(a[1], a[2]);
                }
                return SbiError.Success;
            case Stop:
                hart.Stop();
                return SbiError.Success;
            case GetStatus:
                if (a[0] >= (ulong)harts.Count) return SbiError.InvalidParameter;
                value = harts[(int)a[0]].IsStopped ? 1u : 0u;
                return SbiError.Success;
            case Suspend:
                if (a[0] is not (RetentiveSuspend or NonRetentiveSuspend)) return SbiError.NotSupported;
                if (a[0] == NonRetentiveSuspend) hart.ResumeAfterWaiting(a[1], a[2]);
                hart.WaitRequested = true;
                return SbiError.Success;
            default:
                return SbiError.NotSupported;
        }
    }

    private SbiError ResetSystem(RiscVHart hart, ulong type, ulong reason)
    {
        if (type > 2 || reason > 1) return SbiError.InvalidParameter;
        if (type == 0) control.RequestPowerOff(reason == 0 ? 0 : 1);
        else control.RequestReset();
        hart.Signal.Raise(Core.Cpus.Attention.Stop);
        return SbiError.Success;
    }

    private SbiError CallConsole(ulong function, ReadOnlySpan<ulong> a, out ulong value)
    {
        value = 0;
        if (function == 2)
        {
            PutCharacter((byte)a[0]);
            return SbiError.Success;
        }
        if (function > 1) return SbiError.NotSupported;
        var length = (int)Math.Min(a[0], MaximumConsoleChunk);
        if (a[2] != 0) return SbiError.InvalidParameter;
        Span<byte> buffer = stackalloc byte[length];
        if (function == 0)
        {
            if (!memory.TryRead(new GuestAddress(a[1]), buffer)) return SbiError.InvalidParameter;
            foreach (var b in buffer) PutCharacter(b);
            value = (ulong)length;
            return SbiError.Success;
        }
        var count = 0;
        while (count < length && TryGetCharacter(out buffer[count])) count++;
        if (!memory.TryWrite(new GuestAddress(a[1]), buffer[..count])) return SbiError.InvalidParameter;
        value = (ulong)count;
        return SbiError.Success;
    }

    private ulong CallLegacy(RiscVHart hart, ulong function, ReadOnlySpan<ulong> a)
    {
        switch (function)
        {
            case SbiCall.LegacySetTimer:
                hart.SetSupervisorTimer(a[0]);
                return 0;
            case SbiCall.LegacyPutCharacter:
                PutCharacter((byte)a[0]);
                return 0;
            case SbiCall.LegacyGetCharacter:
                return TryGetCharacter(out var character) ? character : ulong.MaxValue;
            case SbiCall.LegacyClearIpi:
                hart.ChangePending(0, SupervisorSoftwareBit, SupervisorSoftwareBit);
                return 0;
            case SbiCall.LegacySendIpi:
                return (ulong)SendIpi(LegacyMask(hart, a[0]), 0);
            case SbiCall.LegacyRemoteFenceI or SbiCall.LegacyRemoteFence or SbiCall.LegacyRemoteFenceAsid:
                return (ulong)FenceRemotely(hart, 0, LegacyMask(hart, a[0]), 0);
            default:
                return (ulong)ResetSystem(hart, 0, 0);
        }
    }

    /// <summary>The legacy functions take the virtual address of a mask; harts that do not exist are passed over.</summary>
    private ulong LegacyMask(RiscVHart hart, ulong address)
    {
        var all = harts.Count >= 64 ? ulong.MaxValue : (1ul << harts.Count) - 1;
        if (address == 0) return all;
        return hart.Debug.TryTranslate(address, out var physical) && memory.TryRead(new GuestAddress(physical), out ulong mask) ? mask & all : 0;
    }

    /// <summary>The harts that a mask from <paramref name="first"/> on means; false when one of them does not exist.</summary>
    private bool TryTargets(ulong mask, ulong first, out List<RiscVHart> targets)
    {
        targets = [];
        if (first == AllHarts)
        {
            targets.AddRange(harts);
            return true;
        }
        for (; mask != 0; mask &= mask - 1)
        {
            var index = first + (ulong)System.Numerics.BitOperations.TrailingZeroCount(mask);
            if (index >= (ulong)harts.Count) return false;
            targets.Add(harts[(int)index]);
        }
        return true;
    }

    private void PutCharacter(byte character) => uart.Write(UartData, [character]);

    private bool TryGetCharacter(out byte character)
    {
        Span<byte> register = [0];
        uart.Read(UartStatus, register);
        character = 0;
        if ((register[0] & UartHasInput) == 0) return false;
        uart.Read(UartData, register);
        character = register[0];
        return true;
    }
}
