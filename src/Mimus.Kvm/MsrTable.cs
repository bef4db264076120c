using Mimus.Host;
using Mimus.Isa.X86;
using Mimus.Kvm.Kernel;

namespace Mimus.Kvm;

/// <summary>The model-specific registers that the state has places for, as far as a processor of this host has them.</summary>
internal sealed unsafe class MsrTable
{
    private delegate ref ulong Place(ref X86State state);

    private const uint TimeStampNumber = 0x10, FirstVariableMtrr = 0x200;

    private static readonly uint[] s_fixedMtrrs = [0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f, 0x2ff];

    /// <summary>EFER, the segments' bases and the APIC's base are moved with the system registers, the time-stamp counter by itself.</summary>
    private static readonly (uint Number, Place Place)[] s_rows =
    [
        (0x174, static (ref s) => ref s.SysenterCs),
        (0x175, static (ref s) => ref s.SysenterEsp),
        (0x176, static (ref s) => ref s.SysenterEip),
        (0x1a0, static (ref s) => ref s.MiscEnable),
        (0x277, static (ref s) => ref s.Pat),
        (0xc0000081, static (ref s) => ref s.Star),
        (0xc0000082, static (ref s) => ref s.Lstar),
        (0xc0000083, static (ref s) => ref s.Cstar),
        (0xc0000084, static (ref s) => ref s.SyscallMask),
        (0xc0000102, static (ref s) => ref s.KernelGsBase),
        (0xc0000103, static (ref s) => ref s.TscAux),
        .. Enumerable.Range(0, 16).Select(i => (FirstVariableMtrr + (uint)i, (Place)((ref s) => ref s.Mtrrs[i]))),
        .. s_fixedMtrrs.Select((number, i) => (number, (Place)((ref s) => ref s.Mtrrs[16 + i]))),
    ];

    private readonly KvmFile _cpu;
    private readonly (uint Number, Place Place)[] _rows;

    // A head and an entry for each row, in one piece as the kernel wants them.
    private readonly MsrEntry[] _message;
    private int _done; // how many registers the last call came to

    /// <summary>
    /// Which registers there are is asked of the processor itself: the kernel's list leaves out some that it keeps, such as the MTRRs.
    /// </summary>
    public MsrTable(KvmFile cpu)
    {
        _cpu = cpu;
        _message = new MsrEntry[s_rows.Length + 1];
        _rows = [.. s_rows.Where(row => TryExchange(KvmCalls.GetMsrs, [row.Number], [0]))];
    }

    public void Read(ref X86State state)
    {
        Exchange(KvmCalls.GetMsrs, ref state);
        for (var i = 0; i < _rows.Length; i++) _rows[i].Place(ref state) = _message[i + 1].Value;
    }

    public void Write(ref X86State state) => Exchange(KvmCalls.SetMsrs, ref state);

    /// <summary>The time-stamp counter.</summary>
    public ulong TimeStampCounter
    {
        get => TryExchange(KvmCalls.GetMsrs, [TimeStampNumber], [0]) ? _message[1].Value : throw Refusal(TimeStampNumber, 0);
        set
        {
            if (!TryExchange(KvmCalls.SetMsrs, [TimeStampNumber], [value])) throw Refusal(TimeStampNumber, value);
        }
    }

    private static HostException Refusal(uint number, ulong value) =>
        new($"KVM does not take or give 0x{value:x} for model-specific register 0x{number:x}; the machine needs a processor model that fits this host");

    private void Exchange(in KvmCall<MsrHead> call, ref X86State state)
    {
        Span<uint> numbers = stackalloc uint[_rows.Length];
        Span<ulong> values = stackalloc ulong[_rows.Length];
        for (var i = 0; i < _rows.Length; i++) (numbers[i], values[i]) = (_rows[i].Number, _rows[i].Place(ref state));
        if (TryExchange(call, numbers, values)) return;
        throw Refusal(_rows[_done].Number, values[_done]);
    }

    private bool TryExchange(in KvmCall<MsrHead> call, ReadOnlySpan<uint> numbers, ReadOnlySpan<ulong> values)
    {
        for (var i = 0; i < numbers.Length; i++) _message[i + 1] = new MsrEntry { Number = numbers[i], Value = values[i] };
        fixed (MsrEntry* message = _message) // safe: the head takes the second half of the first place, and no more entries are named than follow
        {
            var head = (MsrHead*)(message + 1) - 1;
            head->Count = (uint)numbers.Length;
            _done = _cpu.Call(call, head);
        }
        return _done == numbers.Length;
    }
}
