using System.Runtime.InteropServices;
using Mimus.Isa;
using Mimus.Translation.Engine;

namespace Mimus.Translation.Tests.Ir;

/// <summary>Four pages of guest memory: two like any, one that is reached through C# only, one that cannot be written.</summary>
internal sealed unsafe class FakeMemory : IDisposable
{
    public const ulong Start = 0x10000;
    public const int Size = 4 * PageSize;

    private const int PageSize = 4096, SlowPage = 2, ReadOnlyPage = 3;

    private readonly byte* _host = (byte*)NativeMemory.AlignedAlloc(Size, PageSize);

    public Span<byte> Bytes => new(_host, Size);

    /// <summary>What the last reservation was of; none when all bits are set.</summary>
    public nuint Granule { get; set; } = nuint.MaxValue;

    public ulong ReservedValue { get; set; }

    public void Dispose() => NativeMemory.AlignedFree(_host);

    public void FillTranslations(TranslationBuffer buffer)
    {
        for (var page = 0; page < Size / PageSize; page++)
        {
            var address = Start + ((ulong)page * PageSize);
            if (page != SlowPage) buffer.Fill(address, false, (ulong)_host - Start, false, 0xfff);
            if (page is not (SlowPage or ReadOnlyPage)) buffer.Fill(address, true, (ulong)_host - Start, false, 0xfff);
        }
    }

    /// <summary>Where the host keeps what is at an address; null where the access faults, which the CPU is told.</summary>
    public byte* Find(FakeCpu cpu, ulong address, MemorySize size, MemoryAccess access, bool mustBeAligned = false)
    {
        var at = address - Start;
        if (mustBeAligned && (address & ((ulong)size - 1)) != 0) cpu.RaiseMisaligned(address, access);
        else if (at > (ulong)(Size - (int)size) || (access == MemoryAccess.Store && at + (ulong)size > ReadOnlyPage * PageSize)) cpu.RaiseAccessFault(address, access);
        else return _host + at;
        return null;
    }

    public static ulong Read(byte* host, MemorySize size) => size switch
    {
        MemorySize.Byte => *host,
        MemorySize.Half => *(ushort*)host,
        MemorySize.Word => *(uint*)host,
        _ => *(ulong*)host,
    };

    public static void Write(byte* host, MemorySize size, ulong value)
    {
        switch (size)
        {
            case MemorySize.Byte: *host = (byte)value; break;
            case MemorySize.Half: *(ushort*)host = (ushort)value; break;
            case MemorySize.Word: *(uint*)host = (uint)value; break;
            default: *(ulong*)host = value; break;
        }
    }
}
