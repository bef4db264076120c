using Iced.Intel;
using Mimus.Translation.Ir;
using Mimus.Translation.X64;

namespace Mimus.Translation.Tests.Allocation;

/// <summary>What all registers, spills and slots hold at one place of emitted code, and which operation the code there belongs to.</summary>
internal sealed class HostState
{
    /// <summary>Places by numbers: general registers, xmm registers, flags, a word of memory, spills, slots.</summary>
    public const int FirstXmm = 16, Flags = 32, Scratch = 33, FirstSpill = 34, FirstSlot = FirstSpill + HostLayout.SpillCount;

    private const int PlaceCount = FirstSlot + IrVerifier.SlotCount;

    private readonly Content[] _contents = new Content[PlaceCount];

    public HostState(int op)
    {
        Op = op;
        foreach (var register in (ReadOnlySpan<Gpr>)[Gpr.Rsp, HostLayout.State, HostLayout.Translations, HostLayout.Retired]) this[(int)register] = Content.Fixed;
    }

    private HostState(HostState other)
    {
        other._contents.CopyTo(_contents, 0);
        (Op, Read, Site) = (other.Op, other.Read, other.Site);
    }

    /// <summary>The operation.</summary>
    public int Op { get; set; }

    /// <summary>Which of its operands have been read.</summary>
    public int Read { get; set; }

    /// <summary>The number on the stack.</summary>
    public int Site { get; set; }

    public ref Content this[int place] => ref _contents[place];

    public Span<Content> Registers => _contents.AsSpan(0, Flags);

    public HostState Copy() => new(this);

    /// <summary>Nobody may look any more at what is this.</summary>
    public void Forget(Content content) => _contents.AsSpan().Replace(content, Content.Unknown);

    /// <summary>The number of a register's place.</summary>
    public static int PlaceOf(Register register) => register.IsXMM() || register.IsYMM() || register.IsZMM()
        ? FirstXmm + (register.GetFullRegister() - Register.ZMM0)
        : register.GetFullRegister() - Register.RAX;

    /// <summary>What is said of a place at a site.</summary>
    public static int PlaceOf(Place place) => place.Kind switch
    {
        PlaceKind.Gpr => place.Number,
        PlaceKind.Xmm or PlaceKind.NarrowXmm => FirstXmm + place.Number,
        PlaceKind.Spill => FirstSpill + place.Number,
        _ => FirstSlot + place.Number,
    };

    public static string NameOf(int place) => place switch
    {
        < FirstXmm => ((Gpr)place).ToString(),
        < Flags => ((Xmm)(place - FirstXmm)).ToString(),
        Flags => "the flags",
        Scratch => "the scratch word",
        < FirstSlot => $"spill {place - FirstSpill}",
        _ => $"the memory of s{place - FirstSlot}",
    };

    /// <summary>Keeps only what both have; true where that is less than before.</summary>
    public bool Join(HostState other, bool copiesOperands, Predicate<Content> isOperand)
    {
        var changed = (Read | other.Read) != Read;
        Read |= other.Read;
        for (var i = 0; i < _contents.Length; i++)
        {
            if (_contents[i] == other._contents[i]) continue;
            var joined = Join(_contents[i], other._contents[i]) ?? Join(other._contents[i], _contents[i]) ?? Content.Unknown;
            changed |= joined != _contents[i];
            _contents[i] = joined;
        }
        return changed;

        Content? Join(Content a, Content b)
        {
            // On one way there is a result, on the other a constant or an operand that is the result there.
            if (a.Kind == ContentKind.Computed && b.Kind == ContentKind.Constant && b.Op == a.Op) return a;
            if (a.Kind == ContentKind.Computed && copiesOperands && isOperand(b)) return a;
            if (a.Kind == ContentKind.Constant && b.Kind == ContentKind.Constant && a.Op == b.Op && a.Op == Op) return Content.Computed(Op);
            if (a.Kind == ContentKind.Constant && a.Is(b)) return Content.Constant(a.Number, UnitValues.Entry);
            if (a.Kind == ContentKind.LowHalf && b.Kind == ContentKind.Value && a.Number == b.Number) return a;
            // Zero stands for no addend.
            return a.Kind == ContentKind.Addend && b is { Kind: ContentKind.Constant, Number: 0 } ? a : null;
        }
    }
}
