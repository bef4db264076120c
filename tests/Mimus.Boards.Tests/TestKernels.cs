using System.Buffers.Binary;

namespace Mimus.Boards.Tests;

/// <summary>
/// Kernels of a few instructions: they store eax, ebx and esi at <see cref="Registers"/> and end the machine with <see cref="Status"/> by
/// the port of <c>isa-debug-exit</c>.
/// </summary>
internal static class TestKernels
{
    public const uint LoadAddress = 0x10_0000, Registers = 0x20_0000;
    public const int Port = 0xf4, Status = (0x21 << 1) | 1;

    private const int HeaderLength = 0x40;

    private static readonly byte[] s_code =
    [
        0xa3, 0x00, 0x00, 0x20, 0x00,       // mov [200000h], eax
        0x89, 0x1d, 0x04, 0x00, 0x20, 0x00, // mov [200004h], ebx
        0x89, 0x35, 0x08, 0x00, 0x20, 0x00, // mov [200008h], esi
        0xb0, 0x21,                         // mov al, 21h
        0xe6, Port,                         // out f4h, al
        0xf4, 0xeb, 0xfd,                   // hlt, for ever
    ];

    public static byte[] Multiboot1 { get; } = WithHeader(0x1badb002, 1 << 16, unchecked(0u - 0x1badb002 - (1 << 16)),
        LoadAddress, LoadAddress, 0, 0, LoadAddress + HeaderLength);

    /// <summary>A Multiboot kernel that waits for an interrupt of the 8254 through the 8259s, and goes on in its handler.</summary>
    public static byte[] Timer { get; } = WithTimer();

    /// <summary>A Multiboot kernel whose first exception finds an interrupt table of no length.</summary>
    public static byte[] TripleFault { get; } =
    [
        .. Multiboot1[..HeaderLength],
        0x0f, 0x01, 0x1d, .. Words(LoadAddress + 0x80), // lidt [zeroes]
        0xcc, 0xf4, 0xeb, 0xfd, // int3; hlt, for ever
        .. new byte[0x80],
    ];

    public static byte[] Multiboot2 { get; } = WithHeader(0xe85250d6, 0, 0x40, unchecked(0u - 0xe85250d6 - 0x40),
        2, 24, LoadAddress, LoadAddress, 0, 0, // where it belongs
        3, 12, LoadAddress + HeaderLength, 0, // the entry
        0, 8);

    public static byte[] Pvh32 { get; } = Elf(isWide: false);

    public static byte[] Pvh64 { get; } = Elf(isWide: true);

    /// <summary>The same as a bzImage of a setup of two sectors.</summary>
    public static byte[] Linux { get; } = BzImage();

    /// <summary>The same with a 64-bit entry, at which it stores its own address in place of eax.</summary>
    public static byte[] Linux64 { get; } = WithLongEntry();

    /// <summary>Where that is, behind its first instruction.</summary>
    public const uint LongEntry = LoadAddress + 0x207;

    private static byte[] WithHeader(params uint[] header) => [.. Words(header), .. new byte[HeaderLength - (header.Length * 4)], .. s_code];

    private static byte[] Words(params uint[] words)
    {
        var bytes = new byte[words.Length * 4];
        for (var i = 0; i < words.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * 4), words[i]);
        return bytes;
    }

    private static byte[] WithTimer()
    {
        const int Vector = 0x20, GateLength = 8, TableAt = 0x400, HandlerAt = 0x300, PointerAt = 0x3f0;
        byte[] wait =
        [
            0x0f, 0x01, 0x1d, .. Words(LoadAddress + PointerAt), // lidt [pointer]
            0xb0, 0x11, 0xe6, 0x20, // the 8259: ICW1 to ICW4, and only input 0 is not masked
            0xb0, Vector, 0xe6, 0x21,
            0xb0, 0x04, 0xe6, 0x21,
            0xb0, 0x01, 0xe6, 0x21,
            0xb0, 0xfe, 0xe6, 0x21,
            0xb0, 0x34, 0xe6, 0x43, // the 8254: counter 0 divides by 1000h
            0xb0, 0x00, 0xe6, 0x40,
            0xb0, 0x10, 0xe6, 0x40,
            0xfb, 0xf4, 0xeb, 0xfd, // sti; hlt, for ever
        ];
        var file = new byte[TableAt + ((Vector + 1) * GateLength)];
        Multiboot1.AsSpan(0, HeaderLength).CopyTo(file);
        wait.CopyTo(file, HeaderLength);
        s_code.CopyTo(file, HandlerAt);
        byte[] pointer = [0xff, 0x07, .. Words(LoadAddress + TableAt)];
        pointer.CopyTo(file, PointerAt);
        const uint Handler = LoadAddress + HandlerAt;
        Words((0x10 << 16) | (Handler & 0xffff), (Handler & 0xffff_0000) | 0x8e00).CopyTo(file, TableAt + (Vector * GateLength));
        return file;
    }

    private static byte[] Elf(bool isWide)
    {
        const int CodeAt = 0x200, NoteAt = 0x180;
        var file = new byte[CodeAt + s_code.Length];
        void Set(int at, int width, ulong value)
        {
            for (var i = 0; i < width; i++) file[at + i] = (byte)(value >> (8 * i));
        }
        byte[] start = [0x7f, (byte)'E', (byte)'L', (byte)'F', isWide ? (byte)2 : (byte)1, 1, 1];
        start.CopyTo(file, 0);
        Set(16, 2, 2);
        Set(18, 2, isWide ? 62u : 3);
        var word = isWide ? 8 : 4;
        var headers = isWide ? 64 : 52;
        Set(24, word, LoadAddress);
        Set(24 + word, word, (ulong)headers);
        Set(headers - 12, 2, (ulong)headers);
        Set(headers - 10, 2, isWide ? 56u : 32);
        Set(headers - 8, 2, 2);
        void Header(int index, uint type, ulong offset, ulong address, ulong length)
        {
            var at = headers + (index * (isWide ? 56 : 32));
            Set(at, 4, type);
            at += isWide ? 8 : 4;
            foreach (var (value, i) in new[] { offset, address, address, length, length }.Select((v, i) => (v, i))) Set(at + (i * word), word, value);
        }
        Header(0, 1, CodeAt, LoadAddress, (ulong)s_code.Length);
        Header(1, 4, NoteAt, 0, (ulong)(16 + word));
        byte[] note = [.. Words(4, (uint)word, 18), (byte)'X', (byte)'e', (byte)'n', 0, .. Words(LoadAddress)];
        note.CopyTo(file, NoteAt);
        s_code.CopyTo(file, CodeAt);
        return file;
    }

    private static byte[] BzImage()
    {
        const int SystemAt = 3 * 512, SystemLength = 32;
        var file = new byte[SystemAt + SystemLength];
        file[0x1f1] = 2;
        file[0x1f4] = SystemLength / 16;
        (file[0x1fe], file[0x1ff], file[0x201]) = (0x55, 0xaa, 0x6a);
        "HdrS"u8.CopyTo(file.AsSpan(0x202));
        (file[0x206], file[0x207], file[0x211]) = (0x0f, 0x02, 1);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(0x22c), 0x7fff_ffff);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(0x238), 2047);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(0x260), 0x8000);
        s_code.CopyTo(file, SystemAt);
        return file;
    }

    private static byte[] WithLongEntry()
    {
        const int SystemAt = 3 * 512, EntryAt = 0x200, SystemLength = EntryAt + 48;
        var file = new byte[SystemAt + SystemLength];
        Linux.CopyTo(file, 0);
        file[0x1f4] = SystemLength / 16;
        file[0x236] = 1;
        byte[] code =
        [
            0x48, 0x8d, 0x05, 0, 0, 0, 0,             // lea rax, [rip]
            0x89, 0x04, 0x25, 0x00, 0x00, 0x20, 0x00, // mov [200000h], eax
            0x89, 0x1c, 0x25, 0x04, 0x00, 0x20, 0x00, // mov [200004h], ebx
            0x89, 0x34, 0x25, 0x08, 0x00, 0x20, 0x00, // mov [200008h], esi
            0xb0, 0x21,                               // mov al, 21h
            0xe6, Port,                               // out f4h, al
            0xf4, 0xeb, 0xfd,                         // hlt, for ever
        ];
        code.CopyTo(file, SystemAt + EntryAt);
        return file;
    }
}
