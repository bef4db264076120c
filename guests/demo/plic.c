// The platform-level interrupt controller: it collects the wires of all devices and offers them to harts. A hart claims
// an interrupt (no other will get it), serves the device, and reports completion.
// Register layout: RISC-V Platform-Level Interrupt Controller Specification, "Memory Map".

#include "kernel.h"

#define CONTEXT(hart)           (2 * (hart) + 1)        // the supervisor side of a hart; 2 * hart is its machine side
#define PRIORITY(irq)           (PLIC + 4 * (irq))
#define ENABLE(context, irq)    (PLIC + 0x2000 + 0x80 * (context) + 4 * ((irq) / 32))
#define THRESHOLD(context)      (PLIC + 0x200000 + 0x1000 * (context))
#define CLAIM(context)          (PLIC + 0x200004 + 0x1000 * (context))

void plic_on(void)
{
    write32(THRESHOLD(CONTEXT(this_hart()->id)), 0);    // take every priority above 0
}

void plic_route(unsigned irq, const struct hart *hart)
{
    uint64_t enable = ENABLE(CONTEXT(hart->id), irq);
    write32(PRIORITY(irq), 1);
    write32(enable, read32(enable) | 1u << irq % 32);
}

unsigned plic_claim(void)               { return read32(CLAIM(CONTEXT(this_hart()->id))); }
void plic_complete(unsigned irq)        { write32(CLAIM(CONTEXT(this_hart()->id)), irq); }
