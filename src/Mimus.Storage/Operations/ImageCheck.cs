using Mimus.Storage.Files;
using Mimus.Storage.Formats;
using Mimus.Storage.Qcow2;

namespace Mimus.Storage.Operations;

/// <summary>Looks whether an image's tables are in order, and puts them so.</summary>
public static class ImageCheck
{
    /// <exception cref="DiskImageException">The image cannot be opened, or its format has nothing that could be checked.</exception>
    public static CheckResult Run(IImageFile file, string? format, RepairScope repair)
    {
        format ??= DiskImages.Probe(file) ?? ImageFormats.Raw;
        if (format != ImageFormats.Qcow2) throw new NotSupportedException("This image format does not support checks");
        var header = Qcow2Header.Read(file);
        return repair == RepairScope.Nothing ? Qcow2Checker.Check(file, header) : Qcow2Checker.Repair(file, header, repair == RepairScope.Leaks);
    }
}
