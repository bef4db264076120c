using Mimus.Core.Memory;

namespace Mimus.Control.Gdb;

/// <summary>
/// Requests that read and write memory as the selected processor sees it, or by physical address. Only RAM is touched: reading
/// a device's register may change the device.
/// </summary>
internal sealed class MemoryCommands(GdbTarget target)
{
    private const int PageSize = 4096;

    private readonly byte[] _buffer = new byte[GdbTarget.PacketSize / 2];

    public IEnumerable<PacketRow> Rows =>
    [
        new("m", Read),
        new("M", WriteHex),
        new("X", WriteBinary),
        new("qqemu.PhyMemMode", (_, reply) => reply.Text(target.PhysicalMemory ? "1" : "0"), IsWhole: true),
        new("Qqemu.PhyMemMode:", ChooseMode),
    ];

    private void Read(PacketArguments arguments, PacketWriter reply)
    {
        if (!arguments.TryRange(out var address, out var length) || !arguments.IsEmpty || length == 0)
        {
            reply.Fail(GdbError.Invalid);
            return;
        }
        // An answer may be shorter than what was asked for.
        var wanted = (int)Math.Min(length, (ulong)_buffer.Length);
        var read = 0;
        target.TryRest(() =>
        {
            while (read < wanted)
            {
                var part = PartLength(address + (ulong)read, wanted - read);
                if (!TryPhysical(address + (ulong)read, out var physical)) break;
                if (!target.Vm.Machine.Memory.TryRead(physical, _buffer.AsSpan(read, part))) break;
                read += part;
            }
        });
        if (read == 0) reply.Fail(GdbError.BadAddress);
        else reply.Hex(_buffer.AsSpan(0, read));
    }

    private void WriteHex(PacketArguments arguments, PacketWriter reply)
    {
        if (!arguments.TryRange(out var address, out var length) || !arguments.TryTake(':') || length > (ulong)_buffer.Length
            || !HexText.TryDecode(arguments.Rest, _buffer.AsSpan(0, (int)length))) reply.Fail(GdbError.Invalid);
        else Write(address, (int)length, reply);
    }

    private void WriteBinary(PacketArguments arguments, PacketWriter reply)
    {
        if (!arguments.TryRange(out var address, out var length) || !arguments.TryTake(':') || length > (ulong)_buffer.Length
            || (ulong)arguments.Rest.Length != length)
        {
            reply.Fail(GdbError.Invalid);
            return;
        }
        arguments.Rest.CopyTo(_buffer);
        Write(address, (int)length, reply);
    }

    private void Write(ulong address, int length, PacketWriter reply)
    {
        // The debugger asks with no bytes whether the request is known.
        var written = length == 0;
        if (!written) target.TryRest(() => written = TryWriteAtRest(address, length));
        if (written) reply.Ok();
        else reply.Fail(GdbError.BadAddress);
    }

    /// <summary>All or nothing: every page is looked up before the first is written.</summary>
    private bool TryWriteAtRest(ulong address, int length)
    {
        var memory = target.Vm.Machine.Memory;
        var parts = new List<(GuestAddress Physical, int From, int Length)>();
        for (var done = 0; done < length;)
        {
            var part = PartLength(address + (ulong)done, length - done);
            if (!TryPhysical(address + (ulong)done, out var physical)) return false;
            if (memory.Find(physical, (ulong)part) is not { ReadOnly: false }) return false;
            parts.Add((physical, done, part));
            done += part;
        }
        foreach (var (physical, from, count) in parts) memory.TryWrite(physical, _buffer.AsSpan(from, count));
        target.Vm.ForgetCode();
        return true;
    }

    private void ChooseMode(PacketArguments arguments, PacketWriter reply)
    {
        if (arguments.RestText is not ("0" or "1"))
        {
            reply.Fail(GdbError.Invalid);
            return;
        }
        target.PhysicalMemory = arguments.RestText == "1";
        reply.Ok();
    }

    private static int PartLength(ulong address, int wanted) => Math.Min(wanted, PageSize - (int)(address & (PageSize - 1)));

    private bool TryPhysical(ulong address, out GuestAddress physical)
    {
        var translated = address;
        var found = target.PhysicalMemory || target.Debug.TryTranslate(address, out translated);
        physical = new GuestAddress(translated);
        return found;
    }
}
