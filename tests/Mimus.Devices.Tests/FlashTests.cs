using Mimus.Core.Devices;
using Mimus.Core.Diagnostics;
using Mimus.Core.Memory;
using Mimus.Devices.Storage;
using Mimus.Devices.Tests.Support;

namespace Mimus.Devices.Tests;

public sealed class FlashTests : IDisposable
{
    private const uint Ready = 0x00800080, ProgramError = 0x00900090;

    private readonly GuestMemory _memory = new();
    private readonly RamBlock _block;
    private readonly CfiFlash _flash;

    public FlashTests()
    {
        _block = _memory.Add("flash", new AddressRange(0x2000_0000, 32 << 20), readOnly: true);
        _block.Bytes(0, 1 << 20).Fill(0xff);
        _flash = new CfiFlash("flash", _block, CfiFlashLayout.Wide, isProtected: false);
    }

    public void Dispose() => _memory.Dispose();

    [Fact]
    public void After_reset_it_reads_as_its_contents()
    {
        "firmware"u8.CopyTo(_block.Bytes(0x1003, 8));
        Assert.Equal(0x66u, _flash.Read(0x1003, 1));
        Assert.Equal(0x657261776d726966ul, _flash.Read(0x1003, 8));
        Assert.Equal(0u, _flash.Read((32 << 20) - 4, 8));
    }

    [Fact]
    public void The_query_describes_two_chips_of_16_bits()
    {
        _flash.Write32(0x55 * 4, 0x00980098);
        Assert.Equal("QRY", string.Concat(Enumerable.Range(0x10, 3).Select(i => (char)(Query(i) & 0xff))));
        Assert.Equal(0x00510051u, Query(0x10));
        Assert.Equal(1u, _flash.Read(0x13 * 4, 1));
        var sectors = (Query(0x2d) & 0xff) + ((Query(0x2e) & 0xff) << 8) + 1;
        var sector = ((Query(0x2f) & 0xff) + ((Query(0x30) & 0xff) << 8)) * 256;
        Assert.Equal(24u, Query(0x27) & 0xff); // 16 MiB
        Assert.Equal(16u << 20, sectors * sector);
        Assert.Equal(CfiFlashLayout.Wide.SectorSize, (int)sector * 2);
        _flash.Write32(0, 0x00900090);
        Assert.Equal(0x00890089u, _flash.Read32(0));
        _flash.Write32(0, 0x00ff00ff);
        Assert.Equal(uint.MaxValue, _flash.Read32(0));
    }

    [Fact]
    public void Programming_clears_bits_and_erasing_sets_a_sector()
    {
        Program(0x40000, 0x12345678);
        Assert.Equal(Ready, _flash.Read32(0x40000));
        Program(0x40000, 0xffff0000);
        Program(0x3fffc, 0);
        Array();
        Assert.Equal(0x12340000u, _flash.Read32(0x40000));

        _flash.Write32(0x41000, 0x00200020);
        _flash.Write32(0x41000, 0x00d000d0);
        Assert.Equal(Ready, _flash.Read32(0x40000));
        Array();
        Assert.Equal(uint.MaxValue, _flash.Read32(0x40000));
        Assert.Equal(0u, _flash.Read32(0x3fffc)); // the sector before
    }

    [Fact]
    public void A_buffer_is_programmed_when_it_is_confirmed()
    {
        BufferedProgram(0x1000, 0x00d000d0);
        Assert.Equal(Ready, _flash.Read32(0));
        Array();
        Assert.Equal([0u, 1u, 2u, 3u, uint.MaxValue], Enumerable.Range(0, 5).Select(i => _flash.Read32(0x1000 + 4 * (ulong)i)));

        BufferedProgram(0x2000, 0x00ff00ff);
        Assert.NotEqual(Ready, _flash.Read32(0));
        _flash.Write32(0, 0x00500050);
        Assert.Equal(Ready, _flash.Read32(0));
        BufferedProgram(0x2800 - 8, 0x00d000d0); // leaves the buffer's part of the flash
        Assert.NotEqual(Ready, _flash.Read32(0));
        Array();
        Assert.Equal(uint.MaxValue, _flash.Read32(0x2000));
        Assert.Equal(uint.MaxValue, _flash.Read32(0x2800 - 8));
    }

    [Fact]
    public void A_protected_bank_refuses_and_says_so()
    {
        var flash = new CfiFlash("flash", _block, CfiFlashLayout.Wide, isProtected: true);
        flash.Write32(0, 0x00400040);
        flash.Write32(0, 0);
        Assert.Equal(ProgramError, flash.Read32(0) & ProgramError);
        flash.Write32(0, 0x00ff00ff);
        Assert.Equal(uint.MaxValue, flash.Read32(0));
    }

    [Fact]
    public async Task What_a_PC_programs_byte_by_byte_is_kept()
    {
        const int Length = 12 << 10;
        using var memory = new GuestMemory();
        var contents = memory.Add("flash", new AddressRange(0, Length), readOnly: true);
        await using var disk = new MemoryDisk(Length);
        var flash = new CfiFlash("flash", contents, CfiFlashLayout.Pc, isProtected: false, new FlashStore(contents, disk, DeviceWork.OnThreadPool, MachineLog.Silent));
        flash.Write(0x1800, [0x50]);
        flash.Write(0x1800, [0x70]);
        Assert.Equal(0u, flash.Read(0x1800, 1)); // flash, and no ROM
        flash.Write(0x1800, [0x20]);
        flash.Write(0x1800, [0xd0]);
        for (var i = 0; i < 100; i++)
        {
            flash.Write(0x1800 + (ulong)i, [0x10]);
            flash.Write(0x1800 + (ulong)i, [(byte)i]);
        }
        Assert.Equal(0x80u, flash.Read(0x1800, 1));
        flash.Drain();
        var kept = new byte[Length];
        await disk.ReadAsync(0, kept);
        Assert.Equal(contents.Bytes(0, Length).ToArray(), kept);
        Assert.Equal([0, 0xff, 0, 99, 0xff, 0], new[] { 0xfff, 0x1000, 0x1800, 0x1863, 0x1864, 0x2000 }.Select(i => (int)kept[i]));
    }

    private uint Query(int index) => _flash.Read32(4 * (ulong)index);

    private void Array() => _flash.Write32(0, 0x00ff00ff);

    private void Program(ulong offset, uint value)
    {
        _flash.Write32(offset, 0x00400040);
        _flash.Write32(offset, value);
    }

    private void BufferedProgram(ulong offset, uint confirm)
    {
        _flash.Write32(offset, 0x00e800e8);
        Assert.Equal(Ready, _flash.Read32(offset) & Ready);
        _flash.Write32(offset, 0x00030003);
        for (uint i = 0; i < 4; i++) _flash.Write32(offset + 4 * i, i);
        _flash.Write32(offset, confirm);
    }
}
