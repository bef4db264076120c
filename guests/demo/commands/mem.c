// mem: which addresses mean what, and how the hart finds that out.

#include "commands.h"

// The rights as `ls` would show them. Only leaves have any.
static const char *rights_of(uint64_t entry)
{
    static char text[6];
    text[0] = entry & PTE_READ ? 'r' : '-';
    text[1] = entry & PTE_WRITE ? 'w' : '-';
    text[2] = entry & PTE_EXECUTE ? 'x' : '-';
    text[3] = entry & PTE_USER ? 'u' : '-';
    text[4] = 0;
    return text;
}

static bool region(uint64_t start, uint64_t size, const char *expected, const char *name)
{
    uint64_t *first = vm_leaf(start), *last = vm_leaf(start + size - 1);
    bool right = first && last && !strcmp(rights_of(*first), expected) && !strcmp(rights_of(*last), expected);
    uint64_t unit = size >= 10 << 20 ? 20 : 10;

    print("  %10lx - %10lx  %6lu %s  %s%s" PLAIN "  %s\n", start, start + size - 1, size >> unit, unit == 20 ? "MiB" : "KiB",
          right ? "" : RED, first ? rights_of(*first) : "none", name);
    return right;
}

static bool section(const char *start, const char *stop, const char *expected, const char *name)
{
    return region((uint64_t)start, stop - start, expected, name);
}

static void map(void)
{
    bool right = true;
    uint64_t total = pages_total(), left = pages_free();

    title("       start -       last      size  rights");
    right &= region(FINISHER, PAGE_SIZE, "rw--", "finisher");
    right &= region(RTC, PAGE_SIZE, "rw--", "real-time clock");
    right &= region(CLINT, CLINT_SIZE, "rw--", "CLINT: wake-ups and timers");
    right &= region(PLIC, PLIC_SIZE, "rw--", "PLIC: interrupts of devices");
    right &= region(UART, PAGE_SIZE, "rw--", "serial line");
    right &= region(VIRTIO(0), VIRTIO_COUNT * PAGE_SIZE, "rw--", "virtio transports");
    right &= section(text_start, text_end, "r-x-", "kernel: code");
    right &= section(rodata_start, rodata_end, "r---", "kernel: constants");
    right &= section(data_start, data_end, "rw--", "kernel: variables and stacks");
    right &= section(data_end, (char *)RAM + machine.ram_size, "rw--", "pages to give away");

    print("\n  %'lu pages of 4 KiB: %'lu in use (%u of them page tables), %'lu free\n", total, total - left, vm_tables(), left);
    if (machine.tree)
        print("  The device tree at 0x%lx (%'lu bytes) is kept.\n", (uint64_t)machine.tree, machine.tree_size);
    check(right, "every region has its rights and no more");
}

static void walk(uint64_t virtual)
{
    struct vm_step steps[3];
    unsigned count = vm_walk(virtual, steps);

    if (count == 0) {
        print("  0x%lx is no Sv39 address: bits 63 to 39 must equal bit 38.\n", virtual);
        return;
    }
    for (unsigned i = 0; i < count; i++) {
        uint64_t entry = *steps[i].entry;
        print("  level %u, entry %3u at 0x%08lx = %016lx  ", steps[i].level, steps[i].index, (uint64_t)steps[i].entry, entry);
        if (!(entry & PTE_VALID)) {
            print(RED "not valid" PLAIN "\n  0x%lx is not mapped.\n", virtual);
        } else if (entry & PTE_LEAF) {
            static const char *const sizes[] = { "4 KiB", "2 MiB", "1 GiB" };
            uint64_t offset = virtual & ((PAGE_SIZE << 9 * steps[i].level) - 1);
            print(GREEN "%s of %s\n" PLAIN "  virtual 0x%lx is physical 0x%lx\n", rights_of(entry), sizes[steps[i].level], virtual,
                  PTE_ADDRESS(entry) + offset);
            if (virtual >= RAM && virtual < RAM + machine.ram_size)
                check(PTE_ADDRESS(entry) + offset == virtual, "the kernel sees memory where it is");
        } else {
            print("next table\n");
        }
    }
}

void command_mem(int count, char **words)
{
    uint64_t address;

    if (count == 1)
        map();
    else if (parse_number(words[1], &address))
        walk(address);
    else
        print("Usage: mem [ADDRESS], for instance mem 0x80000000\n");
}
