// Traps, once trap.S has saved the registers: what happened, and who cares for it.

#include "kernel.h"

extern void supervisor_trap(void);

void trap_on(void)
{
    csr_write(stvec, supervisor_trap);
    csr_write(scounteren, COUNTER_ALL);
    csr_write(sie, INTERRUPT_S_SOFTWARE | INTERRUPT_S_TIMER | INTERRUPT_S_EXTERNAL);
}

const char *cause_name(uint64_t scause)
{
    static const char *const names[] = {
        "instruction address misaligned", "instruction access fault", "illegal instruction", "breakpoint",
        "load address misaligned", "load access fault", "store address misaligned", "store access fault",
        "environment call from U mode", "environment call from S mode", "reserved", "environment call from M mode",
        "instruction page fault", "load page fault", "reserved", "store page fault",
    };
    return scause < sizeof names / sizeof names[0] ? names[scause] : "unknown";
}

// A RISC-V instruction tells its length in its lowest bits: 11 = 4 bytes, all else 2 (compressed).
uint64_t instruction_length(uint64_t address)
{
    return (*(const uint16_t *)address & 3) == 3 ? 4 : 2;
}

static void external_interrupt(struct hart *hart)
{
    for (unsigned irq; (irq = plic_claim()) != 0; plic_complete(irq)) {
        if (irq == UART_IRQ) {
            hart->events[EVENT_UART]++;
            uart_interrupt();
        } else if (disk.present && irq == VIRTIO_IRQ(disk.slot)) {
            hart->events[EVENT_DISK]++;
            disk_interrupt();
        } else {
            hart->events[EVENT_OTHER]++;
        }
    }
}

static enum event event_of(uint64_t cause)
{
    switch (cause) {
    case CAUSE_FETCH_PAGE_FAULT:
    case CAUSE_LOAD_PAGE_FAULT:
    case CAUSE_STORE_PAGE_FAULT:
        return EVENT_PAGE_FAULT;
    case CAUSE_ECALL_FROM_U:
        return EVENT_SYSTEM_CALL;
    default:
        return EVENT_OTHER;
    }
}

static _Noreturn void fatal(const struct frame *frame)
{
    static const char names[32][5] = {
        "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5",
        "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
    };
    print_unlocked();
    print("\n" RED "Unexpected trap on hart %lu: %s" PLAIN "\n", this_hart()->id, cause_name(frame->scause));
    print("  scause %lx  sepc %lx  stval %lx  sstatus %lx\n", frame->scause, frame->sepc, frame->stval, frame->sstatus);
    for (unsigned i = 0; i < 32; i++)
        print("  %4s %016lx%s", names[i], frame->x[i], i % 3 == 2 || i == 31 ? "\n" : "");
    panic("no handler for this trap");
}

// Called by trap.S with interrupts off.
void trap(struct frame *frame)
{
    struct hart *hart = this_hart();

    switch (frame->scause) {
    case CAUSE_S_TIMER:
        hart->events[EVENT_TIMER]++;
        clock_tick();
        break;
    case CAUSE_S_SOFTWARE:                              // another hart wants us awake; the interrupted code looks why
        hart->events[EVENT_WAKE]++;
        csr_clear(sip, INTERRUPT_S_SOFTWARE);
        break;
    case CAUSE_S_EXTERNAL:
        external_interrupt(hart);
        break;
    default:
        hart->events[event_of(frame->scause)]++;
        if (!hart->on_fault || !hart->on_fault(frame))
            fatal(frame);
    }
}

_Noreturn void panic(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    interrupts_off();
    print_unlocked();
    print(RED "panic: ");
    print_list(format, arguments);
    print(PLAIN "\n");
    machine_end(FAILURE(2));
}
