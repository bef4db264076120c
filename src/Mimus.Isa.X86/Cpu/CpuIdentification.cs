using System.Buffers.Binary;
using System.Text;

namespace Mimus.Isa.X86;

/// <summary>CPUID (SDM volume 2): what a model says of itself.</summary>
internal static class CpuIdentification
{
    private const uint FirstExtended = 0x80000000, LastExtended = 0x80000008;

    public static (uint A, uint B, uint C, uint D) Leaf(X86Cpu cpu, uint leaf, uint part)
    {
        var model = cpu.Model;
        // Beyond the last leaf the answer is the last one's.
        if (leaf < FirstExtended && leaf > model.Level) leaf = model.Level;
        switch (leaf)
        {
            case 0: return (model.Level, Letters(model.Vendor, 0), Letters(model.Vendor, 8), Letters(model.Vendor, 4));
            case 1:
            {
                const uint OsXSave = 1 << 27, FlushLine = 8 << 8, LogicalProcessors = 1 << 16;
                var usesXSave = (cpu.Registers.Cr4 & Cr4.XSave) != 0 ? OsXSave : 0;
                return (model.Signature, ((uint)cpu.Index << 24) | LogicalProcessors | FlushLine, model.Features.Word(1) | usesXSave, model.Features.Word(0));
            }
            case 2: return (1, 0, 0, 0);
            case 7 when part == 0: return (0, model.Features.Word(2), model.Features.Word(3), 0);
            case 0x0b: return (0, 0, part & 0xff, (uint)cpu.Index);
            case 0x0d when model.Has(X86Feature.Xsave): return ExtendedState(cpu, part);
            case FirstExtended: return (model.Has(X86Feature.LongMode) ? LastExtended : model.Brand.Length > 0 ? FirstExtended + 4 : FirstExtended, 0, 0, 0);
            case FirstExtended + 1 when model.Has(X86Feature.LongMode): return (model.Signature, 0, model.Features.Word(5), model.Features.Word(4));
            case FirstExtended + 2 or FirstExtended + 3 or FirstExtended + 4:
            {
                var at = (int)(leaf - FirstExtended - 2) * 16;
                return (Letters(model.Brand, at), Letters(model.Brand, at + 4), Letters(model.Brand, at + 8), Letters(model.Brand, at + 12));
            }
            case LastExtended:
            {
                var linearBits = model.Has(X86Feature.La57) ? 57u : 48u;
                return (CpuModel.PhysicalAddressBits | (linearBits << 8), 0, 0, 0);
            }
            default: return (0, 0, 0, 0);
        }
    }

    /// <summary>The bits above 47 repeat bit 47, which all modes allow.</summary>
    public static bool IsCanonical(ulong address) => (ulong)((long)(address << 7) >> 7) == address;

    private static (uint A, uint B, uint C, uint D) ExtendedState(X86Cpu cpu, uint part)
    {
        const uint Legacy = 512 + 64, AvxSize = 256;
        var hasAvx = cpu.Has(X86Feature.Avx);
        var now = (cpu.Registers.Xcr0 & 4) != 0 ? Legacy + AvxSize : Legacy;
        return part switch
        {
            0 => (hasAvx ? 7u : 3u, now, hasAvx ? Legacy + AvxSize : Legacy, 0),
            1 => (cpu.Model.Features.Word(6), 0, 0, 0),
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
