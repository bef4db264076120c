using System.Runtime.CompilerServices;
using Mimus.Core.Memory;

namespace Mimus.Isa.X86;

/// <summary>
/// Memory as the processor itself reaches it: tables, stacks of interrupts, task states, images of registers. All return false with a fault pending. What
/// is reached with the rights of the system, the same pages again and again, is remembered, as engines remember translations.
/// </summary>
internal sealed unsafe class SystemMemory(X86Cpu cpu, Mmu mmu)
{
    private const ulong PageSize = 4096, PageMask = PageSize - 1;
    private const int PageBits = 12, KnownCount = 64;

    private readonly KnownPage[] _reads = new KnownPage[KnownCount], _writes = new KnownPage[KnownCount];

    public bool TryRead(ulong address, int size, bool isUser, bool isImplicit, out ulong value)
    {
        address = Wrap(address);
        ref var known = ref _reads[IndexOf(address)];
        if (!isUser && known.Has(address, size))
        {
            value = Read(known.Host + (address & PageMask), size);
            return true;
        }
        value = 0;
        if (Crosses(address, size)) return TryReadBytes(address, size, isUser, isImplicit, out value);
        if (!mmu.TryTranslate(address, size, MemoryAccess.Load, isUser, isImplicit, out var found)) return false;
        if (!found.Region.Range.Contains(found.PhysicalAddress, (ulong)size)) return true;
        if (found.Region.Ram is null)
        {
            value = found.Region.Read(found.PhysicalAddress, size);
            return true;
        }
        var host = found.Region.HostOf(found.PhysicalAddress);
        if (!isUser && MayRemember(found, isImplicit)) known = new KnownPage(address, host);
        value = Read(host, size);
        return true;
    }

    public bool TryWrite(ulong address, int size, bool isUser, bool isImplicit, ulong value)
    {
        address = Wrap(address);
        ref var known = ref _writes[IndexOf(address)];
        if (!isUser && known.Has(address, size))
        {
            Write(known.Host + (address & PageMask), size, value);
            return true;
        }
        if (Crosses(address, size)) return TryWriteBytes(address, size, isUser, isImplicit, value);
        if (!mmu.TryTranslate(address, size, MemoryAccess.Store, isUser, isImplicit, out var found)) return false;
        if (!found.Region.Range.Contains(found.PhysicalAddress, (ulong)size)) return true;
        if (found.Region.Ram is not { } ram)
        {
            found.Region.Write(found.PhysicalAddress, size, value);
            return true;
        }
        if (found.Region.IsReadOnly) return true;
        // As long as the page is remembered, it counts as written.
        ram.MarkBeforeWrite(found.Region.OffsetOf(found.PhysicalAddress), (ulong)size);
        var host = found.Region.HostOf(found.PhysicalAddress);
        if (!isUser && MayRemember(found, isImplicit) && !cpu.HasCode(PageOf(host))) known = new KnownPage(address, host);
        Write(host, size, value);
        cpu.StoredTo(host, size);
        return true;
    }

    /// <summary>Whether the running program may write so many bytes.</summary>
    public bool TryProbeWrite(ulong address, int size, bool isUser) =>
        mmu.TryTranslate(Wrap(address), 1, MemoryAccess.Store, isUser, isImplicit: false, out _)
            && mmu.TryTranslate(Wrap(address + (ulong)size - 1), 1, MemoryAccess.Store, isUser, isImplicit: false, out _);

    /// <summary>The guest's tables may say something else now, or other memory may be behind an address.</summary>
    public void Forget()
    {
        mmu.Forget();
        Array.Clear(_reads);
        ForgetWrites();
    }

    public void ForgetWrites() => Array.Clear(_writes);

    /// <summary>What is implicit may reach less than other accesses of the system; regions smaller than a page are looked up each time.</summary>
    private bool MayRemember(in PageTranslation found, bool isImplicit) => (isImplicit || (cpu.Registers.Cr4 & Cr4.Smap) == 0)
        && found.Region.Range.Contains(found.PhysicalAddress & ~PageMask, PageSize);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong Wrap(ulong address) => cpu.IsLongActive ? address : (uint)address;

    private static int IndexOf(ulong address) => (int)(address >> PageBits) & (KnownCount - 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Crosses(ulong address, int size) => (address & PageMask) + (ulong)size > PageSize;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Read(byte* host, int size)
    {
        if (size == sizeof(ulong)) return Unsafe.ReadUnaligned<ulong>(host);
        ulong value = 0;
        Unsafe.CopyBlockUnaligned(&value, host, (uint)size);
        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(byte* host, int size, ulong value)
    {
        if (size == sizeof(ulong)) Unsafe.WriteUnaligned(host, value);
        else Unsafe.CopyBlockUnaligned(host, &value, (uint)size);
    }

    private static byte* PageOf(byte* host) => (byte*)((ulong)host & ~PageMask);

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
        if (!mmu.TryTranslate(Wrap(address + (ulong)size - 1), 1, MemoryAccess.Store, isUser, isImplicit, out _)) return false;
        for (var i = 0; i < size; i++)
        {
            if (!TryWrite(address + (ulong)i, 1, isUser, isImplicit, (byte)(value >> (8 * i)))) return false;
        }
        return true;
    }

    /// <summary>A page by its address, to which one is added so that zeroes are none, and where it is in host memory.</summary>
    private readonly struct KnownPage(ulong address, byte* host)
    {
        private readonly ulong _tag = (address & ~PageMask) + 1;

        public readonly byte* Host = host - (address & PageMask);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool Has(ulong at, int size) => _tag == (at & ~PageMask) + 1 && !Crosses(at, size);
    }
}
