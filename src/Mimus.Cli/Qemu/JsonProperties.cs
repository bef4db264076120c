using System.Text.Json;
using Mimus.Boards;

namespace Mimus.Cli.Qemu;

/// <summary>An option's argument in JSON, made flat: an object in an object gives <c>outer.inner</c>.</summary>
internal static class JsonProperties
{
    public static List<Property> Parse(string option, string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var pairs = new List<Property>();
            Flatten("", document.RootElement, pairs);
            return pairs;
        }
        catch (JsonException e)
        {
            throw new ConfigurationException($"{option}: its JSON is not right at character {e.BytePositionInLine + 1}; check quotes, commas and brackets");
        }
    }

    private static void Flatten(string prefix, JsonElement element, List<Property> pairs)
    {
        foreach (var property in element.EnumerateObject())
        {
            var key = prefix + property.Name;
            switch (property.Value.ValueKind)
            {
                case JsonValueKind.Object: Flatten(key + ".", property.Value, pairs); break;
                case JsonValueKind.True: pairs.Add(new Property(key, "on")); break;
                case JsonValueKind.False: pairs.Add(new Property(key, "off")); break;
                case JsonValueKind.Null: break;
                case JsonValueKind.Array: FlattenArray(key, property.Value, pairs); break;
                default: pairs.Add(new Property(key, property.Value.ToString())); break;
            }
        }
    }

    private static void FlattenArray(string key, JsonElement array, List<Property> pairs)
    {
        var index = 0;
        foreach (var item in array.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.Object) Flatten($"{key}.{index}.", item, pairs);
            else pairs.Add(new Property($"{key}.{index}", item.ToString()));
            index++;
        }
    }
}
