using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Mimus.TestSupport.RiscV;
using Mimus.TestSupport.RiscV.Generation;

namespace Mimus.Engines.Tests.Programs;

/// <summary>
/// Puts instructions of two and four bytes one after the other. Branches that do not reach their target become a branch around a
/// jump, so that whoever writes need not know how far away things are.
/// </summary>
internal sealed class CodeWriter(ulong origin)
{
    private const int BranchReach = 4000;

    private static readonly uint s_compressedNop = 0x0001;

    private readonly List<Item> _items = [];
    private readonly List<Label> _labels = [];
    private int[] _offsets = [];

    private enum Kind
    {
        Plain,
        Branch,
        Jump,

        /// <summary>A jump from the generator: does nothing when its target is out of reach.</summary>
        ShortJump,

        /// <summary>auipc and addi; the distance may have something added.</summary>
        Address,

        /// <summary>Eight bytes that hold an address.</summary>
        Pointer,
        Padding,
    }

    /// <summary>How many instructions there are; after <see cref="Assemble"/>.</summary>
    public int Count => _items.Sum(i => i.Kind switch
    {
        Kind.Padding or Kind.Pointer => 0,
        Kind.Branch => i.Length / 4,
        Kind.Address => 2,
        _ => 1,
    });

    public void Mark(Label label)
    {
        label.Item = _items.Count;
        _labels.Add(label);
    }

    public void Emit(params ReadOnlySpan<uint> words)
    {
        foreach (var word in words) _items.Add(new Item(Kind.Plain, word, 4));
    }

    public void Emit(Instruction instruction, Label? target = null) => _items.Add(instruction.IsJump
        ? new Item(Kind.ShortJump, instruction.Word, instruction.Length, target, instruction)
        : new Item(Kind.Plain, instruction.Word, instruction.Length));

    public void Li(int rd, ulong value) => Emit(new Assembler(0).Li(rd, value).Assemble());

    /// <summary>A branch: see <see cref="Rv.Branch"/>.</summary>
    public void Branch(uint funct3, int rs1, int rs2, Label target) => _items.Add(new Item(Kind.Branch, Rv.Branch(funct3, rs1, rs2, 0), 4, target));

    public void Jump(int rd, Label target) => _items.Add(new Item(Kind.Jump, Rv.Jal(rd, 0), 4, target));

    /// <summary>The address of a label, with something added to it.</summary>
    public void Address(int rd, Label target, long added = 0) => _items.Add(new Item(Kind.Address, (uint)rd, 8, target, Added: added));

    /// <summary>Eight bytes of data, the address of a label.</summary>
    public void Pointer(Label target) => _items.Add(new Item(Kind.Pointer, 0, 8, target));

    /// <summary>Eight bytes of data.</summary>
    public void Data(ulong value)
    {
        _items.Add(new Item(Kind.Plain, (uint)value, 4));
        _items.Add(new Item(Kind.Plain, (uint)(value >> 32), 4));
    }

    public void Align(int bytes) => _items.Add(new Item(Kind.Padding, (uint)bytes, 0));

    /// <summary>Leaves room up to an offset from the origin, or none when that is behind.</summary>
    public void SkipTo(int offset) => _items.Add(new Item(Kind.Padding, 0, 0, Added: offset));

    public ulong AddressOf(Label label) => origin + (ulong)_offsets[label.Item];

    /// <summary>The code, and its length so far.</summary>
    public byte[] Assemble()
    {
        Place();
        var bytes = new byte[_offsets[^1]];
        for (var i = 0; i < _items.Count; i++) Write(bytes.AsSpan(_offsets[i], _offsets[i + 1] - _offsets[i]), _items[i], _offsets[i]);
        return bytes;
    }

    /// <summary>The code for people; after <see cref="Assemble"/>.</summary>
    public string List(byte[] bytes)
    {
        var text = new StringBuilder();
        var names = _labels.Where(l => l.Item < _items.Count).GroupBy(l => l.Item).ToDictionary(g => g.Key, g => _labels.IndexOf(g.First()));
        for (var i = 0; i < _items.Count; i++)
        {
            var item = _items[i];
            if (names.TryGetValue(i, out var name)) text.Append(CultureInfo.InvariantCulture, $"L{name}:\n");
            if (item.Kind == Kind.Padding && _offsets[i + 1] - _offsets[i] > 8)
            {
                text.Append("  ...\n");
                continue;
            }
            for (var at = _offsets[i]; at < _offsets[i + 1];)
            {
                var half = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));
                var length = (half & 3) == 3 && at + 4 <= bytes.Length ? 4 : 2;
                var word = length == 4 ? BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at)) : half;
                text.Append(CultureInfo.InvariantCulture, $"  {origin + (ulong)at:x}: {(length == 4 ? $"{word:x8}" : $"{word:x4}    ")}  ");
                text.Append(item.Kind == Kind.Pointer ? "(data)" : InstructionGenerator.TextOf(word, length));
                if (item.Target is { } target) text.Append(CultureInfo.InvariantCulture, $"   -> {AddressOf(target):x}");
                text.Append('\n');
                at += length;
            }
        }
        return text.ToString();
    }

    /// <summary>Finds the offsets: lengthens branches until all reach.</summary>
    private void Place()
    {
        _offsets = new int[_items.Count + 1];
        bool changed;
        do
        {
            for (var i = 0; i < _items.Count; i++) _offsets[i + 1] = _offsets[i] + LengthAt(_items[i], _offsets[i]);
            changed = false;
            for (var i = 0; i < _items.Count; i++)
            {
                if (_items[i] is not { Kind: Kind.Branch, Length: 4 } item || Math.Abs(Distance(item, _offsets[i])) < BranchReach) continue;
                _items[i] = item with { Length = 8 };
                changed = true;
            }
        }
        while (changed);
    }

    private static int LengthAt(Item item, int offset) => item.Kind switch
    {
        Kind.Padding when item.Word != 0 => -offset & ((int)item.Word - 1),
        Kind.Padding => Math.Max(0, (int)item.Added - offset),
        _ => item.Length,
    };

    private int Distance(Item item, int offset) => _offsets[item.Target!.Item] - offset;

    private void Write(Span<byte> place, Item item, int offset)
    {
        switch (item.Kind)
        {
            case Kind.Plain:
                Put(place, item.Word, item.Length);
                break;
            case Kind.ShortJump:
                var distance = Distance(item, offset);
                var word = CodeLayout.Reaches(item.Jump!, distance) ? CodeLayout.Aim(item.Jump!, distance) : item.Length == 4 ? Rv.Nop : s_compressedNop;
                Put(place, word, item.Length);
                break;
            case Kind.Jump:
                Put(place, item.Word | Rv.Jal(0, Distance(item, offset)), 4);
                break;
            case Kind.Branch when item.Length == 4:
                Put(place, item.Word | (Rv.Branch(0, 0, 0, Distance(item, offset)) & 0xfe00_0f80), 4);
                break;
            case Kind.Branch:
                Put(place, (item.Word ^ 0x1000) | (Rv.Branch(0, 0, 0, 8) & 0xfe00_0f80), 4);
                Put(place[4..], Rv.Jal(0, Distance(item, offset) - 4), 4);
                break;
            case Kind.Address:
                var far = Distance(item, offset) + item.Added;
                var low = (int)((far << 52) >> 52);
                Put(place, Rv.Auipc((int)item.Word, (int)((far - low) >> 12)), 4);
                Put(place[4..], Rv.Addi((int)item.Word, (int)item.Word, low), 4);
                break;
            case Kind.Pointer:
                BinaryPrimitives.WriteUInt64LittleEndian(place, AddressOf(item.Target!));
                break;
        }
    }

    private static void Put(Span<byte> place, uint word, int length)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(place, (ushort)word);
        if (length == 4) BinaryPrimitives.WriteUInt16LittleEndian(place[2..], (ushort)(word >> 16));
    }

    private sealed record Item(Kind Kind, uint Word, int Length, Label? Target = null, Instruction? Jump = null, long Added = 0);
}
