using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Mimus.Isa.RiscV;

namespace Mimus.Engines.Tests.Machines;

/// <summary>A number inside <see cref="RiscVState"/>, found by reflection so that none is forgotten.</summary>
/// <param name="Name">What it is called in reports.</param>
/// <param name="Offset">Where it is.</param>
/// <param name="Size">Its size in bytes.</param>
internal sealed record StateField(string Name, int Offset, int Size)
{
    public static IReadOnlyList<StateField> All { get; } = [.. Find()];

    public static StateField Retired { get; } = All.Single(f => f.Name == nameof(RiscVState.Retired));

    public ulong Read(ReadOnlySpan<byte> state) => Size == 1 ? state[Offset] : MemoryMarshal.Read<ulong>(state[Offset..]);

    private static IEnumerable<StateField> Find()
    {
        foreach (var field in typeof(RiscVState).GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
        {
            var offset = (int)Marshal.OffsetOf<RiscVState>(field.Name);
            if (field.GetCustomAttribute<FixedBufferAttribute>() is not { } buffer)
            {
                yield return new StateField(field.Name, offset, sizeof(ulong));
                continue;
            }
            var size = buffer.ElementType == typeof(byte) ? 1 : sizeof(ulong);
            for (var i = 0; i < buffer.Length; i++)
            {
                // What lies behind x31 is where results for x0 go, if an engine keeps them at all.
                if (field.Name == nameof(RiscVState.X) && i == Slot.Sink) continue;
                yield return new StateField($"{field.Name}[{i}]", offset + (i * size), size);
            }
        }
    }
}
