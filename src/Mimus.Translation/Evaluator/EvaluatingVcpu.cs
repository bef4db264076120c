using Mimus.Isa;
using Mimus.Translation.Engine;

namespace Mimus.Translation.Evaluator;

/// <summary>What vCPUs that only evaluate remember, and how they forget it.</summary>
internal abstract unsafe class EvaluatingVcpu : ITranslationCaches
{
    public abstract ulong InstructionsInFlight { get; }

    protected abstract DataPath Data { get; }

    protected abstract CodeMappings Mappings { get; }

    public void Forget()
    {
        FlushTranslations();
        ForgetCode();
    }

    public void FlushTranslations()
    {
        Data.Translations.Flush();
        Mappings.Flush();
    }

    public void RenewTranslations()
    {
        Data.Renew();
        Mappings.Flush();
    }

    public void FlushContexts(int first, int count)
    {
        Data.Translations.FlushContexts(first, count);
        Mappings.Flush(first, count);
    }

    public void FlushLocal(int first, int count)
    {
        Data.Translations.FlushLocal(first, count);
        Mappings.Flush(first, count);
    }

    public void FlushPage(ulong address, int first, int count)
    {
        Data.Translations.FlushPage(address, first, count);
        Mappings.FlushPage(address, first, count);
    }

    public void FlushWrites() => Data.Translations.FlushWrites();

    public abstract void FlushCode();

    public abstract void ForgetCode();

    public virtual bool HasCode(byte* page) => false;

    public virtual void StoredTo(byte* host, int size)
    {
    }
}
