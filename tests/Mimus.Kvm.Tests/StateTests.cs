using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Mimus.Core.Cpus;
using Mimus.Isa.X86;
using Mimus.Kvm.Tests.Support;
using Mimus.TestSupport;
using Mimus.Translation.Evaluator;

namespace Mimus.Kvm.Tests;

/// <summary>A processor's state goes to the kernel and comes back, and from one engine to another.</summary>
public sealed class StateTests
{
    [FactNeeding(Need.Kvm)]
    public void What_a_guest_does_not_touch_comes_back_as_it_went()
    {
        using var machine = new SmallMachine().EnterLongMode().Load("f4"); // hlt
        ref var state = ref machine.State;
        var random = new Random(5);
        for (var i = 0; i < 16; i++) state.General[i] = (ulong)random.NextInt64();
        for (var i = 0; i < 16; i++) (state.VectorParts(i)[0], state.VectorParts(i)[1]) = ((ulong)random.NextInt64(), (ulong)random.NextInt64());
        SetX87(ref state);
        state.Mxcsr = 0x1fa5;
        for (var i = 0; i < 4; i++) state.DebugAddresses[i] = 0x1234000ul + (ulong)i;
        state.Cr2 = 0x7fff_1234;
        (state.SysenterCs, state.SysenterEsp, state.SysenterEip) = (0x10, 0x11_2233, 0x44_5566);
        (state.Star, state.Lstar, state.Cstar, state.SyscallMask, state.KernelGsBase) = (0x0023_0010_0000_0000, 0x7000_0000, 0x7000_1000, 0x700, 0x1234_5678_9000);
        state.Pat = 0x0007_0406_0007_0106;
        state.Segment(SegmentNumber.Fs).Base = 0x1111_2222_3000;
        state.Segment(SegmentNumber.Gs).Base = 0x3333_4444_5000;
        state.Segment(SegmentNumber.Task) = new SegmentState { Selector = 0x18, Base = 0x22000, Limit = 0x67, Attributes = 0x8b };
        state.Efer |= 1; // SCE
        machine.Cpu.RegistersWereRead();
        machine.Cpu.Flags = EFlags.Carry | EFlags.Zero | EFlags.Overflow | EFlags.Direction | EFlags.IoPrivilege | EFlags.Identification;
        var expected = state;
        machine.RunToHalt();
        (expected.Rip, expected.Activity, expected.TscOffset) = (SmallMachine.Code + 1, Activity.Halted, state.TscOffset);
        Assert.Equal(Words(ref expected), Words(ref state));
    }

    [TheoryNeeding(Need.Kvm)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(40)]
    public void A_computation_goes_on_from_one_engine_to_the_other_and_back(int accessesBetween)
    {
        var expected = Compute(new EvaluatorAccelerator());
        // Now an engine after the other, each for so many of the guest's accesses.
        SmallMachine? machine = null;
        for (var turn = 0; ; turn++)
        {
            var next = new SmallMachine(turn % 2 == 0 ? KvmAccelerator.Create() : new EvaluatorAccelerator(), model: Common);
            if (machine is null) Begin(next);
            else
            {
                machine.Ram.Bytes(0, 0x40000).CopyTo(next.Ram.Bytes(0, 0x40000));
                Transplant(machine, next);
                machine.Dispose();
            }
            machine = next;
            machine.Device.OnAccess = count =>
            {
                if (count == accessesBetween || IsDone(next)) next.Cpu.Signal.Raise(Attention.Stop);
            };
            var exit = machine.Vcpu.Run();
            Assert.True(exit == VcpuExit.Kicked, $"turn {turn}: {exit} {machine.Vcpu.Failure}");
            if (IsDone(machine)) break;
        }
        Assert.Equal(expected, Result(machine));
        machine.Dispose();
    }

    [FactNeeding(Need.Kvm)]
    public void A_state_with_a_feature_that_the_host_lacks_is_refused_by_its_name()
    {
        using var source = new SmallMachine(new EvaluatorAccelerator(), model: CpuModels.Max);
        using var target = new SmallMachine();
        var missing = CpuModels.Max.Features.Except(target.Cpu.Model.Features);
        Assert.True(missing.Has(X86Feature.TscDeadline));
        var error = Assert.Throws<Core.State.StateException>(() => Transplant(source, target));
        Assert.Contains(FeatureNames.Describe(missing), error.Message, StringComparison.Ordinal);
        Assert.Contains("tsc-deadline", error.Message, StringComparison.Ordinal);
    }

    [FactNeeding(Need.HardwareKvm)]
    public void Time_goes_on_from_the_saved_counter()
    {
        // mov ecx, 10h; rdmsr; hlt
        using var machine = new SmallMachine().Load("66b910000000 0f32 f4");
        machine.State.TscOffset = 0x100_0000_0000;
        machine.RunToHalt();
        Assert.Equal(0x100ul, machine.State.General[Slot.Rdx]);
        Assert.InRange(machine.Cpu.TimeStampCounter, 0x100_0000_0000ul, 0x1ff_ffff_fffful);
    }

    /// <summary>What KVM has here and Mimus too: the same on both sides.</summary>
    private static CpuModel Common => CpuModels.Max with { Features = CpuModels.Max.Features.Except(KvmAccelerator.FindMissing(CpuModels.Max.Features)) };

    private static ulong[] Compute(IAccelerator accelerator)
    {
        using var machine = new SmallMachine(accelerator, model: Common);
        Begin(machine);
        machine.Device.OnAccess = _ =>
        {
            if (IsDone(machine)) machine.Cpu.Signal.Raise(Attention.Stop);
        };
        Assert.Equal(VcpuExit.Kicked, machine.Vcpu.Run());
        Assert.Equal(101, machine.Device.Accesses.Count);
        return Result(machine);
    }

    /// <summary>Integers, SSE, x87 and memory at level 3, with an access to a device in each of 100 rounds.</summary>
    private static void Begin(SmallMachine machine)
    {
        machine.EnterUserMode();
        // mov ecx, 100; mov edx, d0000h; mov rdi, 30000h; fld1; mov rax, 123456789abcdef1h; movq xmm0, rax
        // again: imul rax, rax, 3039h; adc rax, rcx; movq xmm1, rax; paddq xmm0, xmm1; fadd st0, st0; mov [rdx], eax; mov [rdi + rcx * 8], rax; dec ecx; jnz again
        // fstp qword [rdi]; mov [rdx + 8], eax; jmp $
        machine.Load("b964000000 ba00000d00 48c7c700000300 d9e8 48b8f1debc9a78563412 66480f6ec0 4869c039300000 4811c8 66480f6ec8 660fd4c1 d8c0 8902 488904cf ffc9 75e1 dd1f 894208 ebfe");
    }

    private static bool IsDone(SmallMachine machine) => machine.Device.Accesses[^1].StartsWith("w8", StringComparison.Ordinal);

    private static ulong[] Result(SmallMachine machine) =>
        [machine.State.General[Slot.Rax], machine.State.VectorParts(0)[0], machine.State.VectorParts(1)[0], machine.Cpu.Flags & EFlags.Arithmetic, .. MemoryMarshal.Cast<byte, ulong>(machine.Ram.Bytes(0x30000, 0x330)).ToArray()];

    private static void Transplant(SmallMachine from, SmallMachine to)
    {
        var copy = new StateCopy();
        from.Cpu.State(copy);
        copy.Turn();
        to.Cpu.State(copy);
        to.Vcpu.Forget();
    }

    private static void SetX87(ref X86State state)
    {
        const int Significand = 0, Exponent = 1;
        // Without an exception, AMD's processors do not keep where the last instruction was (APM volume 5, FXSAVE).
        (state.X87Control, state.X87Status, state.X87Used) = (0x27f, 0x3000, 0xc0);
        for (var i = 0; i < 8; i++)
        {
            var place = MemoryMarshal.CreateSpan(ref Unsafe.AsRef(in X87Word(ref state, i)), 2);
            (place[Significand], place[Exponent]) = (0x8000_0000_0000_0001ul + (ulong)i, 0x4000ul + (ulong)i);
        }
    }

    private static ref ulong X87Word(ref X86State state, int register) =>
        ref MemoryMarshal.Cast<byte, ulong>(MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref state, 1)))[Slot.Vector(Slot.Mmx + register)];

    private static ulong[] Words(ref X86State state) => MemoryMarshal.Cast<byte, ulong>(MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref state, 1))).ToArray();
}
