using System.Text.Json;
using Mimus.Boards;

namespace Mimus.Cli.Qemu;

/// <summary>An option's argument in JSON, made flat: an object in an object gives <c>outer.inner</c>.</summary>
internal static class JsonProperties
{
    public static List<(string Key, string Value)> Parse(string option, string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var pairs = new List<(string, string)>();
            Flatten("", document.RootElement, pairs);
            return pairs;
        }
        catch (JsonException e)
        {
            throw new ConfigurationException($"{option}: its JSON is not right at character {e.BytePositionInLine + 1}; check quotes, commas and brackets");
        }
    }

    private static void Flatten(string prefix, JsonElement element, List<(string, string)> pairs)
    {
        foreach (var property in element.EnumerateObject())
        {
            var key = prefix + property.Name;
            switch (property.Value.ValueKind)
            {
                case JsonValueKind.Object: Flatten(key + ".", property.Value, pairs); break;
                case JsonValueKind.True: pairs.Add((key, "on")); break;
                case JsonValueKind.False: pairs.Add((key, "off")); break;
                case JsonValueKind.Null: break;
                case JsonValueKind.Array: FlattenArray(key, property.Value, pairs); break;
                default: pairs.Add((key, property.Value.ToString())); break;
            }
        }
    }

    private static void FlattenArray(string key, JsonElement array, List<(string, string)> pairs)
    {
        var index = 0;
        foreach (var item in array.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.Object) Flatten($"{key}.{index}.", item, pairs);
            else pairs.Add(($"{key}.{index}", item.ToString()));
            index++;
        }
    }
}
