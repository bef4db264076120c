using System.Buffers.Binary;
using System.Text;

namespace Mimus.Boards.Acpi;

/// <summary>
/// ACPI's tables with the pointers and checksums among them. Where they will be is not known yet: firmware places them by a script
/// (QEMU's documentation, "fw_cfg", and SeaBIOS's romfile loader), and where there is none, the board does the same.
/// </summary>
internal sealed class AcpiTableSet
{
    /// <summary>The length of the root pointer's part that version 1 knows (ACPI 6.5, 5.2.5.3).</summary>
    public const int OldRootLength = 20;

    /// <summary>The names of the files that firmware reads.</summary>
    public const string RootFile = "etc/acpi/rsdp", TablesFile = "etc/acpi/tables", ScriptFile = "etc/table-loader";

    private const int RootLength = 36, RootChecksum = 8, RootTable = 16, ExtendedTable = 24, ExtendedChecksum = 32;
    private const int Alignment = 64; // the FACS wants it

    // The script
    private const int CommandLength = 128, NameLength = 56;
    private const uint Allocate = 1, AddPointer = 2, AddChecksum = 3;
    private const byte HighMemory = 1, LowSegment = 2;
    private const uint RootAlignment = 16;

    private readonly List<byte> _tables = [];
    private readonly byte[] _root = new byte[RootLength];
    private readonly List<Pointer> _pointers = [];
    private readonly List<Sum> _sums = [];
    private readonly List<int> _listed = []; // the tables that the root names

    /// <summary>The tables with offsets in place of addresses, and without checksums.</summary>
    public byte[] Tables => [.. _tables];

    /// <summary>The root pointer, likewise.</summary>
    public byte[] Root => _root;

    /// <summary>Adds what has no checksum; where it is.</summary>
    public int AddPlain(byte[] contents)
    {
        var at = _tables.Count;
        _tables.AddRange(contents);
        _tables.AddRange(new byte[-contents.Length & (Alignment - 1)]);
        return at;
    }

    /// <summary>Adds a table whose fields at these offsets, of 4 or 8 bytes, hold the offset of another; where it is.</summary>
    public int Add(AcpiTable table, bool isListed, params ReadOnlySpan<(int Offset, int Width)> pointers)
    {
        var at = AddPlain(table.ToArray());
        foreach (var (offset, width) in pointers) _pointers.Add(new Pointer(IsInRoot: false, at + offset, width));
        _sums.Add(new Sum(IsInRoot: false, at + AcpiTable.ChecksumOffset, at, table.Length));
        if (isListed) _listed.Add(at);
        return at;
    }

    /// <summary>Adds the lists of tables and the root pointer to them, after all tables.</summary>
    public void Finish()
    {
        int old = AddList("RSDT", sizeof(uint)), extended = AddList("XSDT", sizeof(ulong));
        "RSD PTR "u8.CopyTo(_root);
        "MIMUS "u8.CopyTo(_root.AsSpan(9));
        _root[15] = 2;
        BinaryPrimitives.WriteInt32LittleEndian(_root.AsSpan(RootTable), old);
        BinaryPrimitives.WriteInt32LittleEndian(_root.AsSpan(20), RootLength);
        BinaryPrimitives.WriteInt64LittleEndian(_root.AsSpan(ExtendedTable), extended);
        _pointers.Add(new Pointer(IsInRoot: true, RootTable, sizeof(uint)));
        _pointers.Add(new Pointer(IsInRoot: true, ExtendedTable, sizeof(ulong)));
        _sums.Add(new Sum(IsInRoot: true, RootChecksum, 0, OldRootLength));
        _sums.Add(new Sum(IsInRoot: true, ExtendedChecksum, 0, RootLength));
    }

    /// <summary>The tables as they are at an address.</summary>
    public (byte[] Root, byte[] Tables) Place(ulong address)
    {
        byte[] root = [.. _root], tables = Tables;
        foreach (var pointer in _pointers)
        {
            var field = (pointer.IsInRoot ? root : tables).AsSpan(pointer.At);
            if (pointer.Width == sizeof(uint)) BinaryPrimitives.WriteUInt32LittleEndian(field, BinaryPrimitives.ReadUInt32LittleEndian(field) + (uint)address);
            else BinaryPrimitives.WriteUInt64LittleEndian(field, BinaryPrimitives.ReadUInt64LittleEndian(field) + address);
        }
        foreach (var sum in _sums)
        {
            var bytes = sum.IsInRoot ? root : tables;
            byte total = 0;
            foreach (var value in bytes.AsSpan(sum.Start, sum.Length)) total += value;
            bytes[sum.At] -= total;
        }
        return (root, tables);
    }

    /// <summary>The script by which firmware does what <see cref="Place"/> does.</summary>
    public byte[] Script()
    {
        var script = new MemoryStream();
        AddCommand(script, Allocate, [TablesFile], Alignment, HighMemory);
        AddCommand(script, Allocate, [RootFile], RootAlignment, LowSegment);
        foreach (var pointer in _pointers) AddCommand(script, AddPointer, [FileOf(pointer.IsInRoot), TablesFile], (uint)pointer.At, (byte)pointer.Width);
        foreach (var sum in _sums) AddCommand(script, AddChecksum, [FileOf(sum.IsInRoot)], (uint)sum.At, null, (uint)sum.Start, (uint)sum.Length);
        return script.ToArray();
    }

    private int AddList(string signature, int width)
    {
        var table = new AcpiTable(signature, 1);
        foreach (var listed in _listed) table.AppendNumber(width, (ulong)listed);
        var fields = new (int, int)[_listed.Count];
        for (var i = 0; i < fields.Length; i++) fields[i] = (AcpiTable.HeaderLength + (i * width), width);
        return Add(table, isListed: false, fields);
    }

    private static string FileOf(bool isInRoot) => isInRoot ? RootFile : TablesFile;

    private static void AddCommand(MemoryStream script, uint command, string[] files, uint number, byte? last, params ReadOnlySpan<uint> more)
    {
        var bytes = new byte[CommandLength];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, command);
        var at = sizeof(uint);
        foreach (var file in files)
        {
            Encoding.ASCII.GetBytes(file, bytes.AsSpan(at));
            at += NameLength;
        }
        foreach (var value in (ReadOnlySpan<uint>)[number, .. more])
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), value);
            at += sizeof(uint);
        }
        if (last is { } size) bytes[at] = size;
        script.Write(bytes);
    }

    private sealed record Pointer(bool IsInRoot, int At, int Width);

    private sealed record Sum(bool IsInRoot, int At, int Start, int Length);
}
