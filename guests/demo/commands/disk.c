// disk: about it, a look into it, and a test that leaves it as it was.

#include "commands.h"

static void dump(const uint8_t *data, unsigned size)
{
    for (unsigned line = 0; line < size; line += 16) {
        print("  " DIM "%03x" PLAIN " ", line);
        for (unsigned i = line; i < line + 16; i++)
            print("%s%s%02x" PLAIN, i % 8 ? " " : "  ", data[i] ? "" : DIM, data[i]);
        print("  " CYAN);
        for (unsigned i = line; i < line + 16; i++)
            print("%c", data[i] >= ' ' && data[i] < 0x7f ? data[i] : '.');
        print(PLAIN "\n");
    }
}

static void show(uint64_t sector)
{
    static uint8_t data[SECTOR_SIZE];

    if (sector >= disk.sectors) {
        print("  The disk ends with sector %lu.\n", disk.sectors - 1);
        return;
    }
    memset(data, 0xee, sizeof data);
    if (check(disk_read(sector, data), "sector %lu is read", sector))
        dump(data, sector == 0 ? 128 : SECTOR_SIZE);
}

// The last sector is the one that is most likely unused. Even so it gets its old contents back.
static void test(void)
{
    static uint8_t before[SECTOR_SIZE], pattern[SECTOR_SIZE], back[SECTOR_SIZE];
    uint64_t sector = disk.sectors - 1;

    if (disk.read_only) {
        print("  The disk is read-only: no test.\n");
        return;
    }
    if (!check(disk_read(sector, before), "sector %lu: old contents kept", sector))
        return;

    for (unsigned i = 0; i < SECTOR_SIZE; i++)
        pattern[i] = ~before[i] ^ i;                        // differs from before in every byte but few
    uint64_t start = time_now();
    bool written = disk_write(sector, pattern);
    bool read = disk_read(sector, back);
    print("  write and read took %lu us\n", (time_now() - start) * 1000000 / machine.timebase);
    check(written && read && memcmp(back, pattern, SECTOR_SIZE) == 0, "pattern written and read back");

    written = disk_write(sector, before);
    memset(back, 0, SECTOR_SIZE);
    read = disk_read(sector, back);
    check(written && read && memcmp(back, before, SECTOR_SIZE) == 0, "old contents restored");
}

void command_disk(int count, char **words)
{
    uint64_t sector;

    if (!disk.present)
        print("  There is no disk.\n");
    else if (count == 1)
        print("  %'lu sectors of %u bytes, %s\n  virtio-mmio slot %u at 0x%lx, version %u (%s)\n  interrupt %u goes to hart %u\n",
              disk.sectors, SECTOR_SIZE, disk.read_only ? "read-only" : "read and write", disk.slot, VIRTIO(disk.slot), disk.version,
              disk.version == 1 ? "legacy" : "modern", VIRTIO_IRQ(disk.slot), machine.harts - 1);
    else if (!strcmp(words[1], "test"))
        test();
    else if (parse_number(words[1], &sector))
        show(sector);
    else
        print("Usage: disk, disk SECTOR, disk test\n");
}
