// Physical memory, in pages. Pages that were never used lie behind a frontier; pages that were given back form a list,
// each holding the address of the next. So start-up touches no page that is not needed: on an emulator, memory that is
// never touched costs the host nothing.

#include "kernel.h"

static struct lock lock;
static uint64_t frontier, end;
static uint64_t tree_start, tree_end;               // the device tree stands somewhere in between
static uint64_t total, used;
static struct returned { struct returned *next; } *returned;

static uint64_t page_down(uint64_t address) { return address & -(uint64_t)PAGE_SIZE; }
static uint64_t page_up(uint64_t address)   { return page_down(address + PAGE_SIZE - 1); }

void pages_init(void)
{
    frontier = page_up((uint64_t)data_end);
    end = page_down(RAM + machine.ram_size);
    total = (end - frontier) / PAGE_SIZE;

    tree_start = page_down((uint64_t)machine.tree);
    tree_end = page_up((uint64_t)machine.tree + machine.tree_size);
    if (tree_start >= frontier && tree_end <= end)
        total -= (tree_end - tree_start) / PAGE_SIZE;
}

void *page_allocate(void)
{
    uint64_t status = lock_acquire_irq(&lock);
    void *page = returned;
    if (page) {
        returned = returned->next;
    } else {
        if (frontier >= tree_start && frontier < tree_end)
            frontier = tree_end;
        if (frontier < end) {
            page = (void *)frontier;
            frontier += PAGE_SIZE;
        }
    }
    used += page != NULL;
    lock_release_irq(&lock, status);

    if (!page)
        panic("out of memory");
    return memset(page, 0, PAGE_SIZE);              // nobody learns what the last owner left
}

void page_free(void *page)
{
    uint64_t status = lock_acquire_irq(&lock);
    struct returned *entry = page;
    entry->next = returned;
    returned = entry;
    used--;
    lock_release_irq(&lock, status);
}

uint64_t pages_total(void) { return total; }
uint64_t pages_free(void)  { return total - used; }
