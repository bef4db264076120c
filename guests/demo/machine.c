// From machine mode to the kernel. Machine mode may do everything and is trusted with everything; here it opens the
// doors that supervisor mode needs, leaves a small monitor behind (start.S), and does not come back.

#include "kernel.h"

struct machine machine = { .model = "unknown", .isa = "unknown", .harts = 1, .ram_size = 128 << 20, .timebase = 10000000 };

extern void machine_trap(void);
_Noreturn void kernel_start(const void *tree);

_Noreturn void machine_start(uint64_t id, const void *tree)
{
    struct hart *hart = &harts[id];

    hart->id = id;
    hart->msip = CLINT_MSIP(id);
    hart->mtimecmp = CLINT_MTIMECMP(id);
    hart->misa = csr_read(misa);
    hart->vendor = csr_read(mvendorid);
    hart->architecture = csr_read(marchid);
    hart->implementation = csr_read(mimpid);
    write32(hart->msip, 0);

    // Physical memory protection denies S mode everything until told otherwise. Open all, if the hart has it.
    csr_try_set(pmpaddr0, -1UL >> 10);
    csr_try_set(pmpcfg0, PMP_OPEN);

    // Traps that are the kernel's business go to it directly: all exceptions but calls from S mode (bit 9) and those
    // of machine mode (bit 11), and the three supervisor interrupts.
    csr_write(medeleg, 0xb1ff);
    csr_write(mideleg, INTERRUPT_S_SOFTWARE | INTERRUPT_S_TIMER | INTERRUPT_S_EXTERNAL);
    csr_write(mcounteren, COUNTER_ALL);

    // The kernel's timer: its own comparator (Sstc) if the hart has one, else the monitor's, which is the CLINT's.
    // Both must be looked at: there are machines whose menvcfg takes the bit though there is no comparator behind it.
    bool has_sstc = csr_try_set(menvcfg, MENVCFG_STCE) & MENVCFG_STCE && csr_try_set(stimecmp, -1UL) == -1UL;
    csr_write(mie, INTERRUPT_M_SOFTWARE | (has_sstc ? 0 : INTERRUPT_M_TIMER));
    machine.has_sstc = has_sstc;

    csr_write(mscratch, hart);
    csr_write(mtvec, machine_trap);

    // "Return" to where we have never been: supervisor mode.
    csr_write(satp, 0);
    csr_write(sscratch, 0);
    csr_clear(mstatus, STATUS_MPP);
    csr_set(mstatus, STATUS_MPP_S);
    csr_write(mepc, kernel_start);

    register const void *a0 asm("a0") = tree;
    asm volatile("mv tp, %1\n\tmret" : : "r"(a0), "r"(hart) : "memory");
    __builtin_unreachable();
}

// A trap from machine mode itself, or one that nobody should cause.
_Noreturn void machine_failed(void)
{
    machine_end(FAILURE(3));
}

_Noreturn void machine_end(uint32_t finisher)
{
    fence();
    write32(FINISHER, finisher);
    for (;;)
        wait_for_interrupt();
}

// ---- what the device tree says --------------------------------------------------------------------------------------

static bool is_cpu(const char *path)                    // /cpus/cpu@0, but not /cpus/cpu@0/interrupt-controller
{
    static const char prefix[] = "/cpus/cpu@";
    if (!starts_with(path, prefix))
        return false;
    for (path += sizeof prefix - 1; *path; path++)
        if (*path == '/')
            return false;
    return true;
}

static unsigned harts_found;

static void learn(const struct fdt_property *property)
{
    const char *path = property->path, *name = property->name;

    if (!strcmp(path, "/") && (!strcmp(name, "model") || (!strcmp(name, "compatible") && !strcmp(machine.model, "unknown"))))
        copy_text(machine.model, sizeof machine.model, property->value, property->length);
    else if (!strcmp(path, "/chosen") && !strcmp(name, "bootargs"))
        copy_text(machine.arguments, sizeof machine.arguments, property->value, property->length);
    else if (!strcmp(path, "/cpus") && !strcmp(name, "timebase-frequency"))
        machine.timebase = fdt_number(property, 0, 1);
    else if (starts_with(path, "/memory@") && !strcmp(name, "reg"))
        machine.ram_size = fdt_number(property, 2, 2);  // (address, size), each of two cells
    else if (is_cpu(path) && !strcmp(name, "reg"))
        harts_found++;
    else if (is_cpu(path) && !strcmp(name, "riscv,isa"))
        copy_text(machine.isa, sizeof machine.isa, property->value, property->length);
}

void machine_probe(const void *tree)
{
    machine.started = time_now();
    if (!fdt_valid(tree))
        return;                                         // one hart and 128 MiB: every board has these

    machine.tree = tree;
    machine.tree_size = fdt_size(tree);
    fdt_walk(tree, learn);
    if (harts_found)
        machine.harts = harts_found < MAX_HARTS ? harts_found : MAX_HARTS;
}
