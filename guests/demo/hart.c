// The processors: waking them, sharing work among them, and what they do when there is none.

#include "kernel.h"

struct hart harts[MAX_HARTS];
char stacks[MAX_HARTS][STACK_SIZE] __attribute__((aligned(16)));

// The hart's monitor (start.S) turns this into a supervisor software interrupt over there.
void hart_wake(struct hart *hart)
{
    fence();                                // what we want it to see is written before it wakes
    write32(hart->msip, 1);
}

void harts_start(void)
{
    for (unsigned id = 0; id < machine.harts; id++) {
        if (&harts[id] == this_hart())
            continue;
        harts[id].msip = CLINT_MSIP(id);    // asleep in start.S until now
        hart_wake(&harts[id]);
    }

    uint64_t patience = time_now() + 2 * machine.timebase;
    for (unsigned id = 0; id < machine.harts; id++)
        WAIT_UNTIL(atomic_read(&harts[id].state) != HART_ABSENT || time_now() >= patience);
}

unsigned harts_running(void)
{
    unsigned running = 0;
    for (unsigned id = 0; id < machine.harts; id++)
        running += atomic_read(&harts[id].state) != HART_ABSENT;
    return running;
}

// ---- sharing work ---------------------------------------------------------------------------------------------------

struct crew {
    void (*work)(void *);
    void *argument;
    const char *name;
    uint64_t others;                        // at work still, besides the boss
    struct hart *boss;
};

unsigned parallel(const char *name, unsigned limit, void (*work)(void *), void *argument)
{
    struct hart *self = this_hart();
    struct crew crew = { work, argument, name, 0, self };
    unsigned members = 1;

    for (unsigned id = 0; id < machine.harts && members < limit; id++) {
        if (!compare_and_swap(&harts[id].state, HART_IDLE, HART_BUSY))
            continue;
        members++;
        atomic_add(&crew.others, 1);
        harts[id].crew = &crew;
        hart_wake(&harts[id]);
    }

    const char *before = self->doing;
    self->doing = name;
    work(argument);
    WAIT_UNTIL(atomic_read(&crew.others) == 0);
    self->doing = before;
    return members;
}

static void become_idle(struct hart *self)
{
    self->doing = "wfi";
    self->crew = NULL;
    fence();
    *(volatile uint64_t *)&self->state = HART_IDLE;         // from here on anyone may claim this hart
}

_Noreturn void hart_idle(void)
{
    struct hart *self = this_hart();

    become_idle(self);
    hart_wake(&harts[0]);                                   // it waits for us in harts_start
    for (;;) {
        WAIT_UNTIL(*(struct crew *volatile *)&self->crew != NULL);
        fence();

        struct crew *crew = self->crew;
        struct hart *boss = crew->boss;
        self->doing = crew->name;
        crew->work(crew->argument);

        become_idle(self);
        atomic_add(&crew->others, -1UL);                    // the boss may return now, and its crew is gone
        hart_wake(boss);
    }
}
