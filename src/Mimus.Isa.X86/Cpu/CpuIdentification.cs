using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Mimus.Isa.X86;

/// <summary>CPUID (SDM volume 2): what a model says of itself.</summary>
internal static class CpuIdentification
{
    private const uint FirstExtended = 0x80000000, LastExtended = 0x80000008, FirstVirtual = 0x40000000;

    public static (uint A, uint B, uint C, uint D) Leaf(X86Cpu cpu, uint leaf, uint part)
    {
        var model = cpu.Model;
        // Beyond the last leaf the answer is the last one's.
        if (leaf < FirstVirtual && leaf > model.Level) leaf = model.Level;
        switch (leaf)
        {
            case 0: return (model.Level, Letters(model.Vendor, 0), Letters(model.Vendor, 8), Letters(model.Vendor, 4));
            case 1:
            {
                const uint OsXSave = 1 << 27, FlushLine = 8 << 8, SeveralProcessors = 1 << 28;
                var usesXSave = (cpu.Registers.Cr4 & Cr4.XSave) != 0 ? OsXSave : 0;
                var several = cpu.ProcessorCount > 1 ? SeveralProcessors : 0;
                var features = model.Features.Word(0) & (cpu.HasInterruptController ? ~0u : ~(1u << (int)X86Feature.Apic));
                return (model.Signature, ((uint)cpu.Index << 24) | ((uint)Math.Min(cpu.ProcessorCount, 255) << 16) | FlushLine, model.Features.Word(1) | usesXSave, features | several);
            }
            case 2: return (1, 0, 0, 0);
            case 7 when part == 0: return (0, model.Features.Word(2), model.Features.Word(3), 0);
            case 4 when model.IsIntel && part < s_caches.Length: return s_caches[part].Describe(cpu.ProcessorCount);
            case 0x0b: return Topology(cpu, part);
            case 0x0d when model.Has(X86Feature.Xsave): return ExtendedState(cpu, part);
            case FirstExtended: return (model.Has(X86Feature.LongMode) ? LastExtended : model.Brand.Length > 0 ? FirstExtended + 4 : FirstExtended, 0, 0, 0);
            case FirstExtended + 1 when model.Has(X86Feature.LongMode):
            {
                const uint SeveralCores = 2;
                return (model.Signature, 0, model.Features.Word(5) | (cpu.ProcessorCount > 1 && !model.IsIntel ? SeveralCores : 0), model.Features.Word(4) | CommonFeatures(model));
            }
            case FirstExtended + 2 or FirstExtended + 3 or FirstExtended + 4:
            {
                var at = (int)(leaf - FirstExtended - 2) * 16;
                return (Letters(model.Brand, at), Letters(model.Brand, at + 4), Letters(model.Brand, at + 8), Letters(model.Brand, at + 12));
            }
            case FirstExtended + 5 when model.Has(X86Feature.LongMode) && !model.IsIntel: return (0, 0, AmdFirstLevel(s_caches[0]), AmdFirstLevel(s_caches[1]));
            case FirstExtended + 6 when model.Has(X86Feature.LongMode): return (0, 0, AmdSecondLevel(s_caches[2]), 0);
            case LastExtended when model.Has(X86Feature.LongMode):
            {
                var linearBits = model.Has(X86Feature.La57) ? 57u : 48u;
                return (CpuModel.PhysicalAddressBits | (linearBits << 8), 0, (uint)cpu.ProcessorCount - 1, 0);
            }
            default: return (0, 0, 0, 0);
        }
    }

    /// <summary>So many bits of an address repeat the one below them.</summary>
    public const int NoAddressBits = 7;

    /// <summary>The bits above 47 repeat bit 47, which all modes allow.</summary>
    public static bool IsCanonical(ulong address) => (ulong)((long)(address << NoAddressBits) >> NoAddressBits) == address;

    /// <summary>First the processors of a core, of which there is one, then the cores of the package.</summary>
    private static (uint A, uint B, uint C, uint D) Topology(X86Cpu cpu, uint part)
    {
        const uint ThreadLevel = 1 << 8, CoreLevel = 2 << 8;
        var count = (uint)cpu.ProcessorCount;
        return part switch
        {
            0 => (0, 1, ThreadLevel, (uint)cpu.Index),
            1 => ((uint)BitOperations.Log2((count * 2) - 1), count, part | CoreLevel, (uint)cpu.Index),
            _ => (0, 0, part & 0xff, (uint)cpu.Index),
        };
    }

    /// <summary>AMD repeats the features of leaf 1 that it had before Intel.</summary>
    private static uint CommonFeatures(CpuModel model)
    {
        const uint Repeated = 0x0183f3ff;
        return model.IsIntel ? 0 : model.Features.Word(0) & Repeated;
    }

    private static uint AmdFirstLevel(Cache cache) => (cache.Kilobytes << 24) | (cache.Ways << 16) | (1 << 8) | Cache.Line;

    private static uint AmdSecondLevel(Cache cache)
    {
        const uint EightWays = 6 << 12;
        return (cache.Kilobytes << 16) | EightWays | (1 << 8) | Cache.Line;
    }

    /// <summary>A cache of a core, as leaf 4 describes it: 1 for data, 2 for instructions, 3 for both.</summary>
    private readonly record struct Cache(uint Kind, uint Level, uint Kilobytes, uint Ways)
    {
        public const uint Line = 64;

        public (uint A, uint B, uint C, uint D) Describe(int cores)
        {
            const uint SelfInitializing = 1 << 8;
            var coreBits = BitOperations.Log2(((uint)cores * 2) - 1);
            return (Kind | (Level << 5) | SelfInitializing | (((1u << coreBits) - 1) << 26), (Line - 1) | ((Ways - 1) << 22), (Kilobytes * 1024 / Line / Ways) - 1, 0);
        }
    }

    private static readonly Cache[] s_caches = [new(1, 1, 32, 8), new(2, 1, 32, 8), new(3, 2, 512, 8)];

    private static (uint A, uint B, uint C, uint D) ExtendedState(X86Cpu cpu, uint part)
    {
        const uint Legacy = 512 + 64, AvxSize = 256;
        var hasAvx = cpu.Has(X86Feature.Avx);
        var now = (cpu.Registers.Xcr0 & 4) != 0 ? Legacy + AvxSize : Legacy;
        return part switch
        {
            0 => (hasAvx ? 7u : 3u, now, hasAvx ? Legacy + AvxSize : Legacy, 0),
            1 => (cpu.Model.Features.Word(6), cpu.Has(X86Feature.Xsavec) ? now : 0, 0, 0),
            2 when hasAvx => (AvxSize, Legacy, 0, 0),
            _ => (0, 0, 0, 0),
        };
    }

    private static uint Letters(string text, int at)
    {
        Span<byte> bytes = stackalloc byte[4];
        bytes.Clear();
        if (at < text.Length) Encoding.ASCII.GetBytes(text.AsSpan(at, Math.Min(4, text.Length - at)), bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }
}
