// primes: work shared among harts. The numbers are cut into pieces; whoever is free takes the next one, with a single
// atomic add. So a hart that is slower (because the host runs something else) just takes fewer.

#include "commands.h"

#define PIECE       2000
#define LARGEST     10000000

static struct job {
    uint64_t limit, next;
    struct { uint64_t tested, primes, time; } shares[MAX_HARTS];
} job;

// The plainest method, because work is what we want.
static bool is_prime(uint64_t number)
{
    if (number < 2 || number % 2 == 0)
        return number == 2;
    for (uint64_t divisor = 3; divisor * divisor <= number; divisor += 2)
        if (number % divisor == 0)
            return false;
    return true;
}

static void count_pieces(void *argument)
{
    (void)argument;
    uint64_t start = time_now(), tested = 0, primes = 0;

    for (uint64_t from; !uart_break && (from = atomic_add(&job.next, PIECE)) < job.limit;) {
        uint64_t to = from + PIECE < job.limit ? from + PIECE : job.limit;
        for (uint64_t number = from; number < to; number++)
            primes += is_prime(number);
        tested += to - from;
    }

    unsigned id = this_hart()->id;
    job.shares[id].tested = tested;
    job.shares[id].primes = primes;
    job.shares[id].time = time_now() - start;
}

// Returns the time it took, in steps of the clock.
static uint64_t count_primes(uint64_t limit, unsigned most_harts, uint64_t *primes)
{
    memset(&job, 0, sizeof job);
    job.limit = limit;
    uint64_t start = time_now();
    parallel("primes", most_harts, count_pieces, NULL);
    uint64_t time = time_now() - start;

    *primes = 0;
    for (unsigned id = 0; id < machine.harts; id++)
        *primes += job.shares[id].primes;
    return time;
}

static void show_share(unsigned id)
{
    uint64_t percent = job.limit ? job.shares[id].tested * 100 / job.limit : 0;
    print("  %4u  %'12lu  %'10lu  %6lu ms  ", id, job.shares[id].tested, job.shares[id].primes,
          job.shares[id].time * 1000 / machine.timebase);
    for (uint64_t i = 0; i < 25; i++)
        print("%s", i < (percent + 2) / 4 ? CYAN "#" PLAIN : DIM "." PLAIN);
    print(" %2lu %%\n", percent);
}

void command_primes(int count, char **words)
{
    uint64_t limit = 1000000, alone, together;

    if (count > 1 && (!parse_number(words[1], &limit) || limit > LARGEST)) {
        print("Usage: primes [N], N at most %'u\n", LARGEST);
        return;
    }

    uint64_t time_alone = count_primes(limit, 1, &alone);
    if (uart_break)
        return;
    print("  one hart: %'lu primes below %'lu in %lu ms\n", alone, limit, time_alone * 1000 / machine.timebase);

    uint64_t time_together = count_primes(limit, machine.harts, &together);
    if (uart_break)
        return;
    title("  hart        tested      primes       time  share");
    for (unsigned id = 0; id < machine.harts; id++)
        show_share(id);

    print("  all harts: %lu ms", time_together * 1000 / machine.timebase);
    if (time_together * 1000 >= machine.timebase) {         // less than a millisecond says nothing
        uint64_t speed_up = time_alone * 100 / time_together;
        print(", " BOLD "%lu.%02lu times" PLAIN " as fast as one", speed_up / 100, speed_up % 100);
    }
    print("\n");
    check(alone == together, "both count %lu primes below %lu", together, limit);
    if (limit == 1000000)
        check(together == 78498, "and 78498 is right");
}
