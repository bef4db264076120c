using System.Buffers.Binary;
using System.Text;
using Mimus.Core.Memory;

namespace Mimus.Control.Monitor;

/// <summary>The commands <c>x</c> and <c>xp</c>: memory in rows of 16 bytes.</summary>
internal static class MemoryDump
{
    private const int RowSize = 16;

    public static void Run(MonitorSession monitor, string arguments, bool isVirtual)
    {
        var format = DumpFormat.TakeFrom(ref arguments, new DumpFormat(1, 'x', 4));
        monitor.Vm.WhileResting(() => Dump(monitor, format, Expression.Evaluate(arguments, monitor.Debug), isVirtual));
    }

    private static void Dump(MonitorSession monitor, DumpFormat format, ulong address, bool isVirtual)
    {
        var row = new StringBuilder();
        var inRow = RowSize / format.Size;
        for (var i = 0; i < format.Count; i++, address += (ulong)format.Size)
        {
            if (i % inRow == 0)
            {
                if (row.Length > 0) monitor.Say(row.ToString());
                row.Clear().Append($"{address:x16}:");
            }
            if (!TryRead(monitor, address, format.Size, isVirtual, out var value))
            {
                monitor.Say($"Cannot access memory at address 0x{address:x}");
                return;
            }
            row.Append(' ').Append(format.Show(value));
        }
        monitor.Say(row.ToString());
    }

    /// <summary>Reads RAM byte by byte, as neighbours may be in different pages; device registers are left alone.</summary>
    private static bool TryRead(MonitorSession monitor, ulong address, int size, bool isVirtual, out ulong value)
    {
        Span<byte> data = stackalloc byte[8];
        data.Clear();
        value = 0;
        for (var i = 0; i < size; i++)
        {
            var at = address + (ulong)i;
            if (isVirtual && !monitor.Debug.TryTranslate(at, out at)) return false;
            if (!monitor.Vm.Machine.Memory.TryRead(new GuestAddress(at), data.Slice(i, 1))) return false;
        }
        value = BinaryPrimitives.ReadUInt64LittleEndian(data);
        return true;
    }
}
