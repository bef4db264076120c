namespace Mimus.Isa.X86;

/// <summary>CR0 (SDM volume 3, 2.5).</summary>
internal static class Cr0
{
    public const ulong Protection = 1, Monitor = 2, Emulation = 4, TaskSwitched = 8, Extension = 16, NumericError = 32, WriteProtect = 1 << 16, AlignmentMask = 1 << 18,
        NotWriteThrough = 1 << 29, CacheDisable = 1 << 30, Paging = 1ul << 31;

    public const ulong All = Protection | Monitor | Emulation | TaskSwitched | Extension | NumericError | WriteProtect | AlignmentMask | NotWriteThrough | CacheDisable | Paging;
}

/// <summary>CR4 (SDM volume 3, 2.5).</summary>
internal static class Cr4
{
    public const ulong Vme = 1, Pvi = 2, TimeStampDisable = 4, DebuggingExtensions = 8, PageSizes = 16, PhysicalExtension = 32, MachineCheck = 64, GlobalPages = 128,
        PerformanceCounter = 256, FxSave = 512, SimdExceptions = 1024, Umip = 2048, La57 = 4096, BaseAccess = 1 << 16, ContextIdentifiers = 1 << 17,
        XSave = 1 << 18, Smep = 1 << 20, Smap = 1 << 21;

    /// <summary>What translations depend on.</summary>
    public const ulong Paging = PageSizes | PhysicalExtension | GlobalPages | La57 | ContextIdentifiers | Smep | Smap;
}

/// <summary>IA32_EFER.</summary>
internal static class Efer
{
    public const ulong SystemCall = 1, LongEnable = 1 << 8, LongActive = 1 << 10, NoExecute = 1 << 11, FastFxSave = 1 << 14;
}
