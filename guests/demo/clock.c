// Time: ten ticks a second on each hart, sleeping, and the date from the real-time clock.

#include "kernel.h"

static void set_timer(uint64_t deadline)
{
    if (machine.has_sstc) {
        csr_write(stimecmp, deadline);
    } else {
        register uint64_t a0 asm("a0") = deadline;      // the monitor in start.S does it for us
        asm volatile("ecall" : : "r"(a0) : "memory");
    }
}

static uint64_t interval(void) { return machine.timebase / TICKS_A_SECOND; }

void clock_on(void)
{
    struct hart *hart = this_hart();
    hart->deadline = time_now() + interval();
    set_timer(hart->deadline);
}

// The next tick is counted from when this one was due, not from when we got to it: so ticks do not drift. If we were
// kept from running for long, we start afresh and do not make up for what was missed.
void clock_tick(void)
{
    struct hart *hart = this_hart();
    uint64_t now = time_now();
    hart->deadline += interval();
    if (hart->deadline <= now)
        hart->deadline = now + interval();
    set_timer(hart->deadline);
}

uint64_t clock_milliseconds(uint64_t since)
{
    return (time_now() - since) * 1000 / machine.timebase;
}

// The ticks wake us; to a tenth of a second this is exact enough.
bool clock_sleep(uint64_t milliseconds)
{
    uint64_t until = time_now() + milliseconds * machine.timebase / 1000;
    WAIT_UNTIL(time_now() >= until || uart_break);
    return !uart_break;
}

// ---- the real-time clock (goldfish) ---------------------------------------------------------------------------------

#define RTC_TIME_LOW    (RTC + 0)       // reading it also keeps the upper half for the next register
#define RTC_TIME_HIGH   (RTC + 4)

uint64_t rtc_nanoseconds(void)
{
    uint64_t low = read32(RTC_TIME_LOW);
    return (uint64_t)read32(RTC_TIME_HIGH) << 32 | low;
}

static bool is_leap(unsigned year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

struct date date_of(uint64_t seconds)
{
    static const uint8_t lengths[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    uint64_t day = seconds / 86400;
    struct date date = { 1970, 1, 1, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60 };

    for (; day >= (is_leap(date.year) ? 366u : 365u); date.year++)
        day -= is_leap(date.year) ? 366 : 365;
    for (;; date.month++) {
        unsigned length = lengths[date.month - 1] + (date.month == 2 && is_leap(date.year));
        if (day < length)
            break;
        day -= length;
    }
    date.day = day + 1;
    return date;
}
