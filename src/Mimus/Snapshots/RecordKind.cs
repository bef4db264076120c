namespace Mimus.Snapshots;

/// <summary>Kinds of records.</summary>
internal enum RecordKind : byte
{
    End = 0,
    Number = 1,
    Bytes = 2,
    Pages = 3,
    Child = 4,
}
