namespace Mimus.Cli;

/// <summary>The version of this program.</summary>
internal static class ProductVersion
{
    public static string Text => typeof(ProductVersion).Assembly.GetName().Version!.ToString(3);
}
