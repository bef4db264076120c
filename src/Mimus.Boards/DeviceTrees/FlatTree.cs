namespace Mimus.Boards.DeviceTrees;

/// <summary>Numbers of the flattened device tree format.</summary>
internal static class FlatTree
{
    public const uint Magic = 0xd00dfeed;
    public const uint Version = 17;
    public const uint CompatibleVersion = 16;
    public const uint BeginNode = 1, EndNode = 2, Property = 3, Nop = 4, End = 9;
}
