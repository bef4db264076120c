using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Mimus.Boards;
using Mimus.Control.Monitor;
using Mimus.Control.Qmp;
using Mimus.TestSupport;
using Mimus.Translation.Evaluator;

namespace Mimus.Control.Tests;

/// <summary>The screen of a PC that runs: what its BIOS says there, as text and as pictures.</summary>
public sealed partial class ScreenTests : IDisposable
{
    private const int CellWidth = 9, CellHeight = 16, GlyphWidth = 8;
    private const uint LightGrey = 0xaaaaaa, Black = 0;
    private const string FirstLine = "Mimus BIOS", LastLine = "No bootable device.";
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("mimus-test-").FullName;
    private readonly FakeClient _client = new();
    private readonly MonitorSession _monitor;
    private readonly Vm _vm;

    public ScreenTests()
    {
        _vm = Vm.Create(new MachineConfiguration { Board = "pc", Firmware = "mimus", MemoryBytes = 64 << 20 }, BoardCatalog.X86, new VmOptions { Accelerator = () => new EvaluatorAccelerator() });
        var context = new MonitorContext { Vm = _vm, Banner = "", Prompt = "", Version = "", SpokenVersion = new Version(10, 0, 0), Quit = _ => { } };
        _monitor = new MonitorSession(context);
        _ = new QmpServer(context, _client);
        _client.Connect();
        Ask("qmp_capabilities");
        _vm.Resume();
        Assert.True(SpinWait.SpinUntil(() => ReadScreen().Contains(LastLine), s_patience), string.Join('\n', ReadScreen()));
    }

    public void Dispose()
    {
        _vm.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Its_text_can_be_asked_for()
    {
        var screen = Ask("mimus-screen").GetProperty("return");
        Assert.Equal((80, 25), (screen.GetProperty("columns").GetInt32(), screen.GetProperty("rows").GetInt32()));
        Assert.Equal(FirstLine, screen.GetProperty("lines")[0].GetString());
        Assert.Equal(25, screen.GetProperty("lines").GetArrayLength());
        Assert.Equal(0, screen.GetProperty("cursor").GetProperty("column").GetInt32());
    }

    [Fact]
    public void A_picture_shows_the_glyphs_of_the_font()
    {
        var path = Path.Combine(_folder, "screen.png");
        Assert.Equal("", _monitor.Execute($"screendump {path}"));
        var (width, height, pixels) = PngReader.Read(File.ReadAllBytes(path));
        Assert.Equal((80 * CellWidth, 25 * CellHeight), (width, height));
        var font = ReadFont();
        for (var y = 0; y < CellHeight; y++)
        {
            for (var x = 0; x < FirstLine.Length * CellWidth; x++)
            {
                // The font's rows are shown twice, and its columns have one more between characters.
                var isLit = x % CellWidth < GlyphWidth && (font[FirstLine[x / CellWidth]][y / 2] << (x % CellWidth) & 0x80) != 0;
                Assert.True(pixels[y * width + x] == (isLit ? LightGrey : Black), $"pixel {x}, {y} is {pixels[y * width + x]:x6}");
            }
        }
    }

    [Fact]
    public void The_power_button_can_be_pressed()
    {
        Assert.Equal("", _monitor.Execute("system_powerdown"));
        Assert.Equal("{}", Ask("system_powerdown").GetProperty("return").ToString());
    }

    [Fact]
    public void Both_formats_show_the_same()
    {
        string png = Path.Combine(_folder, "a"), ppm = Path.Combine(_folder, "b");
        Ask("screendump", $$"""{"filename": "{{png}}", "format": "png"}""");
        Ask("screendump", $$"""{"filename": "{{ppm}}"}""");
        var (width, height, pixels) = PngReader.Read(File.ReadAllBytes(png));
        var map = File.ReadAllBytes(ppm);
        var header = System.Text.Encoding.ASCII.GetBytes($"P6\n{width} {height}\n255\n");
        Assert.Equal(header, map[..header.Length]);
        Assert.Equal(pixels.SelectMany(p => new[] { (byte)(p >> 16), (byte)(p >> 8), (byte)p }), map[header.Length..]);
    }

    private string[] ReadScreen()
    {
        var answer = Ask("mimus-screen");
        return answer.TryGetProperty("return", out var screen) ? [.. screen.GetProperty("lines").EnumerateArray().Select(l => l.GetString()!)] : [answer.ToString()];
    }

    private JsonElement Ask(string command, string arguments = "{}")
    {
        _client.TakeLines();
        _client.Send(System.Text.Encoding.UTF8.GetBytes($$"""{"execute": "{{command}}", "arguments": {{arguments}}}"""));
        return _client.TakeLines().Select(line => JsonDocument.Parse(line).RootElement).First(e => !e.TryGetProperty("event", out _));
    }

    /// <summary>The BIOS's font as its source has it: eight rows of eight pixels for each character from the blank on.</summary>
    private static Dictionary<char, byte[]> ReadFont()
    {
        var source = File.ReadAllLines(Path.Combine(TestNeeds.Repository, "guests", "bios", "font.asm"));
        return source.Select(line => GlyphRow().Match(line)).Where(m => m.Success).Select((m, i) => (Character: (char)(' ' + i), Rows: m.Groups[1].Captures))
            .ToDictionary(g => g.Character, g => (byte[])[.. g.Rows.Select(r => byte.Parse(r.Value.TrimEnd('b'), NumberStyles.AllowBinarySpecifier, CultureInfo.InvariantCulture))]);
    }

    [GeneratedRegex("^ +db +(?:([01]{8}b|0)(?:, | )){8}")]
    private static partial Regex GlyphRow();
}
