namespace Mimus.Storage.Tests;

/// <summary>A fact that is skipped, with the reason, where QEMU's image tools are missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FactNeedingQemuImgAttribute : FactAttribute
{
    public FactNeedingQemuImgAttribute()
    {
        if (!QemuImg.IsThere) Skip = "qemu-img of QEMU 10 is not installed; run ./test --all, or tests/needs/install";
    }
}
