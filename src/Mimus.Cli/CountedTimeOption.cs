using System.Globalization;
using Mimus.Boards;
using Mimus.Cli.Qemu;
using Mimus.Core.Timing;

namespace Mimus.Cli;

/// <summary>How time is counted in instructions, as people write it: <c>[shift=]N|auto[,sleep=on|off][,align=off]</c>.</summary>
internal static class CountedTimeOption
{
    public static CountedTime Parse(string option, string argument)
    {
        var properties = PropertyList.Parse(option, argument, "shift");
        foreach (var key in (string[])["rr", "rrfile", "rrsnapshot"])
        {
            if (properties.Take(key) is { } value)
                throw new ConfigurationException($"{option}: {key}={value} is not possible: input is not recorded, and everything else is the same in every run without a record; leave it out");
        }
        if (properties.TakeSwitch("align", false))
            throw new ConfigurationException($"{option}: align=on is not possible: the guest is not slowed down to the host's time; leave it out");
        var time = new CountedTime { Shift = Shift(option, properties.Take("shift") ?? "auto"), SleepsWhenIdle = properties.TakeSwitch("sleep", true) };
        properties.Finish();
        return time;
    }

    /// <summary>A shift that followed the host's speed would be another one in every run, so that auto is a number like others.</summary>
    private static int Shift(string option, string text)
    {
        if (text == "auto") return CountedTime.StandardShift;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var shift) && shift <= InstructionTime.MaximumShift) return shift;
        throw new ConfigurationException($"{option}: 'shift' must be auto or a number from 0 to {InstructionTime.MaximumShift}, not '{text}'; an instruction takes 2^shift nanoseconds");
    }
}
