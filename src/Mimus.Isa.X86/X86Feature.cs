namespace Mimus.Isa.X86;

/// <summary>
/// What a processor may have or lack: the number is the bit's in a word of CPUID (SDM volume 2, CPUID), 32 for each word in the order of
/// <see cref="FeatureSet.WordCount"/>.
/// </summary>
public enum X86Feature
{
    // Leaf 1.edx
    Fpu = 0,
    Vme = 1,
    De = 2,
    Pse = 3,
    Tsc = 4,
    Msr = 5,
    Pae = 6,
    Mce = 7,
    Cx8 = 8,
    Apic = 9,
    Sep = 11,
    Mtrr = 12,
    Pge = 13,
    Mca = 14,
    Cmov = 15,
    Pat = 16,
    Pse36 = 17,
    Clflush = 19,
    Mmx = 23,
    Fxsr = 24,
    Sse = 25,
    Sse2 = 26,

    // Leaf 1.ecx
    Sse3 = 32,
    Pclmulqdq = 33,
    Monitor = 35,
    Ssse3 = 41,
    Fma = 44,
    Cx16 = 45,
    Pcid = 49,
    Sse41 = 51,
    Sse42 = 52,
    X2Apic = 53,
    Movbe = 54,
    Popcnt = 55,
    TscDeadline = 56,
    Aes = 57,
    Xsave = 58,
    Avx = 60,
    F16c = 61,
    Rdrand = 62,
    Hypervisor = 63,

    // Leaf 7.ebx
    Fsgsbase = 64,
    Bmi1 = 67,
    Avx2 = 69,
    Smep = 71,
    Bmi2 = 72,
    Erms = 73,
    Invpcid = 74,
    Rdseed = 82,
    Adx = 83,
    Smap = 84,
    Clflushopt = 87,
    Clwb = 88,
    Sha = 93,

    // Leaf 7.ecx
    Umip = 98,
    Gfni = 104,
    Vaes = 105,
    Vpclmulqdq = 106,
    La57 = 112,
    Rdpid = 118,

    // Leaf 80000001.edx
    Syscall = 139,
    Nx = 148,
    MmxExtensions = 150,
    GigabytePages = 154,
    Rdtscp = 155,
    LongMode = 157,

    // Leaf 80000001.ecx
    LahfLong = 160,
    Lzcnt = 165,
    PrefetchWrite = 168,

    // Leaf 0dh.eax
    Xsaveopt = 192,
    Xsavec = 193,
    Xgetbv1 = 194,
}
