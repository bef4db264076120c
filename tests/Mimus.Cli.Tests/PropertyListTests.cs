using Mimus.Boards;
using Mimus.Cli.Qemu;

namespace Mimus.Cli.Tests;

/// <summary>The grammar of an option's argument.</summary>
public sealed class PropertyListTests
{
    [Theory]
    [InlineData("a=1,b=2", "a=1;b=2")]
    [InlineData("file=a,,b,id=x", "file=a,b;id=x")]
    [InlineData("file=,,,,", "file=,,")]
    [InlineData("virt,accel=tcg", "type=virt;accel=tcg")]
    [InlineData("path=x,server,nowait", "path=x;server=on;wait=off")]
    [InlineData("a=1,a=2", "a=2")]
    [InlineData("opt=k=v", "opt=k=v")]
    [InlineData("a=,b=1", "a=;b=1")]
    [InlineData("""{"driver":"raw","n":3,"on":true,"off":false,"no":null,"file":{"driver":"file","filename":"a,b"}}""",
        "driver=raw;n=3;on=on;off=off;file.driver=file;file.filename=a,b")]
    [InlineData("""{"list":["x",{"y":1}]}""", "list.0=x;list.1.y=1")]
    public void Text_becomes_keys_and_values(string text, string expected) =>
        Assert.Equal(expected, string.Join(';', PropertyList.Parse("-x", text, "type").TakeAll().Select(p => $"{p.Key}={p.Value}")));

    [Theory]
    [InlineData("""{"a":""")]
    [InlineData("{a:1}")]
    public void Json_that_is_none_is_refused(string text) =>
        Assert.Contains("JSON", Assert.Throws<ConfigurationException>(() => PropertyList.Parse("-device", text)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_key_that_nobody_knows_is_refused_with_the_nearest_one()
    {
        var properties = PropertyList.Parse("-drive", "fil=x");
        Assert.Null(properties.Take("file"));
        Assert.Null(properties.Take("format"));
        Assert.Equal("-drive has no property 'fil', did you mean 'file'?; it has file, format", Assert.Throws<ConfigurationException>(properties.Finish).Message);
    }

    [Theory]
    [InlineData("a=maybe")]
    [InlineData("a=1")]
    public void A_switch_is_on_or_off(string text) => Assert.Throws<ConfigurationException>(() => PropertyList.Parse("-x", text).TakeSwitch("a", false));

    [Theory]
    [InlineData("128", 128ul << 20)]
    [InlineData("128M", 128ul << 20)]
    [InlineData("2G", 2ul << 30)]
    [InlineData("2g", 2ul << 30)]
    [InlineData("1.5G", 3ul << 29)]
    [InlineData("64K", 64ul << 10)]
    [InlineData("1T", 1ul << 40)]
    [InlineData("4096B", 4096ul)]
    [InlineData("0", 0ul)]
    public void Sizes_have_units(string text, ulong bytes)
    {
        Assert.True(Quantity.TrySize(text, 'M', out var value));
        Assert.Equal(bytes, value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("M")]
    [InlineData("-1")]
    [InlineData("1 M")]
    [InlineData("128Mi")]
    [InlineData("12X")]
    [InlineData("16E")]
    [InlineData("99999999999999999999999999T")]
    [InlineData("1,5G")]
    public void What_is_no_size_is_refused(string text) => Assert.False(Quantity.TrySize(text, 'M', out _));
}
