using Mimus.Core.Memory;
using Mimus.Isa.X86;
using Mimus.Kvm.Kernel;

namespace Mimus.Kvm;

/// <summary>Carries out the accesses to ports and physical addresses that the kernel left guest code for.</summary>
internal sealed unsafe class GuestAccesses(X86Cpu cpu, AddressSpace bus, RunArea* run)
{
    private RegionHint _last;

    /// <summary>An IN or OUT, or so many of them by one string instruction.</summary>
    public void Port()
    {
        // Safe: the kernel says where in the shared pages the items are.
        var data = (byte*)run + run->PortDataOffset;
        for (uint i = 0; i < run->PortCount; i++, data += run->PortSize)
        {
            if (run->PortIsWrite != 0) cpu.Ports.Write(run->Port, run->PortSize, (uint)Load(data, run->PortSize));
            else Store(data, run->PortSize, cpu.Ports.Read(run->Port, run->PortSize));
        }
    }

    /// <summary>An access to a device, or to memory that has no slot of its own; the region's start, or the address where there is none.</summary>
    public ulong Memory()
    {
        var address = run->Address;
        var length = (int)Math.Min(run->Length, sizeof(ulong));
        var region = Find(address);
        var isWrite = run->IsWrite != 0;
        var data = isWrite ? run->Data : 0;
        var bytes = (byte*)&data; // safe: the length is not above that of a word
        if (IsPlain(region, address, length))
        {
            if (isWrite) Write(region, address, length, data);
            else data = Read(region, address, length);
        }
        else
        {
            for (var i = 0; i < length; i++)
            {
                var at = address + (ulong)i;
                if (isWrite) Write(Find(at), at, 1, bytes[i]);
                else bytes[i] = (byte)Read(Find(at), at, 1);
            }
        }
        if (!isWrite) run->Data = data;
        return region?.Range.Start ?? address;
    }

    private IoRegion? Find(ulong address) => cpu.FindOwnRegion(address) ?? bus.Find(address, ref _last);

    private static bool IsPlain(IoRegion? region, ulong address, int length) =>
        length is 1 or 2 or 4 or 8 && (region is null || (region.Range.Contains(address, (ulong)length) && (region.Ram is not null || (address & ((ulong)length - 1)) == 0)));

    /// <summary>Where nothing answers, all bits are ones.</summary>
    private static ulong Read(IoRegion? region, ulong address, int length) => region is null ? ulong.MaxValue
        : region.Ram is null ? region.Read(address, length) : Load(region.HostOf(address), length);

    private static void Write(IoRegion? region, ulong address, int length, ulong value)
    {
        if (region is null || region.IsReadOnly) return;
        if (region.Ram is null)
        {
            region.Write(address, length, value);
            return;
        }
        Store(region.HostOf(address), length, value);
        region.Ram.MarkWritten(region.OffsetOf(address), (ulong)length);
    }

    private static ulong Load(byte* at, int length)
    {
        ulong value = 0;
        new ReadOnlySpan<byte>(at, length).CopyTo(new Span<byte>(&value, sizeof(ulong)));
        return value;
    }

    private static void Store(byte* at, int length, ulong value) => new ReadOnlySpan<byte>(&value, length).CopyTo(new Span<byte>(at, length));
}
