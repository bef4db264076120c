// A guided tour: every command once, with a sentence before it. The commands check themselves, so the tour is also a
// test of the machine that it runs on.

#include "kernel.h"

static const struct { const char *line, *text; } stations[] = {
    { "harts",
      "Every processor (RISC-V says hart) started in machine mode and now runs this\n"
      "kernel in supervisor mode. Those without work sleep in a wfi instruction." },
    { "mem",
      "The kernel runs on page tables of its own: code cannot be written, data cannot\n"
      "be executed." },
    { "mem 0x80000000",
      "This is the walk that the hardware does for the first address of the kernel." },
    { "ticks 1",
      "Each hart has a timer and is interrupted by it ten times a second." },
    { "time",
      "The date comes from a real-time clock; the time since start from a counter." },
    { "race",
      "When several harts count in the same memory, an increment that is not atomic\n"
      "loses counts. Here it is, and three remedies." },
    { "primes 1000000",
      "A computation, first on one hart, then shared among all." },
    { "fault",
      "A page fault is a question to the kernel. Here are three answers: give memory,\n"
      "make a copy, refuse." },
    { "user",
      "A program in user mode owns what the kernel gives it, and has to ask for all\n"
      "else." },
    { "disk",
      "The disk is a virtio device: requests lie in memory that both sides see." },
    { "disk 0",
      "The beginning of its first sector." },
    { "disk test",
      "Now a sector is overwritten, read back, and restored." },
    { "mandelbrot",
      "A picture, computed by all harts in fixed-point arithmetic." },
    { "irq",
      "And this is what has interrupted whom so far." },
};

bool tour(void)
{
    checks_passed = checks_failed = 0;
    banner();

    for (unsigned i = 0; i < sizeof stations / sizeof stations[0]; i++) {
        char line[32];
        copy_text(line, sizeof line, stations[i].line, sizeof line);
        print("\n" YELLOW "%s" PLAIN "\n" BOLD CYAN "mimus> " PLAIN "%s\n", stations[i].text, line);
        shell_run(line);
        if (uart_break) {
            print("The tour was cut short.\n");
            return false;
        }
    }

    print("\n%sTour complete: %u self-checks passed, %u failed." PLAIN "\n", checks_failed ? RED : GREEN, checks_passed, checks_failed);
    return checks_failed == 0;
}
