// Agreement between harts. The A extension offers two ways, and both are here: atomic memory operations (one instruction
// reads and writes) and load-reserved/store-conditional (the store fails when someone else wrote in between).

#include "kernel.h"

// The bits .aq and .rl order the accesses around: none inside the locked part may be seen before the lock is taken
// (acquire) or after it is given back (release).

void lock_acquire(struct lock *lock)
{
    uint32_t was_held;
    for (;;) {
        asm volatile("amoswap.w.aq %0, %2, %1" : "=r"(was_held), "+A"(lock->held) : "r"(1) : "memory");
        if (!was_held)
            return;
        while (*(volatile uint32_t *)&lock->held)       // wait reading: a write would take the cache line away from others
            spin_hint();
    }
}

void lock_release(struct lock *lock)
{
    asm volatile("amoswap.w.rl zero, zero, %0" : "+A"(lock->held) : : "memory");
}

// A handler that wants a lock which the code it interrupted holds would wait forever. So such locks are held with
// interrupts off; `status` brings back what was before.

uint64_t lock_acquire_irq(struct lock *lock)
{
    uint64_t status = csr_read(sstatus) & STATUS_SIE;
    interrupts_off();
    lock_acquire(lock);
    return status;
}

void lock_release_irq(struct lock *lock, uint64_t status)
{
    lock_release(lock);
    csr_set(sstatus, status);
}

uint64_t atomic_add(uint64_t *place, uint64_t amount)
{
    uint64_t before;
    asm volatile("amoadd.d.aqrl %0, %2, %1" : "=r"(before), "+A"(*place) : "r"(amount) : "memory");
    return before;
}

uint64_t atomic_read(const uint64_t *place)
{
    uint64_t value = *(const volatile uint64_t *)place;
    asm volatile("fence r, rw" : : : "memory");
    return value;
}

bool compare_and_swap(uint64_t *place, uint64_t expected, uint64_t value)
{
    uint64_t found, failed;
    asm volatile("1: lr.d.aqrl %0, %2\n\t"
                 "   bne       %0, %3, 2f\n\t"
                 "   sc.d.aqrl %1, %4, %2\n\t"
                 "   bnez      %1, 1b\n"            // an sc may also fail for no reason: once more
                 "2:"
                 : "=&r"(found), "=&r"(failed), "+A"(*place)
                 : "r"(expected), "r"(value)
                 : "memory");
    return found == expected;
}
