// All that the parts of the demo kernel know of each other, one section a file.
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "board.h"
#include "layout.h"
#include "riscv.h"

// ---- lock.c: atomic operations and the spinlock ---------------------------------------------------------------------

struct lock { uint32_t held; };

void lock_acquire(struct lock *lock);
void lock_release(struct lock *lock);
uint64_t lock_acquire_irq(struct lock *lock);               // also against this hart's own interrupt handlers
void lock_release_irq(struct lock *lock, uint64_t status);

uint64_t atomic_add(uint64_t *place, uint64_t amount);      // returns the value before
uint64_t atomic_read(const uint64_t *place);
bool compare_and_swap(uint64_t *place, uint64_t expected, uint64_t value);

// ---- hart.c: the processors -----------------------------------------------------------------------------------------

enum hart_state { HART_ABSENT, HART_IDLE, HART_BUSY };

// What a hart has been interrupted by; the columns of the `irq` command.
enum event { EVENT_TIMER, EVENT_WAKE, EVENT_UART, EVENT_DISK, EVENT_PAGE_FAULT, EVENT_SYSTEM_CALL, EVENT_OTHER, EVENT_COUNT };

struct frame;
typedef bool fault_handler(struct frame *frame);            // true: go on (sepc may have been moved)

struct hart {
    // Known to the assembly, see layout.h.
    uint64_t kernel_sp;                 // stack for traps from U mode
    uint64_t trapped_sp;                // stack pointer at the trap, for a moment
    uint64_t machine_save[2];           // registers the machine-mode handler borrows
    uint64_t msip, mtimecmp;            // addresses of this hart's CLINT registers

    uint64_t id;
    uint64_t misa, vendor, architecture, implementation;
    uint64_t state;                     // enum hart_state
    const char *doing;                  // for people
    struct crew *crew;                  // work handed to this hart
    uint64_t deadline;                  // of the next tick
    uint64_t events[EVENT_COUNT];
    fault_handler *on_fault;            // who understands the faults that are about to come; else they are fatal
};

extern struct hart harts[MAX_HARTS];

static inline struct hart *this_hart(void)                  // tp points at it whenever the kernel runs
{
    struct hart *hart;
    asm("mv %0, tp" : "=r"(hart));
    return hart;
}

void harts_start(void);                                     // wakes all the others
unsigned harts_running(void);                               // how many came
void hart_wake(struct hart *hart);                          // ends its wfi
_Noreturn void hart_idle(void);

// Runs work(argument) on this hart and on idle ones, `limit` at most in all; returns when all are done, and says how many.
unsigned parallel(const char *name, unsigned limit, void (*work)(void *), void *argument);

// Sleeps until the condition holds. It must be made true by an interrupt handler of this hart, or by one who then
// wakes this hart. Interrupts are off between the look and the wfi: one that comes in between is not lost, because
// wfi also ends for an interrupt that is pending but not enabled.
#define WAIT_UNTIL(condition)           \
    do {                                \
        interrupts_off();               \
        while (!(condition)) {          \
            wait_for_interrupt();       \
            interrupts_on();            \
            interrupts_off();           \
        }                               \
        interrupts_on();                \
    } while (0)

// ---- machine.c: machine mode, and what the device tree says ---------------------------------------------------------

struct machine {
    char model[48];
    char isa[160];
    char arguments[128];
    unsigned harts;
    uint64_t ram_size;
    uint64_t timebase;                  // steps of `time` a second
    const void *tree;
    uint64_t tree_size;
    uint64_t started;                   // `time` when the kernel began
    bool has_sstc;
};

extern struct machine machine;

void machine_probe(const void *tree);
_Noreturn void machine_end(uint32_t finisher);              // FINISHER_PASS, FINISHER_RESET or FAILURE(status)
#define FAILURE(status) ((uint32_t)(status) << 16 | FINISHER_FAIL)

// ---- fdt.c: the flattened device tree -------------------------------------------------------------------------------

struct fdt_property { const char *path, *name; const void *value; uint32_t length; };

bool fdt_valid(const void *tree);
uint32_t fdt_size(const void *tree);
uint64_t fdt_number(const struct fdt_property *property, unsigned index, unsigned cells);
void fdt_walk(const void *tree, void (*visit)(const struct fdt_property *property));

// ---- page.c: physical pages -----------------------------------------------------------------------------------------

void pages_init(void);
void *page_allocate(void);                                  // filled with zeros
void page_free(void *page);
uint64_t pages_free(void);
uint64_t pages_total(void);

// ---- vm.c: virtual memory -------------------------------------------------------------------------------------------

#define PTE_VALID       (1UL << 0)
#define PTE_READ        (1UL << 1)
#define PTE_WRITE       (1UL << 2)
#define PTE_EXECUTE     (1UL << 3)
#define PTE_USER        (1UL << 4)
#define PTE_ACCESSED    (1UL << 6)
#define PTE_DIRTY       (1UL << 7)
#define PTE_LEAF        (PTE_READ | PTE_WRITE | PTE_EXECUTE)
#define PTE_ADDRESS(pte) (((pte) >> 10 & ((1UL << 44) - 1)) << 12)

struct vm_step { unsigned level, index; uint64_t *entry; }; // one look-up of a page-table walk

void vm_init(void);
void vm_on(void);                                           // every hart, once
void vm_map(uint64_t virtual, uint64_t physical, uint64_t size, uint64_t rights);
void vm_unmap(uint64_t virtual);
unsigned vm_walk(uint64_t virtual, struct vm_step steps[3]);
uint64_t *vm_leaf(uint64_t virtual);                        // the entry that maps it, or null
unsigned vm_tables(void);

extern char text_start[], text_end[], rodata_start[], rodata_end[], user_start[], user_end[], data_start[], data_end[];
extern char stacks[MAX_HARTS][STACK_SIZE];

// ---- trap.S, trap.c: traps ------------------------------------------------------------------------------------------

struct frame { uint64_t x[32], sepc, sstatus, scause, stval; };

void trap_on(void);                                         // every hart, once
const char *cause_name(uint64_t scause);
uint64_t instruction_length(uint64_t address);
_Noreturn void panic(const char *format, ...);

uint64_t enter_user(uint64_t pc, uint64_t sp, uint64_t argument);   // returns what leave_user gives
_Noreturn void leave_user(uint64_t value);

_Static_assert(offsetof(struct hart, kernel_sp) == HART_KERNEL_SP, "layout.h");
_Static_assert(offsetof(struct hart, trapped_sp) == HART_TRAPPED_SP, "layout.h");
_Static_assert(offsetof(struct hart, machine_save) == HART_MACHINE_SAVE, "layout.h");
_Static_assert(offsetof(struct hart, msip) == HART_MSIP, "layout.h");
_Static_assert(offsetof(struct hart, mtimecmp) == HART_MTIMECMP, "layout.h");
_Static_assert(offsetof(struct frame, sepc) == FRAME_SEPC, "layout.h");
_Static_assert(offsetof(struct frame, stval) == FRAME_STVAL, "layout.h");
_Static_assert(sizeof(struct frame) == FRAME_SIZE && FRAME_SIZE % 16 == 0, "layout.h");

// ---- clock.c: ticks, sleeping, the date -----------------------------------------------------------------------------

#define TICKS_A_SECOND 10

struct date { unsigned year, month, day, hour, minute, second; };

void clock_on(void);                                        // every hart, once
void clock_tick(void);
bool clock_sleep(uint64_t milliseconds);                    // false: cut short by Ctrl-C
uint64_t clock_milliseconds(uint64_t since);                // from `since`, a value of time_now, until now
uint64_t rtc_nanoseconds(void);
struct date date_of(uint64_t seconds_since_1970);

// ---- plic.c: interrupts of devices ----------------------------------------------------------------------------------

void plic_on(void);                                         // every hart, once
void plic_route(unsigned irq, const struct hart *hart);
unsigned plic_claim(void);
void plic_complete(unsigned irq);

// ---- uart.c: the serial line ----------------------------------------------------------------------------------------

extern volatile bool uart_break;                            // Ctrl-C was typed

void uart_init(void);
void uart_interrupt(void);
void uart_put(char c);
void uart_discard(void);                                    // what was typed ahead
char uart_get(void);                                        // sleeps until a key is pressed

// ---- print.c: formatted output --------------------------------------------------------------------------------------

#define PLAIN   "\033[0m"
#define BOLD    "\033[1m"
#define DIM     "\033[2m"
#define RED     "\033[31m"
#define GREEN   "\033[32m"
#define YELLOW  "\033[33m"
#define CYAN    "\033[36m"

void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
void print_list(const char *format, va_list arguments);
void print_unlocked(void);                                  // from now on without waiting for others: we are dying

// ---- string.c -------------------------------------------------------------------------------------------------------

void *memset(void *destination, int value, size_t count);
void *memcpy(void *destination, const void *source, size_t count);
int memcmp(const void *left, const void *right, size_t count);
size_t strlen(const char *text);
int strcmp(const char *left, const char *right);
bool starts_with(const char *text, const char *prefix);
bool has_word(const char *text, const char *word);
void copy_text(char *destination, size_t size, const char *source, size_t length);
bool parse_number(const char *text, uint64_t *value);       // decimal, or hexadecimal after 0x

// ---- disk.c: the virtio block device --------------------------------------------------------------------------------

#define SECTOR_SIZE 512

struct disk { bool present, read_only; unsigned slot, version; uint64_t sectors; };

extern struct disk disk;

void disk_init(void);
void disk_interrupt(void);
bool disk_read(uint64_t sector, void *data);
bool disk_write(uint64_t sector, const void *data);

// ---- shell.c, tour.c ------------------------------------------------------------------------------------------------

// A command gets its arguments as words; words[0] is its own name.
struct command { const char *name, *arguments, *summary; void (*run)(int count, char **words); };

extern const struct command commands[];

_Noreturn void shell(void);
void shell_run(char *line);
void banner(void);

// A self-check: prints a line "ok" or "FAIL", and keeps the score.
bool check(bool passed, const char *format, ...) __attribute__((format(printf, 2, 3)));
extern unsigned checks_passed, checks_failed;

bool tour(void);                                            // true: no self-check failed
