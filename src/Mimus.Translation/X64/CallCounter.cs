namespace Mimus.Translation.X64;

/// <summary>How often emitted code called C# for one purpose. Many sites share one.</summary>
internal sealed class CallCounter(string name)
{
    public string Name { get; } = name;

    public ulong Calls { get; set; }
}
