namespace Mimus.Kvm;

/// <summary>Why KVM cannot be used, and what a person can do.</summary>
public sealed record KvmProblem(string Reason, string Remedy)
{
    public override string ToString() => $"{Reason}; {Remedy}";
}
