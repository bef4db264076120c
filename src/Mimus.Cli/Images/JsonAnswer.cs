using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mimus.Cli.Images;

/// <summary>Writes answers for programs, indented as <c>qemu-img</c> does.</summary>
internal static class JsonAnswer
{
    public static void Write(JsonNode answer)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, IndentSize = 4, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping })) answer.WriteTo(writer);
        HostOutput.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }
}
