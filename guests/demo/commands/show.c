// harts, ticks, irq, time: what the machine is doing.

#include "commands.h"

// misa has a bit for each extension with a one-letter name.
static void extensions(uint64_t misa, char text[27])
{
    for (unsigned letter = 0; letter < 26; letter++)
        if (misa >> letter & 1)
            *text++ = 'A' + letter;
    *text = 0;
}

void command_harts(int count, char **words)
{
    (void)count, (void)words;
    title("  hart  state   doing        ticks  misa              vendor   arch  version");
    for (unsigned id = 0; id < machine.harts; id++) {
        const struct hart *hart = &harts[id];
        static const char *const states[] = { RED "absent", DIM "idle  ", GREEN "busy  " };
        uint64_t state = atomic_read(&hart->state);
        char letters[27];

        extensions(hart->misa, letters);
        print("  %4u  %s" PLAIN "  %-10s %7lu  RV%u %-12s  %6lx %6lx  %7lx\n", id, states[state], state == HART_ABSENT ? "-" : hart->doing,
              hart->events[EVENT_TIMER], 16u << (hart->misa >> 62), letters, hart->vendor, hart->architecture, hart->implementation);
    }
    check(harts_running() == machine.harts, "%u of %u harts run the kernel", harts_running(), machine.harts);
}

void command_ticks(int count, char **words)
{
    uint64_t seconds = 5, start[MAX_HARTS], last[MAX_HARTS];
    if (count > 1 && !parse_number(words[1], &seconds)) {
        print("Usage: ticks [SECONDS]\n");
        return;
    }

    print(BOLD "        ");
    for (unsigned id = 0; id < machine.harts; id++) {
        print("   hart %u", id);
        start[id] = last[id] = atomic_read(&harts[id].events[EVENT_TIMER]);
    }
    print(PLAIN "\n");

    for (uint64_t second = 1; second <= seconds && clock_sleep(1000); second++) {
        print("  %3lu s ", second);
        for (unsigned id = 0; id < machine.harts; id++) {
            uint64_t now = atomic_read(&harts[id].events[EVENT_TIMER]);
            print(" %6lu" GREEN "%s" PLAIN, now, now != last[id] ? " +" : "  ");
            last[id] = now;
        }
        print("\n");
    }
    if (uart_break)
        return;

    // Ticks may be late, but each late one delays the next: never are there more than the interval allows.
    bool right = seconds > 0;
    for (unsigned id = 0; id < machine.harts; id++)
        right &= last[id] > start[id] && last[id] - start[id] <= (seconds + 1) * (TICKS_A_SECOND + 1);
    check(right, "every hart ticks");
}

void command_irq(int count, char **words)
{
    (void)count, (void)words;
    uint64_t sums[EVENT_COUNT] = { 0 };

    title("  hart     timer     wake     uart     disk    fault  syscall    other");
    for (unsigned id = 0; id < machine.harts; id++) {
        print("  %4u ", id);
        for (unsigned event = 0; event < EVENT_COUNT; event++) {
            uint64_t number = atomic_read(&harts[id].events[event]);
            sums[event] += number;
            print(" %s%8lu" PLAIN, number ? "" : DIM, number);
        }
        print("\n");
    }
    print("   sum ");
    for (unsigned event = 0; event < EVENT_COUNT; event++)
        print(" %8lu", sums[event]);
    print("\n  Left of fault: interrupts (wake: by another hart). Fault and right: exceptions.\n");
}

// Both clocks must run at the same rate. Between two reads the host may do other work: so look up to three times.
static bool clocks_agree(void)
{
    for (unsigned attempt = 0; attempt < 3; attempt++) {
        uint64_t rtc = rtc_nanoseconds(), time = time_now();
        clock_sleep(200);
        int64_t by_time = clock_milliseconds(time), by_rtc = (int64_t)(rtc_nanoseconds() - rtc) / 1000000;
        if (by_rtc - by_time <= 20 && by_time - by_rtc <= 20)
            return true;
    }
    return false;
}

void command_time(int count, char **words)
{
    (void)count, (void)words;
    uint64_t now = rtc_nanoseconds(), up = clock_milliseconds(machine.started);
    struct date date = date_of(now / 1000000000);

    print("  date    " BOLD "%u-%02u-%02u %02u:%02u:%02u" PLAIN " UTC\n", date.year, date.month, date.day, date.hour, date.minute,
          date.second);
    print("  uptime  %lu.%03lu s\n", up / 1000, up % 1000);
    if (!uart_break)
        check(clocks_agree(), "real-time clock and timer run at the same rate");
}
