// The disk: a virtio block device behind a virtio-mmio transport. Driver and device talk through a queue in memory:
//   descriptors  a table of buffers; those of one request are chained
//   available    a ring in which the driver writes which chains the device shall work on
//   used         a ring in which the device writes which chains it has done
// Then each side gives the other a sign: we write a register, the device raises an interrupt.
// Manual: Virtual I/O Device (VIRTIO) 1.2, 2.7 "Split Virtqueues", 4.2 "Virtio Over MMIO", 5.2 "Block Device".

#include "kernel.h"

// Registers of the transport (4.2.2, and 4.2.4 for those of the legacy interface).
#define MAGIC                   0x000
#define VERSION                 0x004       // 1 = legacy, 2 = modern
#define DEVICE_ID               0x008
#define DEVICE_FEATURES         0x010
#define DEVICE_FEATURES_SELECT  0x014
#define DRIVER_FEATURES         0x020
#define DRIVER_FEATURES_SELECT  0x024
#define LEGACY_PAGE_SIZE        0x028
#define QUEUE_SELECT            0x030
#define QUEUE_SIZE_MAX          0x034
#define QUEUE_SIZE              0x038
#define LEGACY_QUEUE_ALIGN      0x03c
#define LEGACY_QUEUE_PAGE       0x040
#define QUEUE_READY             0x044
#define QUEUE_NOTIFY            0x050
#define INTERRUPT_STATUS        0x060
#define INTERRUPT_ACKNOWLEDGE   0x064
#define STATUS                  0x070
#define QUEUE_DESCRIPTORS       0x080       // two words each: low, high
#define QUEUE_AVAILABLE         0x090
#define QUEUE_USED              0x0a0
#define CONFIG_CAPACITY         0x100       // two words, in sectors of 512 bytes

#define MAGIC_VALUE             0x74726976  // "virt"
#define DEVICE_BLOCK            2

#define STATUS_ACKNOWLEDGE      1
#define STATUS_DRIVER           2
#define STATUS_DRIVER_OK        4
#define STATUS_FEATURES_OK      8

#define FEATURE_READ_ONLY       (1u << 5)
#define FEATURE_VERSION_1       (1u << 0)   // of the second word

#define DESCRIPTOR_NEXT         1           // another one follows in the chain
#define DESCRIPTOR_WRITE        2           // for the device to write

#define REQUEST_READ            0
#define REQUEST_WRITE           1

#define ENTRIES                 4           // one request at a time needs three

struct descriptor { uint64_t address; uint32_t length; uint16_t flags, next; };
struct available  { uint16_t flags, index, ring[ENTRIES]; };
struct used       { uint16_t flags, index; struct { uint32_t id, length; } ring[ENTRIES]; };
struct request    { uint32_t type, reserved; uint64_t sector; };

// A legacy device finds all three from one page number, with the used ring on the next page. A modern one does not mind.
static struct queue {
    struct descriptor descriptors[ENTRIES];
    struct available available;
    struct used used __attribute__((aligned(PAGE_SIZE)));
} queue __attribute__((aligned(PAGE_SIZE)));

struct disk disk;

static uint64_t base;
static struct lock lock;                    // one request at a time
static struct hart *waiter;                 // who sleeps until it is done
static bool lost;                           // the device once did not answer: we ask it no more

static uint32_t get(unsigned offset)                        { return read32(base + offset); }
static void set(unsigned offset, uint32_t value)            { write32(base + offset, value); }
static void set_address(unsigned offset, const void *place)
{
    set(offset, (uint32_t)(uint64_t)place);
    set(offset + 4, (uint64_t)place >> 32);
}

static bool find(void)
{
    for (unsigned slot = 0; slot < VIRTIO_COUNT; slot++) {
        base = VIRTIO(slot);
        disk.slot = slot;
        disk.version = get(VERSION);
        if (get(MAGIC) == MAGIC_VALUE && get(DEVICE_ID) == DEVICE_BLOCK && (disk.version == 1 || disk.version == 2))
            return true;
    }
    return false;
}

void disk_init(void)
{
    if (!find())
        return;

    // Say hello (3.1.1), and agree on features.
    set(STATUS, 0);
    set(STATUS, STATUS_ACKNOWLEDGE);
    set(STATUS, STATUS_ACKNOWLEDGE | STATUS_DRIVER);

    set(DEVICE_FEATURES_SELECT, 0);
    uint32_t wanted = get(DEVICE_FEATURES) & FEATURE_READ_ONLY;
    disk.read_only = wanted & FEATURE_READ_ONLY;
    set(DRIVER_FEATURES_SELECT, 0);
    set(DRIVER_FEATURES, wanted);

    if (disk.version == 2) {
        set(DRIVER_FEATURES_SELECT, 1);
        set(DRIVER_FEATURES, FEATURE_VERSION_1);
        set(STATUS, STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK);
        if (!(get(STATUS) & STATUS_FEATURES_OK))
            return;
    }

    set(QUEUE_SELECT, 0);
    if (get(QUEUE_SIZE_MAX) < ENTRIES)
        return;
    set(QUEUE_SIZE, ENTRIES);
    if (disk.version == 2) {
        set_address(QUEUE_DESCRIPTORS, queue.descriptors);
        set_address(QUEUE_AVAILABLE, &queue.available);
        set_address(QUEUE_USED, &queue.used);
        set(QUEUE_READY, 1);
    } else {
        set(LEGACY_PAGE_SIZE, PAGE_SIZE);
        set(LEGACY_QUEUE_ALIGN, PAGE_SIZE);
        set(LEGACY_QUEUE_PAGE, (uint64_t)&queue / PAGE_SIZE);
    }
    set(STATUS, get(STATUS) | STATUS_DRIVER_OK);

    disk.sectors = get(CONFIG_CAPACITY) | (uint64_t)get(CONFIG_CAPACITY + 4) << 32;
    disk.present = true;

    // Its interrupts go to the last hart, to show that any hart may serve any device.
    plic_route(VIRTIO_IRQ(disk.slot), &harts[machine.harts - 1]);
}

// The device has used up all that we made available.
static bool done(void)
{
    return *(volatile uint16_t *)&queue.used.index == *(volatile uint16_t *)&queue.available.index;
}

void disk_interrupt(void)
{
    set(INTERRUPT_ACKNOWLEDGE, get(INTERRUPT_STATUS));
    if (waiter && waiter != this_hart())
        hart_wake(waiter);
}

static bool transfer(uint32_t type, uint64_t sector, void *data)
{
    static struct request request;
    static volatile uint8_t status;

    if (!disk.present || lost || sector >= disk.sectors)
        return false;

    lock_acquire(&lock);
    request = (struct request){ type, 0, sector };
    status = 0xff;
    queue.descriptors[0] = (struct descriptor){ (uint64_t)&request, sizeof request, DESCRIPTOR_NEXT, 1 };
    queue.descriptors[1] = (struct descriptor){ (uint64_t)data, SECTOR_SIZE,
                                                DESCRIPTOR_NEXT | (type == REQUEST_READ ? DESCRIPTOR_WRITE : 0), 2 };
    queue.descriptors[2] = (struct descriptor){ (uint64_t)&status, 1, DESCRIPTOR_WRITE, 0 };
    queue.available.ring[queue.available.index % ENTRIES] = 0;
    waiter = this_hart();

    fence();                                // the device must not see the new index before what it announces
    *(volatile uint16_t *)&queue.available.index += 1;
    fence();
    set(QUEUE_NOTIFY, 0);

    uint64_t patience = time_now() + 10 * machine.timebase;
    WAIT_UNTIL(done() || time_now() >= patience);
    fence();                                // and we must not see the status before we see that it is there
    lost = !done();
    bool success = !lost && status == 0;
    lock_release(&lock);
    return success;
}

bool disk_read(uint64_t sector, void *data)         { return transfer(REQUEST_READ, sector, data); }
bool disk_write(uint64_t sector, const void *data)  { return transfer(REQUEST_WRITE, sector, (void *)data); }
