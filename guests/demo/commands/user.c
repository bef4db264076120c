// user: a program (user.S) in user mode. Each line shows one crossing of the border between the modes.

#include "commands.h"

#define COMPUTE_MILLISECONDS 350

static struct { unsigned calls, greeting, illegal, load; } seen;

static void crossing(const struct frame *frame, const char *what)
{
    print(YELLOW "  U -> S" PLAIN "  %-28s at 0x%lx: %s\n", cause_name(frame->scause), frame->sepc, what);
}

// What a program hands us may be anything: only read what it could have read itself.
static bool readable_by_user(uint64_t address, uint64_t length)
{
    for (uint64_t page = address / PAGE_SIZE; page <= (address + length - 1) / PAGE_SIZE; page++) {
        uint64_t *entry = vm_leaf(page * PAGE_SIZE);
        if (length > PAGE_SIZE || !entry || !(*entry & PTE_USER) || !(*entry & PTE_READ))
            return false;
    }
    return length > 0;
}

// Supervisor mode may not touch pages of user mode by accident; we go by way of their physical address.
static uint64_t write_text(uint64_t address, uint64_t length)
{
    if (!readable_by_user(address, length))
        return -1UL;
    print("          " BOLD);
    for (uint64_t i = 0; i < length; i++)
        print("%c", *(char *)(PTE_ADDRESS(*vm_leaf(address + i)) + (address + i) % PAGE_SIZE));
    print(PLAIN "\n");
    seen.greeting++;
    return length;
}

static void system_call(struct frame *frame)
{
    uint64_t number = frame->x[17], *a0 = &frame->x[10], a1 = frame->x[11];

    seen.calls++;
    frame->sepc += 4;                       // an ecall is done: do not repeat it
    switch (number) {
    case CALL_WRITE:
        crossing(frame, "write");
        *a0 = write_text(*a0, a1);
        break;
    case CALL_EXIT:
        crossing(frame, "exit");
        this_hart()->on_fault = NULL;
        leave_user(*a0);
    default:
        *a0 = -1UL;
    }
}

static bool border(struct frame *frame)
{
    if (frame->sstatus & STATUS_SPP)
        return false;                       // not the program: a mistake of ours
    switch (frame->scause) {
    case CAUSE_ECALL_FROM_U:
        system_call(frame);
        break;
    case CAUSE_ILLEGAL_INSTRUCTION:
        crossing(frame, "refused, skipped");
        seen.illegal++;
        frame->sepc += 4;
        break;
    case CAUSE_LOAD_PAGE_FAULT:
        crossing(frame, "refused, skipped");
        seen.load += frame->stval == RAM;
        frame->sepc += 4;
        break;
    default:                                // it cannot go on
        crossing(frame, "ended");
        this_hart()->on_fault = NULL;
        leave_user(-1UL);
    }
    print(CYAN "  S -> U" PLAIN "  sret\n");
    return true;
}

void command_user(int count, char **words)
{
    (void)count, (void)words;
    struct hart *self = this_hart();
    void *code = memcpy(page_allocate(), user_start, user_end - user_start);
    void *stack = page_allocate();

    vm_map(USER_CODE, (uint64_t)code, PAGE_SIZE, PTE_READ | PTE_EXECUTE | PTE_USER);
    vm_map(USER_STACK, (uint64_t)stack, PAGE_SIZE, PTE_READ | PTE_WRITE | PTE_USER);
    asm volatile("fence.i" : : : "memory");     // this hart wrote instructions: let it fetch them anew

    memset(&seen, 0, sizeof seen);
    uint64_t ticks = self->events[EVENT_TIMER];
    print(CYAN "  S -> U" PLAIN "  sret to 0x%lx: code r-x, stack rw-, nothing else\n", (uint64_t)USER_CODE);
    self->on_fault = border;
    self->doing = "user mode";
    uint64_t result = enter_user(USER_CODE, USER_STACK + PAGE_SIZE, COMPUTE_MILLISECONDS * machine.timebase / 1000);
    self->doing = "shell";
    ticks = self->events[EVENT_TIMER] - ticks;

    vm_unmap(USER_CODE);
    vm_unmap(USER_STACK);
    page_free(code);
    page_free(stack);

    print("  The program ended with %lu. The timer had interrupted it %lu times.\n", result, ticks);
    check(seen.calls == 2 && seen.greeting == 1, "its two system calls came through");
    check(seen.illegal == 1, "it could not read a supervisor register");
    check(seen.load == 1, "it could not read the kernel's memory");
    check(ticks >= 1 && result == 10045, "its registers survived the interruptions");
}
