// The table of commands, and those that need no file of their own.

#include "commands.h"

const struct command commands[] = {
    { "help",       "",                 "this list",                                            command_help },
    { "harts",      "",                 "the processors and what they are doing",               command_harts },
    { "mem",        "[ADDRESS]",        "memory map, or the page-table walk of an address",     command_mem },
    { "ticks",      "[SECONDS]",        "timer ticks of each hart, live",                       command_ticks },
    { "time",       "",                 "date and uptime",                                      command_time },
    { "irq",        "",                 "interrupts and exceptions, by hart and source",        command_irq },
    { "race",       "",                 "harts count together: without care, and with",         command_race },
    { "primes",     "[N]",              "count the primes below N on all harts",                command_primes },
    { "fault",      "",                 "page faults: demand zero, copy on write, refusal",     command_fault },
    { "user",       "",                 "run a program in user mode",                           command_user },
    { "disk",       "[SECTOR | test]",  "the disk; a sector in hexadecimal; write and verify",  command_disk },
    { "mandelbrot", "",                 "a picture in fixed-point arithmetic",                  command_mandelbrot },
    { "tour",       "",                 "all of these, with explanations",                      command_tour },
    { "reset",      "",                 "start the machine again",                              command_reset },
    { "off",        "",                 "power off",                                            command_off },
    { 0 },
};

void title(const char *text)
{
    print(BOLD "%s" PLAIN "\n", text);
}

void command_help(int count, char **words)
{
    (void)count, (void)words;
    for (const struct command *command = commands; command->name; command++)
        print("  " BOLD "%-10s" PLAIN " " DIM "%-16s" PLAIN " %s\n", command->name, command->arguments, command->summary);
    print("\nKeys: up and down recall lines, Ctrl-U clears the line, Ctrl-C stops a command.\n");
}

void command_tour(int count, char **words)
{
    (void)count, (void)words;
    tour();
}

void command_reset(int count, char **words)
{
    (void)count, (void)words;
    print("Starting again.\n");
    machine_end(FINISHER_RESET);
}

void command_off(int count, char **words)
{
    (void)count, (void)words;
    print("Good-bye.\n");
    machine_end(FINISHER_PASS);
}
