using System.Buffers.Binary;
using Mimus.Core.Devices;

namespace Mimus.Devices.Tests.Support;

/// <summary>Register accesses as a guest makes them.</summary>
internal static class MmioExtensions
{
    public static ulong Read(this IMmioDevice device, ulong offset, int size)
    {
        Span<byte> data = stackalloc byte[8];
        device.Read(offset, data[..size]);
        return BinaryPrimitives.ReadUInt64LittleEndian(data);
    }

    public static void Write(this IMmioDevice device, ulong offset, int size, ulong value)
    {
        Span<byte> data = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(data, value);
        device.Write(offset, data[..size]);
    }

    public static uint Read32(this IMmioDevice device, ulong offset) => (uint)device.Read(offset, 4);

    public static void Write32(this IMmioDevice device, ulong offset, uint value) => device.Write(offset, 4, value);

    public static byte Read8(this IMmioDevice device, ulong offset) => (byte)device.Read(offset, 1);

    public static void Write8(this IMmioDevice device, ulong offset, int value) => device.Write(offset, 1, (byte)value);

    public static ushort Read16(this IMmioDevice device, ulong offset) => (ushort)device.Read(offset, 2);

    public static void Write16(this IMmioDevice device, ulong offset, int value) => device.Write(offset, 2, (ushort)value);
}
