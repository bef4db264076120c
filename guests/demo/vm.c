// Virtual memory: Sv39 page tables. A virtual address has 39 bits: three indexes of 9 bits, one for each level of the
// tree of tables, and 12 bits inside the page. An entry with one of the rights R, W, X set is a leaf; a leaf at level 1
// or 2 maps 2 MiB or 1 GiB at once.
//
//       38       30 29       21 20       12 11         0
//      +-----------+-----------+-----------+------------+
//      |  level 2  |  level 1  |  level 0  |   offset   |
//      +-----------+-----------+-----------+------------+
//
// All harts share one tree. The kernel sees physical memory and devices where they are (virtual = physical), but with
// no more rights than each part needs: code cannot be written, data cannot be executed.

#include "kernel.h"

static uint64_t *root;
static unsigned tables;

static unsigned index_at(uint64_t virtual, unsigned level) { return virtual >> (12 + 9 * level) & 511; }
static uint64_t size_at(unsigned level)                    { return 1UL << (12 + 9 * level); }
static uint64_t *table_in(uint64_t entry)                  { return (uint64_t *)PTE_ADDRESS(entry); }

static uint64_t *new_table(void)
{
    tables++;
    return page_allocate();
}

// The entry for an address at a level, with the tables above it made as needed.
static uint64_t *entry_for(uint64_t virtual, unsigned level)
{
    uint64_t *table = root;
    for (unsigned l = 2; l > level; l--) {
        uint64_t *entry = &table[index_at(virtual, l)];
        if (!(*entry & PTE_VALID))
            *entry = (uint64_t)new_table() >> 12 << 10 | PTE_VALID;
        table = table_in(*entry);
    }
    return &table[index_at(virtual, level)];
}

// Maps with leaves as large as fit. Accessed and dirty are set at once: a hart may set them itself or fault to have them
// set, and we need neither.
void vm_map(uint64_t virtual, uint64_t physical, uint64_t size, uint64_t rights)
{
    while (size) {
        unsigned level = 2;
        while (level && ((virtual | physical) % size_at(level) || size < size_at(level)))
            level--;
        *entry_for(virtual, level) = physical >> 12 << 10 | rights | PTE_ACCESSED | PTE_DIRTY | PTE_VALID;
        virtual += size_at(level);
        physical += size_at(level);
        size -= size_at(level);
    }
    flush_translations();       // of this hart. The others have never used these addresses, so they hold no old translation.
}

void vm_unmap(uint64_t virtual)
{
    *entry_for(virtual, 0) = 0;
    flush_translations();       // (as above: test pages are used by one hart only)
}

// What the hardware does at each access that its TLB cannot answer. Returns the number of look-ups.
unsigned vm_walk(uint64_t virtual, struct vm_step steps[3])
{
    uint64_t *table = root;
    if ((uint64_t)((int64_t)(virtual << 25) >> 25) != virtual)      // bits 63 .. 39 must equal bit 38
        return 0;
    for (unsigned count = 0, level = 2;; level--) {
        uint64_t *entry = &table[index_at(virtual, level)];
        steps[count++] = (struct vm_step){ level, index_at(virtual, level), entry };
        if (!(*entry & PTE_VALID) || (*entry & PTE_LEAF) || level == 0)
            return count;
        table = table_in(*entry);
    }
}

uint64_t *vm_leaf(uint64_t virtual)
{
    struct vm_step steps[3];
    unsigned count = vm_walk(virtual, steps);
    uint64_t *entry = count ? steps[count - 1].entry : NULL;
    return entry && (*entry & PTE_VALID) && (*entry & PTE_LEAF) ? entry : NULL;
}

unsigned vm_tables(void) { return tables; }

static void identity(const void *start, const void *stop, uint64_t rights)
{
    vm_map((uint64_t)start, (uint64_t)start, (uint64_t)stop - (uint64_t)start, rights);
}

static void device(uint64_t address, uint64_t size)
{
    vm_map(address, address, size, PTE_READ | PTE_WRITE);
}

void vm_init(void)
{
    root = new_table();

    device(FINISHER, PAGE_SIZE);
    device(RTC, PAGE_SIZE);
    device(CLINT, CLINT_SIZE);
    device(PLIC, PLIC_SIZE);
    device(UART, PAGE_SIZE);
    device(VIRTIO(0), VIRTIO_COUNT * PAGE_SIZE);

    identity(text_start, text_end, PTE_READ | PTE_EXECUTE);
    identity(rodata_start, rodata_end, PTE_READ);
    identity(data_start, data_end, PTE_READ | PTE_WRITE);
    identity(data_end, (void *)(RAM + machine.ram_size), PTE_READ | PTE_WRITE);
}

void vm_on(void)
{
    flush_translations();       // the tables are written before satp makes them count
    csr_write(satp, SATP_SV39 | (uint64_t)root >> 12);
    if (csr_read(satp) == 0)    // a write that asks for a mode which is not there has no effect
        panic("this hart has no Sv39");
    flush_translations();
}
