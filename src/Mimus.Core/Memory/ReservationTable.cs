using System.Runtime.CompilerServices;

namespace Mimus.Core.Memory;

/// <summary>
/// Reservations of load-reserved / load-exclusive instructions across all vCPUs of a machine.
/// </summary>
/// <remarks>
/// Addresses here are the host's, of the bytes that hold guest memory.
/// A load-reserved marks a byte of a small table that all writers look at before they write. A writer that finds the byte
/// zero just writes; one that finds it set takes the lock of that byte and breaks the reservations on the granule first.
/// The store-conditional takes the same lock and, holding a valid reservation, replaces memory by compare-and-swap with the
/// value that its load saw: a writer that looked before the mark was set and wrote after it is then either seen as a changed
/// value or was ordered before the load. Comparing alone would miss a value that changed and changed back.
/// A machine with one vCPU never marks, so its writers never leave the fast path.
/// </remarks>
public sealed unsafe class ReservationTable
{
    /// <summary>Bytes that one reservation covers; the RISC-V and Arm manuals both allow a cache line.</summary>
    public const int GranuleSize = 64;

    /// <summary>An address divided by the granule's size, and by this mask, is the place of its mark.</summary>
    public const int MarkMask = MarkCount - 1;

    private const int MarkCount = 4096;
    private static readonly nuint s_none = nuint.MaxValue;

    private readonly byte[] _marks = GC.AllocateArray<byte>(MarkCount, pinned: true);
    private readonly Lock _lock = new();
    private nuint[] _granules = GC.AllocateUninitializedArray<nuint>(0, pinned: true);

    /// <summary>The table of marks, for emitted code and inlined checks: see <see cref="MarkIndex"/>.</summary>
    public byte* Marks => (byte*)Unsafe.AsPointer(ref _marks[0]); // pinned

    /// <summary>Whether more than one vCPU writes, so that marks have to be looked at.</summary>
    public bool IsShared => _granules.Length > 1;

    /// <summary>
    /// Where the number of the granule that a vCPU has reserved is, for emitted code of a machine with one vCPU; all vCPUs are
    /// registered by then.
    /// </summary>
    public nuint* GranuleOf(int vcpuIndex) => (nuint*)Unsafe.AsPointer(ref _granules[vcpuIndex]); // pinned

    /// <summary>Where the mark for an address is.</summary>
    public static int MarkIndex(nuint address) => (int)((address / GranuleSize) & MarkMask);

    /// <summary>Makes room for vCPUs; called while the machine is built.</summary>
    public void Register(int vcpuIndex)
    {
        if (vcpuIndex < _granules.Length) return;
        var granules = GC.AllocateUninitializedArray<nuint>(vcpuIndex + 1, pinned: true);
        for (var i = 0; i < granules.Length; i++) granules[i] = s_none;
        _granules.CopyTo(granules, 0);
        _granules = granules;
    }

    /// <summary>Records a reservation of the granule around <paramref name="address"/>; the caller loads after this returns.</summary>
    public void Reserve(int vcpuIndex, nuint address)
    {
        var granule = address / GranuleSize;
        if (_granules.Length == 1)
        {
            _granules[0] = granule;
            return;
        }
        lock (_lock)
        {
            DropLocked(vcpuIndex);
            _granules[vcpuIndex] = granule;
            _marks[MarkIndex(address)]++;
        }
        Interlocked.MemoryBarrier();
    }

    /// <summary>Gives the vCPU's reservation up.</summary>
    public void Release(int vcpuIndex)
    {
        if (_granules.Length == 1) _granules[0] = s_none;
        else if (_granules[vcpuIndex] != s_none)
        {
            lock (_lock) DropLocked(vcpuIndex);
        }
    }

    /// <summary>Called by whoever writes to a marked address, before the write.</summary>
    public void Break(int writerIndex, nuint address)
    {
        var granule = address / GranuleSize;
        lock (_lock)
        {
            for (var i = 0; i < _granules.Length; i++)
            {
                if (i != writerIndex && _granules[i] == granule) DropLocked(i);
            }
        }
    }

    /// <summary>Breaks all reservations on memory that a device writes.</summary>
    public void BreakRange(byte* start, ulong length)
    {
        if (_granules.Length == 0) return;
        var first = (nuint)start / GranuleSize;
        var last = ((nuint)start + (nuint)(length - 1)) / GranuleSize;
        for (var i = 0; i < _granules.Length; i++)
        {
            var granule = Volatile.Read(ref _granules[i]);
            if (granule == s_none || granule < first || granule > last) continue;
            lock (_lock)
            {
                if (_granules[i] == granule) DropLocked(i);
            }
        }
    }

    /// <summary>
    /// The store-conditional: succeeds when the vCPU's reservation still covers the address and memory still holds
    /// <paramref name="expected"/>, the value its load saw. The reservation is gone afterwards either way.
    /// </summary>
    public bool TryStore(int vcpuIndex, byte* host, int size, ulong expected, ulong value)
    {
        var granule = (nuint)host / GranuleSize;
        if (_granules.Length == 1)
        {
            var held = _granules[0] == granule;
            _granules[0] = s_none;
            return held && Replace(host, size, expected, value);
        }
        lock (_lock)
        {
            if (_granules[vcpuIndex] != granule)
            {
                DropLocked(vcpuIndex);
                return false;
            }
            // The store itself breaks the reservations of the others.
            for (var i = 0; i < _granules.Length; i++)
            {
                if (_granules[i] == granule) DropLocked(i);
            }
            return Replace(host, size, expected, value);
        }
    }

    /// <summary>Forgets all reservations, as at reset.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            for (var i = 0; i < _granules.Length; i++) DropLocked(i);
        }
    }


    private static bool Replace(byte* host, int size, ulong expected, ulong value) => size == 4
        ? Interlocked.CompareExchange(ref *(uint*)host, (uint)value, (uint)expected) == (uint)expected
        : Interlocked.CompareExchange(ref *(ulong*)host, value, expected) == expected;

    private void DropLocked(int vcpuIndex)
    {
        var granule = _granules[vcpuIndex];
        if (granule == s_none) return;
        _granules[vcpuIndex] = s_none;
        if (_granules.Length > 1) _marks[MarkIndex(granule * GranuleSize)]--;
    }
}
