using System.Buffers.Binary;
using Mimus.Core.Cpus;

namespace Mimus.Control.Gdb;

/// <summary>Requests that read and write the selected processor's registers.</summary>
internal sealed class RegisterCommands(GdbTarget target, TargetDescription description)
{
    public IEnumerable<PacketRow> Rows =>
    [
        new("g", ReadAll, IsWhole: true),
        new("G", WriteAll),
        new("p", ReadOne),
        new("P", WriteOne),
    ];

    private void ReadAll(PacketArguments arguments, PacketWriter reply)
    {
        if (!target.TryRest(() => description.General.ToList().ForEach(r => Show(r, reply)))) reply.Fail(GdbError.NotPermitted);
    }

    private void WriteAll(PacketArguments arguments, PacketWriter reply)
    {
        var values = new List<(DebugRegister Register, ulong Value)>();
        var digits = arguments.Rest;
        foreach (var register in description.General)
        {
            if (digits.IsEmpty) break;
            var length = Math.Min(register.Bits / 4, digits.Length);
            if (!TryValue(register, digits[..length], out var value))
            {
                reply.Fail(GdbError.Invalid);
                return;
            }
            values.Add((register, value));
            digits = digits[length..];
        }
        if (!digits.IsEmpty || values.Count == 0) reply.Fail(GdbError.Invalid);
        else Write(values, reply);
    }

    private void ReadOne(PacketArguments arguments, PacketWriter reply)
    {
        if (!arguments.TryNumber(out var number) || !arguments.IsEmpty || !description.TryRegister(number, out var register))
        {
            reply.Fail(GdbError.Invalid);
            return;
        }
        if (!target.TryRest(() => Show(register, reply))) reply.Fail(GdbError.NotPermitted);
    }

    private void WriteOne(PacketArguments arguments, PacketWriter reply)
    {
        if (!arguments.TryNumber(out var number) || !arguments.TryTake('=') || !description.TryRegister(number, out var register)
            || !TryValue(register, arguments.Rest, out var value)) reply.Fail(GdbError.Invalid);
        else Write([(register, value)], reply);
    }

    private void Show(DebugRegister register, PacketWriter reply)
    {
        if (target.Debug.TryReadRegister(register.Number, out var value)) reply.HexLittleEndian(value, register.Bits);
        else reply.Text(new string('x', register.Bits / 4));
    }

    private void Write(List<(DebugRegister Register, ulong Value)> values, PacketWriter reply)
    {
        var written = true;
        var rested = target.TryRest(() =>
        {
            foreach (var (register, value) in values) written &= target.Debug.TryWriteRegister(register.Number, value);
            // A control register may have changed how code is found and decoded.
            target.Vm.ForgetCode();
        });
        if (rested && written) reply.Ok();
        else reply.Fail(rested ? GdbError.Invalid : GdbError.NotPermitted);
    }

    private static bool TryValue(DebugRegister register, ReadOnlySpan<byte> digits, out ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        bytes.Clear();
        value = 0;
        var length = register.Bits / 8;
        if (length > bytes.Length || !HexText.TryDecode(digits, bytes[..length])) return false;
        value = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        return true;
    }
}
