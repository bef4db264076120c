namespace Mimus.Host;

/// <summary>What is wanted of spans while a machine is built.</summary>
public static class SpanExtensions
{
    /// <summary>As <see cref="Span{T}.Fill"/>, which is faster for long spans but has to be compiled first: at start-up that takes longer.</summary>
    public static void SetAll<T>(this Span<T> span, T value)
    {
        foreach (ref var item in span) item = value;
    }
}
