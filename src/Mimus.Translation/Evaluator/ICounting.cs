namespace Mimus.Translation.Evaluator;

/// <summary>Whether the interpreter looks after every instruction whether it has to stop. A type, so that it costs nothing where it does not.</summary>
internal interface ICounting
{
    static abstract bool IsOn { get; }
}

/// <summary>It stops at an exact instruction.</summary>
internal readonly struct Counted : ICounting
{
    public static bool IsOn => true;
}

/// <summary>It stops at branches when attention is asked for.</summary>
internal readonly struct Uncounted : ICounting
{
    public static bool IsOn => false;
}
