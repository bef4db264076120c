using Mimus.Core.Memory;
using Mimus.Translation.Evaluator;

namespace Mimus.Translation.Tests.Evaluator;

/// <summary>Somebody who keeps copies of pages of code and looks at an instruction fence which are out of date, as an engine does.</summary>
internal sealed unsafe class WatchedCode
{
    private readonly RamBlock _ram;
    private readonly CodePage[] _pages;
    private readonly Dictionary<long, CodePage> _known = [];
    private readonly SuspectPages<CodePage> _suspects;
    private int _generation;

    public WatchedCode(GuestMemory memory, RamBlock ram, int pages)
    {
        _ram = ram;
        _suspects = new SuspectPages<CodePage>(memory.Code);
        _pages = new CodePage[pages];
        for (var i = 0; i < pages; i++)
        {
            _pages[i] = new CodePage(_ram, (ulong)i * CodePage.PageSize, _generation);
            _known.Add((long)(_ram.Pointer + (i * CodePage.PageSize)), _pages[i]);
            _suspects.Add(_pages[i]);
        }
    }

    /// <summary>How many fences found that nothing has changed.</summary>
    public int Unchanged { get; private set; }

    /// <summary>An instruction fence; whether code had to be looked up anew.</summary>
    public bool Fence()
    {
        if (!_suspects.HaveChanged(_known, _generation))
        {
            Unchanged++;
            return false;
        }
        _generation++;
        _suspects.Clear();
        return true;
    }

    /// <summary>What the code's page has at a place, as far as is known since the last fence.</summary>
    public ushort this[int page, int index]
    {
        get
        {
            var code = _pages[page];
            if (code.Generation != _generation)
            {
                if (!code.IsQuiet) _suspects.Add(code);
                code.Revalidate(_generation);
            }
            return code.HalfAt(index);
        }
    }

    public bool IsSuspect(int page) => _pages[page].IsSuspect;
}
