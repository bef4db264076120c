// The first thing on the screen: who is here, and on what machine.

#include "commands.h"

static void print_wrapped(const char *text, int indent, int width)
{
    int column = 0;
    for (; *text; text++) {
        if (column >= width && *text == '_') {      // multi-letter extensions are joined with _
            print("\n%*s", indent, "");
            column = 0;
        }
        print("%c", *text);
        column++;
    }
    print("\n");
}

void banner(void)
{
    print("\n"
        DIM "                    .---.\n"
            "                  .'   " PLAIN YELLOW "o" PLAIN DIM " `>" PLAIN BOLD CYAN "          __  __ _\n" PLAIN
        DIM "      __________.'   _    |" PLAIN BOLD CYAN "          |  \\/  (_)_ __ _  _ ___\n" PLAIN
        DIM " ====' ---..._    `--'   /" PLAIN BOLD CYAN "           | |\\/| | | '  \\ || (_-<\n" PLAIN
        DIM "              `-._____.-'" PLAIN BOLD CYAN "            |_|  |_|_|_|_|_\\_,_/__/\n" PLAIN
        DIM "                  |  |\n"
            "  ----------------^--^------" PLAIN "         the demo guest: a small kernel\n\n");

    print("  machine   %s\n", machine.model);
    print("  harts     %u, timer by %s\n", machine.harts, machine.has_sstc ? "Sstc" : "the CLINT");
    print("  memory    %lu MiB at 0x%lx\n", machine.ram_size >> 20, RAM);
    print("  clock     %'lu steps a second\n", machine.timebase);
    print("  ISA       ");
    print_wrapped(machine.isa, 12, 50);
    if (disk.present)
        print("  disk      %'lu KiB, virtio %s\n", disk.sectors * SECTOR_SIZE >> 10, disk.version == 1 ? "legacy" : "modern");
    else
        print("  disk      none\n");
    print("\n");
}
