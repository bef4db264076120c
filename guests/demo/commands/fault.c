// fault: three page faults, and three answers of the kernel. The hart stops the faulting instruction and tells why
// (scause), where (sepc) and which address (stval). When the handler returns, the instruction is tried again.

#include "commands.h"

static struct frame seen;               // the last fault
static unsigned faults;
static uint64_t text;                   // where we try to write what cannot be written

// Our own accesses, in assembly: exactly one instruction, exactly here.
static uint64_t load(uint64_t address)
{
    uint64_t value;
    asm volatile("ld %0, (%1)" : "=r"(value) : "r"(address) : "memory");
    return value;
}

static void store(uint64_t address, uint64_t value)
{
    asm volatile("sd %0, (%1)" : : "r"(value), "r"(address) : "memory");
}

static void note(const struct frame *frame)
{
    seen = *frame;
    faults++;
}

static void show(const char *answer)
{
    print("    scause %2lu (%s)  sepc 0x%lx  stval 0x%lx\n", seen.scause, cause_name(seen.scause), seen.sepc, seen.stval);
    print("    -> %s\n", answer);
}

static bool expect(uint64_t cause, uint64_t address)
{
    return faults == 1 && seen.scause == cause && seen.stval == address;
}

// 1. Nothing is there: give a page of zeros.
static bool demand_zero(struct frame *frame)
{
    note(frame);
    if (faults > 1 || frame->stval / PAGE_SIZE != TEST_PAGE / PAGE_SIZE)
        return false;                   // (again, though it is mapped now? then something is wrong)
    vm_map(TEST_PAGE, (uint64_t)page_allocate(), PAGE_SIZE, PTE_READ | PTE_WRITE);
    return true;
}

// 2. A page that may not be written, because someone else has it too: give a copy that may.
static bool copy_on_write(struct frame *frame)
{
    uint64_t *entry = vm_leaf(TEST_PAGE);
    note(frame);
    if (faults > 1 || frame->scause != CAUSE_STORE_PAGE_FAULT || frame->stval / PAGE_SIZE != TEST_PAGE / PAGE_SIZE || !entry)
        return false;
    void *copy = memcpy(page_allocate(), (void *)PTE_ADDRESS(*entry), PAGE_SIZE);
    vm_map(TEST_PAGE, (uint64_t)copy, PAGE_SIZE, PTE_READ | PTE_WRITE);
    return true;
}

// 3. A write that must not be: go on behind the instruction, as if it were not there.
static bool refuse(struct frame *frame)
{
    note(frame);
    if (frame->scause != CAUSE_STORE_PAGE_FAULT || frame->stval != text)
        return false;
    frame->sepc += instruction_length(frame->sepc);
    return true;
}

static void with(fault_handler *handler)
{
    faults = 0;
    this_hart()->on_fault = handler;
}

void command_fault(int count, char **words)
{
    (void)count, (void)words;
    const uint64_t test = TEST_PAGE + 0x128, old = 0x4d696d7573, new = 0x7573;
    uint64_t free_before = pages_free();

    print(BOLD "  1. Read from 0x%lx, where nothing is mapped" PLAIN "\n", test);
    with(demand_zero);
    uint64_t value = load(test);
    show("a page of zeros is mapped, and the load is tried again");
    check(expect(CAUSE_LOAD_PAGE_FAULT, test) && value == 0, "the load gives 0");
    store(test, old);
    check(faults == 1 && load(test) == old, "the page keeps what is written, without a further fault");

    title("  2. Write to the same page, now shared and read-only");
    uint64_t shared = PTE_ADDRESS(*vm_leaf(test));
    vm_map(TEST_PAGE, shared, PAGE_SIZE, PTE_READ);
    with(copy_on_write);
    store(test, new);
    uint64_t copy = PTE_ADDRESS(*vm_leaf(test));
    show("a copy of the page takes its place, and the store is tried again");
    print("    physical page 0x%lx -> 0x%lx\n", shared, copy);
    check(expect(CAUSE_STORE_PAGE_FAULT, test) && load(test) == new, "the copy has the new value");
    check(shared != copy && load(shared + test % PAGE_SIZE) == old, "the shared page has the old one");

    title("  3. Write to the kernel's own code");
    text = (uint64_t)text_start;
    uint64_t code = load(text);
    with(refuse);
    store(text, 0);
    show("refused: the store is skipped");
    check(expect(CAUSE_STORE_PAGE_FAULT, text) && load(text) == code, "the code is as before");

    with(NULL);
    vm_unmap(TEST_PAGE);
    page_free((void *)shared);
    page_free((void *)copy);
    print("  %lu pages were free before, %lu are now (page tables are kept).\n", free_before, pages_free());
}
