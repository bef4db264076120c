using System.Text.Json.Nodes;
using Mimus.Boards;
using Mimus.Storage;
using Mimus.Storage.Files;
using Mimus.Storage.Operations;
using Mimus.Storage.Qcow2;

namespace Mimus.Cli.Images;

/// <summary>Looks whether an image's tables are in order, and repairs them.</summary>
internal static class CheckVerb
{
    private const int Corrupt = 2, Leaking = 3, Unsupported = 63;

    public static int Run(ReadOnlySpan<string> words)
    {
        var arguments = new ImageArguments("check", words, "f: output: r: q U T: follow");
        arguments.RequireOperands(1, 1, "a file");
        var path = arguments.Operands[0];
        var repair = arguments.Get("r") switch
        {
            null => RepairScope.Nothing,
            "leaks" => RepairScope.Leaks,
            "all" => RepairScope.All,
            var other => throw new ConfigurationException($"check: -r is leaks or all, not '{other}'"),
        };
        var json = arguments.WantsJson;
        using var file = HostFile.Open(path, readOnly: repair == RepairScope.Nothing, shared: arguments.Has("U"));
        CheckResult result;
        try
        {
            result = ImageCheck.Run(file, ImageSource.Format(arguments, arguments.Get("f")), repair);
        }
        catch (NotSupportedException e)
        {
            HostOutput.ErrorLine($"mimus-img: {e.Message}");
            return Unsupported;
        }
        if (json) JsonAnswer.Write(ToJson(result, path));
        else if (!arguments.Has("q")) HostOutput.Write(Describe(result));
        return result.Corruptions > 0 ? Corrupt : result.Leaks > 0 ? Leaking : 0;
    }

    private static JsonObject ToJson(CheckResult result, string path)
    {
        var answer = new JsonObject
        {
            ["image-end-offset"] = result.ImageEnd,
            ["total-clusters"] = result.TotalClusters,
            ["check-errors"] = 0,
            ["allocated-clusters"] = result.AllocatedClusters,
            ["filename"] = path,
            ["format"] = "qcow2",
        };
        void AddUnlessZero(string name, long value)
        {
            if (value != 0) answer[name] = value;
        }
        AddUnlessZero("corruptions", result.Corruptions);
        AddUnlessZero("leaks", result.Leaks);
        AddUnlessZero("corruptions-fixed", result.CorruptionsFixed);
        AddUnlessZero("leaks-fixed", result.LeaksFixed);
        AddUnlessZero("fragmented-clusters", result.FragmentedClusters);
        AddUnlessZero("compressed-clusters", result.CompressedClusters);
        return answer;
    }

    private static string Describe(CheckResult result)
    {
        var text = string.Concat(result.Messages.Select(m => m + "\n"));
        if (result.LeaksFixed + result.CorruptionsFixed > 0)
            text += $"The following inconsistencies were found and repaired:\n\n    {result.LeaksFixed} leaked clusters\n    {result.CorruptionsFixed} corruptions\n\nDouble checking the fixed image now...\n";
        if (result.IsClean) text += "No errors were found on the image.\n";
        if (result.Corruptions > 0) text += $"\n{result.Corruptions} errors were found on the image.\nData may be corrupted, or further writes to the image may corrupt it.\n";
        if (result.Leaks > 0) text += $"\n{result.Leaks} leaked clusters were found on the image.\nThis means waste of disk space, but no harm to data.\n";
        if (result.TotalClusters > 0)
        {
            static string Percent(long part, long whole) => (whole == 0 ? 0 : part * 100.0 / whole).ToString("0.00", System.Globalization.CultureInfo.InvariantCulture) + "%";
            text += $"{result.AllocatedClusters}/{result.TotalClusters} = {Percent(result.AllocatedClusters, result.TotalClusters)} allocated, "
                + $"{Percent(result.FragmentedClusters, result.AllocatedClusters)} fragmented, {Percent(result.CompressedClusters, result.AllocatedClusters)} compressed clusters\n";
        }
        return text + $"Image end offset: {result.ImageEnd}\n";
    }
}
