namespace Mimus.Isa.RiscV.Privileged;

/// <content>Physical memory protection (Privileged manual, section 3.7.1).</content>
internal static partial class CsrTable
{
    private const ulong PmpAddressMask = (1ul << 54) - 1;

    private static IEnumerable<Csr> PmpRows()
    {
        for (var i = 0; i < 16; i += 2)
        {
            var first = i * 4;
            yield return new(0x3a0 + i, $"pmpcfg{i}", h => ReadPmpConfiguration(h, first), (h, v) => WritePmpConfiguration(h, first, v));
        }
        for (var i = 0; i < 64; i++)
        {
            var index = i;
            yield return new(0x3b0 + i, $"pmpaddr{i}", h => h.Registers.PmpAddresses[index], (h, v) => WritePmpAddress(h, index, v));
        }
    }

    private static ulong ReadPmpConfiguration(RiscVHart h, int first)
    {
        ulong value = 0;
        for (var i = 0; i < 8; i++) value |= (ulong)h.Registers.PmpConfigurations[first + i] << (8 * i);
        return value;
    }

    private static void WritePmpConfiguration(RiscVHart h, int first, ulong value)
    {
        for (var i = 0; i < 8 && first + i < h.Configuration.PmpEntries; i++)
        {
            ref var entry = ref h.Registers.PmpConfigurations[first + i];
            if ((entry & Pmp.Locked) != 0) continue;
            var wanted = (byte)((value >> (8 * i)) & 0x9f);
            // Write without read is reserved.
            if ((wanted & (Pmp.Read | Pmp.Write)) == Pmp.Write) wanted &= unchecked((byte)~Pmp.Write);
            entry = wanted;
        }
        h.ProtectionChanged();
    }

    private static void WritePmpAddress(RiscVHart h, int index, ulong value)
    {
        if (index >= h.Configuration.PmpEntries) return;
        var configurations = h.Registers.PmpConfigurations;
        if ((configurations[index] & Pmp.Locked) != 0) return;
        // A locked range locks the address that is its lower end, too.
        var next = index + 1 < h.Configuration.PmpEntries ? configurations[index + 1] : (byte)0;
        if ((next & Pmp.Locked) != 0 && ((next >> 3) & 3) == 1) return;
        h.Registers.PmpAddresses[index] = value & PmpAddressMask;
        h.ProtectionChanged();
    }
}
