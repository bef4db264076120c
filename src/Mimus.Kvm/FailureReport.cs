using System.Globalization;
using System.Text;
using Mimus.Isa.X86;
using Mimus.Kvm.Kernel;

namespace Mimus.Kvm;

/// <summary>What is told of a processor that the kernel cannot run on.</summary>
internal static unsafe class FailureReport
{
    private const int CodeLength = 15;

    private static readonly string[] s_names = ["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"];

    /// <summary>The reason, the registers and the code at the instruction pointer; the state must be in the struct.</summary>
    public static string Write(string reason, X86Cpu cpu, Core.Memory.GuestMemory memory)
    {
        ref var state = ref cpu.Registers;
        var text = new StringBuilder($"{reason}; {cpu.Name} was here:\n");
        for (var i = 0; i < s_names.Length; i++) text.Append(CultureInfo.InvariantCulture, $"{s_names[i],-3} {state.General[i]:x16}{(i % 4 == 3 ? "\n" : "  ")}");
        for (var segment = SegmentNumber.Es; segment <= SegmentNumber.Gs; segment++)
            text.Append(CultureInfo.InvariantCulture, $"{segment.ToString().ToLowerInvariant()} {state.Segment(segment).Selector:x4}:{state.Segment(segment).Base:x}  ");
        text.Append(CultureInfo.InvariantCulture, $"\nrip {state.Rip:x16}  rflags {cpu.Flags:x8}  cr0 {state.Cr0:x8}  cr2 {state.Cr2:x}  cr3 {state.Cr3:x}  cr4 {state.Cr4:x}  efer {state.Efer:x}\ncode");
        var linear = state.Rip + (cpu.Mode.CodeBits == 64 ? 0 : state.Segment(SegmentNumber.Cs).Base);
        for (var i = 0ul; i < CodeLength; i++)
        {
            if (!cpu.Debug.TryTranslate(linear + i, out var physical) || !memory.TryRead(new Core.Memory.GuestAddress(physical), out byte value)) break;
            text.Append(CultureInfo.InvariantCulture, $" {value:x2}");
        }
        return text.ToString();
    }

    /// <summary>What the kernel says of an internal error.</summary>
    public static string Describe(RunArea* run)
    {
        const uint Emulation = 1, SimultaneousExceptions = 2, Delivery = 3, UnexpectedExit = 4;
        var kind = run->ErrorKind switch
        {
            Emulation => "it cannot carry out an instruction",
            SimultaneousExceptions => "exceptions came together that it cannot sort",
            Delivery => "an interrupt could not be delivered",
            UnexpectedExit => "the processor stopped for a reason that it does not know",
            var other => $"error {other}",
        };
        return $"KVM gave up: {kind}";
    }
}
