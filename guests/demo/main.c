// The kernel's start in supervisor mode. Hart 0 prepares what all share; then every hart turns on its own part.

#include "kernel.h"

static void hart_on(void)
{
    vm_on();
    trap_on();
    plic_on();
    clock_on();
    interrupts_on();
}

_Noreturn void kernel_start(const void *tree)
{
    struct hart *hart = this_hart();

    if (hart->id == 0) {
        hart->state = HART_BUSY;
        hart->doing = "shell";
        machine_probe(tree);
        pages_init();
        vm_init();
        hart_on();
        uart_init();
        harts_start();
        disk_init();

        if (has_word(machine.arguments, "tour"))
            machine_end(tour() ? FINISHER_PASS : FAILURE(1));
        shell();
    }

    hart_on();
    hart_idle();
}
