using System.Buffers.Binary;
using System.Text;
using Mimus.Core.Devices;
using Mimus.Core.Memory;
using Mimus.Core.State;

namespace Mimus.Devices.Firmware;

/// <summary>
/// The device from which firmware reads what the machine is made of (QEMU's documentation, "QEMU Firmware Configuration (fw_cfg)
/// Device"): items with numbers, some of them files with names, read byte by byte or by DMA.
/// </summary>
public sealed class FirmwareConfiguration : IMmioDevice
{
    /// <summary>Offsets at ports: selector (510h, two bytes), data (511h, one), DMA address (514h, eight).</summary>
    public const int SelectorOffset = 0, DataOffset = 1, DmaOffset = 4;

    /// <summary>How many offsets there are at ports.</summary>
    public const ulong PortSize = 12;

    /// <summary>How many offsets there are in memory: data (0), selector (8), DMA address (16).</summary>
    public const ulong MemorySize = 24;

    /// <summary>The number of the first file ("Firmware Configuration Items").</summary>
    public const ushort FirstFile = 0x20;

    private const int MemoryData = 0, MemorySelector = 8, MemoryDma = 16;
    private const int DataWidth = 8, DmaWidth = 8;

    // Items that always exist
    private const ushort Signature = 0x00, Revision = 0x01, Directory = 0x19;
    private const uint TraditionalInterface = 1, DmaInterface = 2;
    private const ushort KeyMask = 0x3fff; // without the write and the architecture bits
    private const ushort ArchitectureKey = 0x8000;

    // File directory entry
    private const int EntryLength = 64, NameOffset = 8, NameLength = 56;
    private const int MaximumFiles = 1024;

    // DMA ("FWCfgDmaAccess")
    private const int DmaControlLength = 16;
    private const uint DmaError = 1, DmaRead = 2, DmaSkip = 4, DmaSelect = 8, DmaWrite = 16;
    private const ulong DmaSignature = 0x51454d5520434647; // what the address register reads as: "QEMU CFG"
    private const int KeyShift = 16;

    private readonly GuestMemory _memory;
    private readonly bool _isInMemory;
    private readonly SortedDictionary<ushort, Item> _items = [];
    private readonly SortedDictionary<string, Item> _files = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    private ushort _selected;
    private bool _isCurrent; // the selected item has been worked out since it was selected
    private uint _position;
    private ulong _dmaAddress;

    /// <param name="name">The name in snapshots and messages.</param>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="isInMemory">Whether its registers are in memory instead of at ports.</param>
    public FirmwareConfiguration(string name, GuestMemory memory, bool isInMemory)
    {
        Name = name;
        _memory = memory;
        _isInMemory = isInMemory;
        Add(Signature, "QEMU"u8.ToArray());
        AddNumber(Revision, TraditionalInterface | DmaInterface);
        _items[Directory] = new Item(Directory, [], false);
        UpdateDirectory();
    }

    public string Name { get; }

    /// <summary>Adds an item by its number, or replaces it.</summary>
    public void Add(ushort key, byte[] contents)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key & ~(KeyMask | ArchitectureKey), 0);
        lock (_lock) _items[key] = new Item(key, contents, false);
    }

    public void AddNumber(ushort key, ulong value, int length = sizeof(uint))
    {
        var contents = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(contents, value);
        Add(key, contents[..length]);
    }

    /// <summary>Adds a file, or replaces its contents. The guest can write to one that is writable, as far as it is long.</summary>
    public void AddFile(string name, byte[] contents, bool isWritable = false) => AddFile(name, new Item(0, contents, isWritable));

    /// <summary>Adds a file that says how the machine is when the guest selects it, in as many bytes as now.</summary>
    public void AddFile(string name, Func<byte[]> contents) => AddFile(name, new Item(0, contents(), false) { Source = contents });

    private void AddFile(string name, Item item)
    {
        if (name.Length is 0 or >= NameLength || !Ascii.IsValid(name))
            throw new ArgumentException($"'{name}' is no name of a file: it must have 1 to {NameLength - 1} ASCII characters", nameof(name));
        lock (_lock)
        {
            if (_files.Count == MaximumFiles && !_files.ContainsKey(name))
                throw new InvalidOperationException($"there are more than {MaximumFiles} firmware files");
            _files[name] = item;
            // Numbers follow the names' order, as firmware finds a file by walking the directory.
            ushort key = FirstFile;
            foreach (var file in _files.Keys.ToArray())
            {
                _files[file] = _files[file] with { Key = key };
                _items[key] = _files[file];
                key++;
            }
            UpdateDirectory();
        }
    }

    public void Read(ulong offset, Span<byte> data)
    {
        data.Clear();
        lock (_lock)
        {
            if (_isInMemory)
            {
                if (offset < MemoryData + DataWidth) ReadItem(data);
                else if (offset - MemoryDma < DmaWidth) ReadDmaSignature(offset - MemoryDma, data);
            }
            else if (offset is SelectorOffset or DataOffset)
            {
                ReadItem(data[..Math.Min(1, data.Length)]);
            }
            else if (offset - DmaOffset < DmaWidth)
            {
                ReadDmaSignature(offset - DmaOffset, data);
            }
        }
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            if (offset == (ulong)(_isInMemory ? MemorySelector : SelectorOffset))
            {
                // The selector has the byte order of the bus at ports and is big-endian in memory.
                if (data.Length != sizeof(ushort)) return;
                Select(_isInMemory ? BinaryPrimitives.ReadUInt16BigEndian(data) : BinaryPrimitives.ReadUInt16LittleEndian(data));
                return;
            }
            switch (offset - (ulong)(_isInMemory ? MemoryDma : DmaOffset), data.Length)
            {
                case (0, sizeof(ulong)):
                    _dmaAddress = BinaryPrimitives.ReadUInt64BigEndian(data);
                    Transfer();
                    break;
                case (0, sizeof(uint)):
                    _dmaAddress = Register.WithHalf(_dmaAddress, high: true, BinaryPrimitives.ReadUInt32BigEndian(data));
                    break;
                case (4, sizeof(uint)):
                    _dmaAddress = Register.WithHalf(_dmaAddress, high: false, BinaryPrimitives.ReadUInt32BigEndian(data));
                    Transfer();
                    break;
            }
        }
    }

    public void Reset()
    {
        lock (_lock)
        {
            Select(0);
            _dmaAddress = 0;
        }
    }

    public void State(StateVisitor v)
    {
        lock (_lock)
        {
            v.Field(1, "selected", ref _selected);
            v.Field(2, "position", ref _position);
            v.Field(3, "dma-address", ref _dmaAddress);
            if (v.IsRestoring) _isCurrent = false;
            // Numbers of items follow from names, so files are named in the snapshot.
            foreach (var (name, file) in _files)
            {
                if (file.IsWritable) v.Child(name, new WritableContents(file.Contents));
            }
        }
    }

    private void Select(ushort key)
    {
        _selected = (ushort)(key & (KeyMask | ArchitectureKey));
        _isCurrent = false;
        _position = 0;
    }

    /// <summary>Takes the next bytes of the selected item; past its end there are zeroes.</summary>
    private void ReadItem(Span<byte> destination)
    {
        destination.Clear();
        var contents = SelectedContents;
        if (_position < (uint)contents.Length)
        {
            contents = contents[(int)_position..];
            contents[..Math.Min(contents.Length, destination.Length)].CopyTo(destination);
        }
        Skip((uint)destination.Length);
    }

    private Span<byte> SelectedContents
    {
        get
        {
            if (!_items.TryGetValue(_selected, out var item)) return [];
            if (item.Source is not null && !_isCurrent)
            {
                var current = item.Source();
                item.Contents.AsSpan().Clear();
                current.AsSpan(0, Math.Min(current.Length, item.Contents.Length)).CopyTo(item.Contents);
            }
            _isCurrent = true;
            return item.Contents;
        }
    }

    private void Skip(uint length) => _position = (uint)Math.Min((ulong)_position + length, uint.MaxValue);

    private static void ReadDmaSignature(ulong offset, Span<byte> data)
    {
        Span<byte> signature = stackalloc byte[DmaWidth];
        BinaryPrimitives.WriteUInt64BigEndian(signature, DmaSignature);
        signature = signature[(int)offset..];
        signature[..Math.Min(signature.Length, data.Length)].CopyTo(data);
    }

    /// <summary>Carries out the request at the DMA address and says in it how it ended.</summary>
    private void Transfer()
    {
        var request = _dmaAddress;
        _dmaAddress = 0;
        Span<byte> access = stackalloc byte[DmaControlLength];
        if (!_memory.TryRead(new GuestAddress(request), access)) return;
        var control = BinaryPrimitives.ReadUInt32BigEndian(access);
        var length = BinaryPrimitives.ReadUInt32BigEndian(access[4..]);
        var address = BinaryPrimitives.ReadUInt64BigEndian(access[8..]);
        if ((control & DmaSelect) != 0) Select((ushort)(control >> KeyShift));
        var good = true;
        if ((control & DmaRead) != 0) good = TryCopyToGuest(address, length);
        else if ((control & DmaWrite) != 0) good = TryCopyFromGuest(address, length);
        else if ((control & DmaSkip) != 0) Skip(length);
        _memory.TryWrite(new GuestAddress(request), BinaryPrimitives.ReverseEndianness(good ? 0 : DmaError));
    }

    private bool TryCopyToGuest(ulong address, uint length)
    {
        if (length == 0) return true;
        if (_memory.Find(new GuestAddress(address), length) is null or { ReadOnly: true }) return false;
        Span<byte> piece = stackalloc byte[4096];
        for (uint done = 0; done < length;)
        {
            var part = piece[..(int)Math.Min((uint)piece.Length, length - done)];
            ReadItem(part);
            _memory.TryWrite(new GuestAddress(address + done), part);
            done += (uint)part.Length;
        }
        return true;
    }

    private bool TryCopyFromGuest(ulong address, uint length)
    {
        if (!_items.TryGetValue(_selected, out var item) || !item.IsWritable) return false;
        if (_position > (uint)item.Contents.Length || length > (uint)item.Contents.Length - _position) return false;
        if (!_memory.TryRead(new GuestAddress(address), item.Contents.AsSpan((int)_position, (int)length))) return false;
        Skip(length);
        return true;
    }

    private void UpdateDirectory()
    {
        var directory = new byte[sizeof(uint) + _files.Count * EntryLength];
        BinaryPrimitives.WriteInt32BigEndian(directory, _files.Count);
        var entry = directory.AsSpan(sizeof(uint));
        foreach (var (name, file) in _files)
        {
            BinaryPrimitives.WriteInt32BigEndian(entry, file.Contents.Length);
            BinaryPrimitives.WriteUInt16BigEndian(entry[4..], file.Key);
            Encoding.ASCII.GetBytes(name, entry[NameOffset..]);
            entry = entry[EntryLength..];
        }
        _items[Directory] = new Item(Directory, directory, false);
    }

    private sealed record Item(ushort Key, byte[] Contents, bool IsWritable)
    {
        /// <summary>What works the contents out, where they change.</summary>
        public Func<byte[]>? Source { get; init; }
    }

    private sealed class WritableContents(byte[] contents) : IStateful
    {
        public void State(StateVisitor v) => v.Bytes(1, "contents", contents);
    }
}
