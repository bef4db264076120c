using Mimus.Core.Cpus;

namespace Mimus.Core.Memory;

/// <summary>The vCPUs that remember pages which they may write without asking, and the request to forget them.</summary>
public sealed class MemoryWriters
{
    private readonly List<AnsweredRequest> _vcpus = [];

    /// <summary>How many there are.</summary>
    internal int Count => _vcpus.Count;

    /// <summary>Makes a vCPU known by the request to forget what it may write; called while the machine is built.</summary>
    public void Register(AnsweredRequest forgetWrites) => _vcpus.Add(forgetWrites);

    /// <summary>Asks all to forget; what is filled in, a number for each, is for <see cref="HaveForgotten"/>.</summary>
    internal void AskToForget(Span<int> asked)
    {
        for (var i = 0; i < asked.Length; i++) asked[i] = _vcpus[i].Ask();
    }

    /// <summary>Whether all have forgotten since they were asked, or do not run and will before their next instruction.</summary>
    internal bool HaveForgotten(ReadOnlySpan<int> asked)
    {
        for (var i = 0; i < asked.Length; i++)
        {
            if (!_vcpus[i].IsSettled(asked[i])) return false;
        }
        return true;
    }
}
