namespace Mimus.Isa.X86;

/// <content>Memory as the processor itself reaches it: tables, stacks of interrupts, task states. All return false with a fault pending.</content>
public sealed unsafe partial class X86Cpu
{
    private const ulong PageMask = 0xfff;

    /// <summary>Reads up to eight bytes at a linear address with the rights of the system.</summary>
    internal bool TryReadSystem(ulong address, int size, out ulong value) => TryRead(address, size, isUser: false, isImplicit: true, out value);

    internal bool TryWriteSystem(ulong address, int size, ulong value) => TryWrite(address, size, isUser: false, isImplicit: true, value);

    private bool TryTranslate(ulong address, int size, MemoryAccess access, bool isUser, bool isImplicit, out PageTranslation found) => isImplicit && !isUser
        ? _mmu.TryTranslateSystem(address, size, access, out found)
        : _mmu.TryTranslate(address, size, access, isUser, isImplicit, out found);

    internal bool TryRead(ulong address, int size, bool isUser, bool isImplicit, out ulong value)
    {
        value = 0;
        if ((address & PageMask) + (ulong)size > PageMask + 1) return TryReadBytes(address, size, isUser, isImplicit, out value);
        if (!TryTranslate(Wrap(address), size, MemoryAccess.Load, isUser, isImplicit, out var found)) return false;
        if (found.Region.Ram is not null)
        {
            if (!found.Region.Range.Contains(found.PhysicalAddress, (ulong)size)) return true;
            Span<byte> bytes = stackalloc byte[8];
            bytes.Clear();
            new ReadOnlySpan<byte>(found.Region.HostOf(found.PhysicalAddress), size).CopyTo(bytes);
            value = BitConverter.ToUInt64(bytes);
        }
        else if (found.Region.Range.Contains(found.PhysicalAddress, (ulong)size)) value = found.Region.Read(found.PhysicalAddress, size);
        return true;
    }

    internal bool TryWrite(ulong address, int size, bool isUser, bool isImplicit, ulong value)
    {
        if ((address & PageMask) + (ulong)size > PageMask + 1) return TryWriteBytes(address, size, isUser, isImplicit, value);
        if (!TryTranslate(Wrap(address), size, MemoryAccess.Store, isUser, isImplicit, out var found)) return false;
        if (found.Region.Ram is { } ram)
        {
            if (found.Region.IsReadOnly || !found.Region.Range.Contains(found.PhysicalAddress, (ulong)size)) return true;
            var offset = found.Region.OffsetOf(found.PhysicalAddress);
            ram.MarkBeforeWrite(offset, (ulong)size);
            BitConverter.GetBytes(value).AsSpan(0, size).CopyTo(new Span<byte>(ram.Pointer + offset, size));
            StoredTo(ram.Pointer + offset, size);
        }
        else if (found.Region.Range.Contains(found.PhysicalAddress, (ulong)size)) found.Region.Write(found.PhysicalAddress, size, value);
        return true;
    }

    /// <summary>Whether the running program may write so many bytes.</summary>
    internal bool TryProbeWrite(ulong address, int size)
    {
        var isUser = _state->Cpl == 3;
        return _mmu.TryTranslate(Wrap(address), 1, MemoryAccess.Store, isUser, isImplicit: false, out _)
            && _mmu.TryTranslate(Wrap(address + (ulong)size - 1), 1, MemoryAccess.Store, isUser, isImplicit: false, out _);
    }

    private ulong Wrap(ulong address) => IsLongActive ? address : (uint)address;

    private bool TryReadBytes(ulong address, int size, bool isUser, bool isImplicit, out ulong value)
    {
        value = 0;
        for (var i = 0; i < size; i++)
        {
            if (!TryRead(address + (ulong)i, 1, isUser, isImplicit, out var part)) return false;
            value |= part << (8 * i);
        }
        return true;
    }

    private bool TryWriteBytes(ulong address, int size, bool isUser, bool isImplicit, ulong value)
    {
        // The second page is probed before the first byte changes.
        if (!_mmu.TryTranslate(Wrap(address + (ulong)size - 1), 1, MemoryAccess.Store, isUser, isImplicit, out _)) return false;
        for (var i = 0; i < size; i++)
        {
            if (!TryWrite(address + (ulong)i, 1, isUser, isImplicit, (byte)(value >> (8 * i)))) return false;
        }
        return true;
    }
}
