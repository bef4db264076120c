using static Mimus.Isa.RiscV.Extension;

namespace Mimus.Isa.RiscV;

/// <summary>Sets of extensions by name, the rules that tie extensions together, and the names that users know them by.</summary>
public static class Profiles
{
    /// <summary>The generic 64-bit hart: what QEMU's <c>rv64</c> has.</summary>
    public const Extension Rv64 = I | M | A | F | D | C | Zicsr | Zifencei | Zba | Zbb | Zbc | Zbs | Zfa | Zawrs | Zicbom | Zicbop | Zicboz
        | Zicntr | Zihpm | Zihintpause | Zihintntl | Svadu | Sstc | Sv48 | Sv57 | S | U | Sdtrig;

    /// <summary>All that Mimus has.</summary>
    public const Extension Max = Rv64 | Zbkb | Zbkc | Zbkx | Zfh | Zicond | Zcb | Svinval | Svnapot | Svpbmt | Svade | Sscofpmf | Smstateen;

    private static readonly NamedExtension[] s_names = CreateNames();

    /// <summary>Every extension that can be switched, by its lower-case name.</summary>
    public static IEnumerable<NamedExtension> Names => s_names;

    /// <summary>Adds what the given extensions imply, and drops what they cannot be without.</summary>
    public static Extension Complete(Extension e)
    {
        if (!e.HasFlag(F)) e &= ~(D | Zfh | Zfhmin | Zfa);
        if (e.HasFlag(Zfh)) e |= Zfhmin;
        if (e.HasFlag(M)) e |= Zmmul;
        if (e.HasFlag(A)) e |= Zaamo | Zalrsc;
        if (e.HasFlag(C)) e |= Zca;
        else e &= ~(Zca | Zcb);
        if (e.HasFlag(Sv57)) e |= Sv48;
        if (!e.HasFlag(U)) e &= ~S;
        if (!e.HasFlag(S)) e &= ~(Svinval | Svnapot | Svpbmt | Svade | Svadu | Sstc | Sscofpmf | Sv48 | Sv57);
        return e;
    }

    /// <summary>The ISA string as device trees have it, such as <c>rv64imafdc_zicsr_zifencei</c>.</summary>
    public static string IsaString(Extension extensions)
    {
        var letters = "rv64" + string.Concat(s_names.Where(n => n.Name.Length == 1 && n.Name is not ("s" or "u") && extensions.HasFlag(n.Extension)).Select(n => n.Name));
        return string.Join('_', new[] { letters }.Concat(NamedExtensions(extensions)));
    }

    /// <summary>The extensions one by one, as the newer device-tree property has them.</summary>
    public static IReadOnlyList<string> ExtensionList(Extension extensions) =>
        [.. s_names.Where(n => n.Name.Length == 1 && n.Name is not ("s" or "u") && extensions.HasFlag(n.Extension)).Select(n => n.Name), .. NamedExtensions(extensions)];

    private static IEnumerable<string> NamedExtensions(Extension extensions) => s_names
        .Where(n => n.Name.Length > 1 && n.Extension is not (Sv48 or Sv57 or Zca or Zmmul or Zaamo or Zalrsc or Sdtrig) && extensions.HasFlag(n.Extension))
        .Select(n => n.Name);

    private static NamedExtension[] CreateNames()
    {
        // The order of the ISA string: single letters in the manual's order, then Z by category letter, then S.
        Extension[] order =
        [
            I, M, A, F, D, C, Zicbom, Zicbop, Zicboz, Zicntr, Zicond, Zicsr, Zifencei, Zihintntl, Zihintpause, Zihpm, Zmmul, Zaamo, Zalrsc,
            Zawrs, Zfa, Zfh, Zfhmin, Zca, Zcb, Zba, Zbb, Zbc, Zbkb, Zbkc, Zbkx, Zbs, S, U, Smstateen, Sscofpmf, Sstc, Sv48, Sv57, Svade, Svadu,
            Svinval, Svnapot, Svpbmt, Sdtrig,
        ];
        var names = new NamedExtension[order.Length];
        for (var i = 0; i < order.Length; i++) names[i] = new NamedExtension(order[i].ToString().ToLowerInvariant(), order[i]);
        return names;
    }
}
