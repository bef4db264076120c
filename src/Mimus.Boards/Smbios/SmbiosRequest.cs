namespace Mimus.Boards.Smbios;

/// <summary>What somebody wants SMBIOS to say: <c>-smbios type=1,serial=X</c>.</summary>
public sealed record SmbiosRequest(int Type, IReadOnlyDictionary<string, string> Properties);
