// race: all harts add to one counter. "counter = counter + 1" is three steps: load, add, store. What another hart stores
// between our load and our store is lost.

#include "commands.h"

#define ROUNDS 300000

struct race {
    uint64_t counter;
    struct lock lock;
    void (*increment)(struct race *race);
    uint64_t ready, members;
};

static void without_care(struct race *race)
{
    volatile uint64_t *counter = &race->counter;
    *counter = *counter + 1;
}

static void by_amo(struct race *race)
{
    atomic_add(&race->counter, 1);
}

static void by_lr_sc(struct race *race)
{
    uint64_t seen;
    do
        seen = atomic_read(&race->counter);
    while (!compare_and_swap(&race->counter, seen, seen + 1));
}

static void by_lock(struct race *race)
{
    lock_acquire(&race->lock);
    without_care(race);
    lock_release(&race->lock);
}

static void run(void *argument)
{
    struct race *race = argument;

    atomic_add(&race->ready, 1);                        // a fair start: all together
    while (atomic_read(&race->ready) < race->members)
        spin_hint();
    for (unsigned i = 0; i < ROUNDS; i++)
        race->increment(race);
}

void command_race(int count, char **words)
{
    (void)count, (void)words;
    static const struct { const char *name, *how; void (*increment)(struct race *); bool exact; } ways[] = {
        { "without care",   "ld, addi, sd",         without_care,   false },
        { "atomic add",     "amoadd.d",             by_amo,         true },
        { "compare, swap",  "lr.d, sc.d",           by_lr_sc,       true },
        { "spinlock",       "amoswap.w.aq and .rl", by_lock,        true },
    };
    const unsigned members = harts_running();
    const uint64_t expected = (uint64_t)ROUNDS * members;

    print("  %u %s 1, %'u times each: %'lu is right.\n", members, members == 1 ? "hart adds" : "harts add", ROUNDS, expected);
    title("  way            instructions             counted       time");
    for (unsigned i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct race race = { .increment = ways[i].increment, .members = members };
        uint64_t start = time_now();
        parallel("race", members, run, &race);
        print("  %-14s %-21s %s%'10lu" PLAIN "  %6lu ms", ways[i].name, ways[i].how, race.counter == expected ? GREEN : YELLOW,
              race.counter, clock_milliseconds(start));
        if (race.counter != expected)
            print(YELLOW "  %'lu lost" PLAIN, expected - race.counter);
        print("\n");
        if (ways[i].exact)
            check(race.counter == expected, "%s loses nothing", ways[i].name);
    }
    if (members == 1)
        print("  With one hart there is nobody to race with.\n");
}
