using Mimus.Core.Memory;

namespace Mimus.Isa.X86;

/// <content>Memory as the processor itself reaches it, see <see cref="SystemMemory"/>.</content>
public sealed unsafe partial class X86Cpu
{
    /// <summary>Reads up to eight bytes at a linear address with the rights of the system.</summary>
    internal bool TryReadSystem(ulong address, int size, out ulong value) => _systemMemory.TryRead(address, size, isUser: false, isImplicit: true, out value);

    internal bool TryWriteSystem(ulong address, int size, ulong value) => _systemMemory.TryWrite(address, size, isUser: false, isImplicit: true, value);

    internal bool TryRead(ulong address, int size, bool isUser, bool isImplicit, out ulong value) =>
        _systemMemory.TryRead(address, size, isUser, isImplicit, out value);

    internal bool TryWrite(ulong address, int size, bool isUser, bool isImplicit, ulong value) => _systemMemory.TryWrite(address, size, isUser, isImplicit, value);

    /// <summary>Whether the running program may write so many bytes.</summary>
    internal bool TryProbeWrite(ulong address, int size) => _systemMemory.TryProbeWrite(address, size, isUser: _state->Cpl == 3);

    protected override void FlushAll()
    {
        _systemMemory.Forget();
        base.FlushAll();
    }

    public override void ForgetWrites()
    {
        _systemMemory.ForgetWrites();
        base.ForgetWrites();
    }
}
