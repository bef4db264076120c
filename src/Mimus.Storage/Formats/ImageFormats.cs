using System.Buffers.Binary;

namespace Mimus.Storage.Formats;

/// <summary>The formats by name, and by how their files begin.</summary>
public static class ImageFormats
{
    public const string Raw = "raw", Qcow2 = "qcow2";

    /// <summary>Formats that can be opened.</summary>
    public static IReadOnlyList<string> Known { get; } = [Raw, Qcow2];

    /// <summary>The format of which a file with this first sector must be; null when it says nothing of the kind.</summary>
    public static string? Recognize(ReadOnlySpan<byte> sector)
    {
        if (sector.StartsWith((ReadOnlySpan<byte>)[(byte)'Q', (byte)'F', (byte)'I', 0xFB]))
            return sector.Length >= 8 && BinaryPrimitives.ReadUInt32BigEndian(sector[4..]) == 1 ? "qcow" : Qcow2;
        if (sector.StartsWith((ReadOnlySpan<byte>)[(byte)'L', (byte)'U', (byte)'K', (byte)'S', 0xBA, 0xBE])) return "luks";
        if (sector.StartsWith("QED\0"u8)) return "qed";
        if (sector.StartsWith("KDMV"u8) || sector.StartsWith("COWD"u8) || sector.StartsWith("# Disk DescriptorFile"u8)) return "vmdk";
        if (sector.StartsWith("vhdxfile"u8)) return "vhdx";
        if (sector.StartsWith("conectix"u8)) return "vpc";
        if (sector.StartsWith("WithoutFreeSpace"u8) || sector.StartsWith("WithouFreSpacExt"u8)) return "parallels";
        return sector.Length >= 68 && BinaryPrimitives.ReadUInt32LittleEndian(sector[64..]) == 0xBEDA107F ? "vdi" : null;
    }
}
