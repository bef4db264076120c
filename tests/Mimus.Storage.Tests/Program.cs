namespace Mimus.Storage.Tests;

/// <summary>Started by itself, the tests' program is a writer that is there to be killed.</summary>
internal static class Program
{
    public static int Main(string[] arguments)
    {
        if (arguments is not ["write", var path, var seed])
        {
            Console.Error.WriteLine("this program holds tests; run them with 'dotnet test'");
            return 1;
        }
        KilledWriterTests.Write(path, int.Parse(seed, System.Globalization.CultureInfo.InvariantCulture));
        return 0;
    }
}
