using Mimus.Isa;
using Mimus.Isa.FloatingPoint;
using Mimus.Translation.Ir;

namespace Mimus.Translation.Tests.Ir;

/// <summary>What random units are made of.</summary>
/// <param name="Blocks">At most so many blocks.</param>
/// <param name="Operations">At most so many operations in a block.</param>
/// <param name="Slots">So many slots are used.</param>
/// <param name="FloatPercent">How many operations are of floating point.</param>
/// <param name="SitePercent">How many may call C#.</param>
/// <param name="OldPercent">How often an operand is any of the block's values and not one of the last.</param>
/// <param name="OnlyRecorded">Only operations that instructions can ask for one by one.</param>
internal sealed record RandomShape(int Blocks, int Operations, int Slots, int FloatPercent, int SitePercent, int OldPercent, bool OnlyRecorded = false);

/// <summary>Makes units at random: all of them keep the verifier's rules and come to an end.</summary>
internal sealed class RandomUnit(Random random, RandomShape shape)
{
    private const ulong FirstPc = 0x8000_0000, BlockBytes = 0x400, Outside = 0x9000_0000;
    private const int CounterSlot = 60, FirstSlot = 1;

    private static readonly IrOp[] s_binary = [.. Enum.GetValues<IrOp>().Where(op => op is >= IrOp.Add and <= IrOp.RemainderUnsigned or IrOp.CarrylessMultiplyLow or IrOp.CarrylessMultiplyHigh)];
    private static readonly IrOp[] s_unary = [IrOp.SignExtend, IrOp.ZeroExtend, IrOp.CountLeadingZeros, IrOp.CountTrailingZeros, IrOp.CountOnes, IrOp.ReverseBytes];
    private static readonly string[] s_floatHelpers = [.. FloatHelperTable.Names];
    private static readonly MemorySize[] s_sizes = Enum.GetValues<MemorySize>();

    private readonly IrUnit _unit = new();
    private readonly List<int> _values = [];
    private readonly List<int> _bases = []; // of memory accesses
    private readonly int[] _known = new int[FakeCpu.SlotCount];
    private int _first;

    public static ulong[] Specials { get; } =
    [
        0, 1, 2, 31, 32, 63, 64, 0x7f, 0x80, 0xff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000, 1UL << 63, long.MaxValue,
        ulong.MaxValue, ulong.MaxValue - 1, 0xffff_ffff_8000_0000, 0xffff_ffff_7fff_ffff,
        // Numbers of floating point: one, its boxed single, infinities, NaNs of both sorts, subnormals, the largest, borders of integers.
        0x3ff0_0000_0000_0000, 0xbff8_0000_0000_0000, 0xffff_ffff_3f80_0000, 0x7ff0_0000_0000_0000, 0xfff0_0000_0000_0000, 0x7ff8_0000_0000_0000,
        0x7ff0_0000_0000_0001, 0x000f_ffff_ffff_ffff, 0x7fef_ffff_ffff_ffff, 0x41e0_0000_0000_0000, 0xc1e0_0000_0020_0000, 0x43e0_0000_0000_0000,
        0x43f0_0000_0000_0000, 0xffff_ffff_7f80_0000, 0xffff_ffff_7fc0_0000, 0xffff_ffff_7f80_0001, 0xffff_ffff_0000_0001, 0xffff_ffff_4f00_0000,
        0x3f7f_ffff, 0xff7f_ffff, 0x4008_0000_0000_0000, 0x3fd5_5555_5555_5555,
    ];

    public IrUnit Make()
    {
        var blocks = random.Next(1, shape.Blocks + 1);
        for (var i = 0; i < blocks; i++) AddBlock(i, blocks);
        return _unit;
    }

    public IrState MakeState()
    {
        var slots = new ulong[FakeCpu.SlotCount];
        for (var i = 1; i < CounterSlot; i++) slots[i] = Number();
        slots[CounterSlot] = (ulong)random.Next(1, 6);
        var memory = new byte[FakeMemory.Size];
        for (var i = 0; i < memory.Length; i += 8) BitConverter.TryWriteBytes(memory.AsSpan(i), Number());
        return new IrState(slots, memory, random.Next(3) == 0, random.Next(6) == 0);
    }

    private ulong Number() => random.Next(3) switch
    {
        0 => Specials[random.Next(Specials.Length)],
        1 => (ulong)random.NextInt64(-300, 300),
        _ => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
    };

    private bool Chance(int percent) => random.Next(100) < percent;

    private void AddBlock(int number, int blocks)
    {
        var block = new IrBlock { Pc = FirstPc + ((ulong)number * BlockBytes), First = _unit.Count };
        _first = _unit.Count;
        _values.Clear();
        _bases.Clear();
        Array.Fill(_known, Inst.None);
        var pc = block.Pc;
        BeginGuest();
        var counter = Binary(IrOp.Add, Read(CounterSlot), Constant(ulong.MaxValue));
        Write(CounterSlot, counter);
        var count = random.Next(1, shape.Operations + 1);
        for (var i = 0; i < count; i++)
        {
            AddOperation();
            if (Chance(30) && block.Instructions < 250) BeginGuest();
        }
        // What is live at the end is seen there.
        for (var i = 0; i < 6; i++) Write(Slot(), Any());
        // Where the next block begins, as with a call that returns there, or somewhere before it.
        block.After = Chance(50) ? pc : FirstPc + ((ulong)(number + 1) * BlockBytes);
        End(ref block, number, blocks, counter);
        block.Last = _unit.Count;
        _unit.Blocks.Add(block);

        void BeginGuest()
        {
            _unit.Guests.Add((pc, block.Instructions));
            block.Instructions++;
            pc += 4;
        }
    }

    private void End(ref IrBlock block, int number, int blocks, int counter)
    {
        var forward = number + 1 < blocks ? FirstPc + ((ulong)random.Next(number + 1, blocks) * BlockBytes) : Outside;
        if (Chance(5)) forward = Outside + 0x100;
        var backward = FirstPc + ((ulong)random.Next(number + 1) * BlockBytes);
        block.Next = forward;
        switch (random.Next(10))
        {
            case < 2: break;
            case < 5: // a loop, as long as the counter says
                block.End = BlockEnd.Branch;
                block.Value = Compare(Relation.NotEqual, counter, Constant(0));
                block.Taken = backward;
                if (Chance(30))
                {
                    // It goes on at the side that is not taken.
                    block.Value = Compare(Relation.LessSigned, counter, Constant(1));
                    (block.Taken, block.Next) = (block.Next, block.Taken);
                }
                break;
            case < 8:
                block.End = BlockEnd.Branch;
                block.Value = Chance(60) ? Compare(Any(), AnyOrConstant()) : Any();
                block.Taken = number + 1 < blocks && Chance(70) ? FirstPc + ((ulong)random.Next(number + 1, blocks) * BlockBytes) : Outside + 0x200;
                break;
            case < 9:
                block.End = Chance(50) ? BlockEnd.Return : BlockEnd.Indirect;
                block.Next = 0;
                // Outside of the unit, and even as all addresses of instructions: the jump table counts on it.
                block.Value = Binary(IrOp.Or, Binary(IrOp.And, Any(), Constant(ulong.MaxValue - 1)), Constant(1ul << 40));
                // To an address in the unit, or inside one of its blocks.
                if (number + 1 < blocks && Chance(60)) block.Value = Constant(FirstPc + ((ulong)random.Next(number + 1, blocks) * BlockBytes) + (Chance(10) ? 2u : 0));
                block.Refresh = Chance(30);
                if (block.Refresh && Chance(70)) block.Context = Chance(50) ? Constant((ulong)random.Next(512)) : Any();
                break;
            default:
                if (Chance(50))
                {
                    block.Refresh = true;
                    if (Chance(50)) block.Value = Chance(60) ? Compare(Any(), AnyOrConstant()) : Any();
                    break;
                }
                block.End = BlockEnd.Never;
                block.Next = 0;
                Emit(IrOp.TrapIf, Constant(1), Any(), kind: 2);
                break;
        }
    }

    private void AddOperation()
    {
        if (Chance(8)) Write(Slot(), Any());
        else if (Chance(shape.SitePercent)) AddSite();
        else if (Chance(shape.FloatPercent)) AddFloat();
        else
        {
            switch (random.Next(12))
            {
                case 0: Keep(Constant(Number())); break;
                case 1 or 2: Keep(Read(Slot())); break;
                case 3:
                {
                    var op = s_unary[random.Next(s_unary.Length)];
                    var kind = IrOps.Info(op).Kind == IrKind.Size ? (byte)s_sizes[random.Next(4)] : (byte)0;
                    Keep(Emit(op, Any(), kind: kind));
                    break;
                }
                case 4: Keep(Compare(Any(), AnyOrConstant())); break;
                case 5 or 6: Keep(Emit(IrOp.Select, Chance(60) ? Compare(Any(), AnyOrConstant()) : Any(), Any(), AnyOrConstant())); break;
                default: Keep(Binary(s_binary[random.Next(s_binary.Length)], AnyOrConstant(10), AnyOrConstant())); break;
            }
        }
    }

    private void AddFloat()
    {
        var isDouble = (byte)random.Next(2);
        var op = (IrOp)random.Next((int)IrOp.FloatAdd, (int)(Chance(50) ? IrOp.FloatDivide : IrOp.IntegerToFloat) + 1);
        ref readonly var info = ref IrOps.Info(op);
        byte variant = info.Variant switch
        {
            IrVariant.FloatRelation => (byte)random.Next(5),
            // There is no such instruction on the host.
            IrVariant.IntegerType => (byte)random.Next(op == IrOp.IntegerToFloat ? 3 : 4),
            _ => 0,
        };
        var slot = 0;
        if (op is not (IrOp.FloatCompare or IrOp.IntegerToFloat))
        {
            slot = _unit.NumberOf(FloatHelperTable.Of(op, isDouble != 0, variant));
        }
        Keep(Emit(op, AnyOrConstant(10), info.Operands > 1 ? AnyOrConstant(10) : Inst.None, info.Operands > 2 ? Any() : Inst.None, isDouble, variant, slot,
            op == IrOp.FloatToInteger ? (ulong)random.Next(2) : 0));
    }

    private void AddSite()
    {
        switch (random.Next(16))
        {
            case 13 or 15 when shape.OnlyRecorded:
            case < 5: Keep(Emit(IrOp.Load, Address(out var disp), kind: (byte)s_sizes[random.Next(4)], variant: (byte)random.Next(2), immediate: disp)); break;
            case < 9:
            {
                var address = Address(out var displacement);
                Emit(IrOp.Store, address, AnyOrConstant(), kind: (byte)s_sizes[random.Next(4)], immediate: displacement);
                break;
            }
            case 9: Keep(Emit(IrOp.LoadReserved, Aligned(), kind: WideSize())); break;
            case 10: Keep(Emit(IrOp.StoreConditional, Aligned(), AnyOrConstant(), kind: WideSize())); break;
            case 11 when Chance(40): Keep(Emit(IrOp.LoadForUpdate, Address(out var update), kind: (byte)s_sizes[random.Next(4)], immediate: update)); break;
            case 11 when Chance(40):
            {
                // Compared is what is zero-extended, as instructions have it.
                var size = s_sizes[random.Next(4)];
                var expected = Chance(50) ? Constant(0) : size == MemorySize.Double ? Any() : Emit(IrOp.ZeroExtend, Any(), kind: (byte)size);
                Keep(Emit(IrOp.CompareExchange, Aligned(), expected, AnyOrConstant(), kind: (byte)size));
                break;
            }
            case 11: Keep(Emit(IrOp.Atomic, Aligned(), AnyOrConstant(), kind: WideSize(), variant: (byte)random.Next(9))); break;
            case 12:
                Emit(IrOp.TrapIf, Chance(80) ? Compare(Relation.Equal, Any(), Constant((ulong)random.NextInt64())) : Any(), AnyOrConstant(), kind: (byte)random.Next(16));
                break;
            case 13: Emit(IrOp.GuardZero, Chance(95) ? Binary(IrOp.And, Any(), Constant(0)) : Any()); break;
            case 14:
            {
                var name = TestHelpers.Names[random.Next(TestHelpers.Names.Length)];
                // It fails where the low bits are zero, so most often they are not.
                var a = name == "fail" && Chance(90) ? Binary(IrOp.Or, Any(), Constant(1)) : AnyOrConstant();
                Keep(Emit(name == "fail" ? IrOp.TryCall : IrOp.Call, a, AnyOrConstant(), slot: _unit.NumberOf(TestHelpers.Find(name)!.Value)));
                Array.Fill(_known, Inst.None);
                break;
            }
            default:
            {
                FloatHelperTable.TryFind(s_floatHelpers[random.Next(s_floatHelpers.Length)], out var helper);
                Keep(Emit(IrOp.FloatCall, Any(), AnyOrConstant(), Chance(50) ? Any() : Inst.None, slot: _unit.NumberOf(helper), immediate: (ulong)random.Next(5)));
                break;
            }
        }
        if (Chance(10)) Emit(IrOp.Fence);
        if (Chance(5)) Keep(Emit(IrOp.ReadTime));
    }

    private byte WideSize() => (byte)(Chance(50) ? 4 : 8);

    /// <summary>An address that is most often good.</summary>
    private int Address(out ulong displacement)
    {
        if (_bases.Count > 0 && Chance(60))
        {
            displacement = (ulong)(Chance(90) ? random.Next(-16, 80) : random.Next(-2100, 2100));
            return _bases[random.Next(_bases.Count)];
        }
        displacement = Chance(50) ? (ulong)random.Next(-64, 64) : 0;
        if (Chance(2)) return Any();
        var mask = Chance(85) ? 0x1ff8ul : 0x3fff;
        _bases.Add(Binary(IrOp.Add, Binary(IrOp.And, Any(), Constant(mask)), Constant(FakeMemory.Start + 64)));
        return _bases[^1];
    }

    private int Aligned() => Binary(IrOp.Add, Binary(IrOp.And, Any(), Constant(Chance(80) ? 0x1f8ul : 0x2ff8)), Constant(FakeMemory.Start));

    private int Slot() => FirstSlot + random.Next(shape.Slots);

    private int Any()
    {
        if (_values.Count == 0) return Keep(Read(Slot()));
        return Chance(shape.OldPercent) ? _values[random.Next(_values.Count)] : _values[^random.Next(1, Math.Min(5, _values.Count) + 1)];
    }

    private int AnyOrConstant(int percent = 30) => Chance(percent) ? Constant(Number()) : Any();

    private int Keep(int value)
    {
        _values.Add(value);
        return value;
    }

    private int Constant(ulong value) => Emit(IrOp.Constant, immediate: value);

    private int Binary(IrOp op, int a, int b) => Emit(op, a, b);

    private int Compare(Relation relation, int a, int b) => Emit(IrOp.Compare, a, b, kind: (byte)relation);

    private int Compare(int a, int b) => Compare((Relation)random.Next(6), a, b);

    private int Read(int slot)
    {
        if (_known[slot] < 0) _known[slot] = Emit(IrOp.ReadSlot, slot: slot);
        return _known[slot];
    }

    private void Write(int slot, int value)
    {
        _known[slot] = value;
        Emit(IrOp.WriteSlot, value, slot: slot);
    }

    private int Emit(IrOp op, int a = Inst.None, int b = Inst.None, int c = Inst.None, byte kind = 0, byte variant = 0, int slot = 0, ulong immediate = 0) =>
        _unit.Add(new Inst
        {
            Op = op,
            Kind = kind,
            Variant = variant,
            Guest = (ushort)(_unit.Guests.Count - 1),
            A = a,
            B = b,
            C = c,
            Slot = slot,
            Immediate = immediate,
        });
}
