namespace Mimus.Translation.X64;

/// <summary>The general-purpose registers, by their numbers in the hardware's encoding.</summary>
internal enum Gpr : byte
{
    Rax, Rcx, Rdx, Rbx, Rsp, Rbp, Rsi, Rdi, R8, R9, R10, R11, R12, R13, R14, R15,
}
