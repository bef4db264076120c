// The first instructions. Every hart starts here at the same moment, in machine mode: no translation, no stack,
// a1 = address of the device tree. Hart 0 goes on; the others sleep until it sends them a software interrupt.

#include "layout.h"

#define MIE_MSIE    (1 << 3)

    .section .text.start, "ax"
    .globl _start
_start:
    csrw    mie, zero
    csrr    a0, mhartid
    li      t0, MAX_HARTS
    bgeu    a0, t0, sleep_forever

    la      sp, stacks                  // each hart has a stack of its own; it grows down from the end
    addi    t0, a0, 1
    li      t1, STACK_SIZE
    mul     t0, t0, t1
    add     sp, sp, t0

    bnez    a0, sleep

    la      t0, bss_start               // variables without a value start as zero
    la      t1, bss_end
1:  sd      zero, (t0)
    addi    t0, t0, 8
    bltu    t0, t1, 1b
    tail    machine_start               // (a0 = hart, a1 = device tree)

sleep:                                  // interrupts are off: wfi only ends, no trap is taken
    csrwi   mie, MIE_MSIE
1:  wfi
    csrr    t0, mip
    andi    t0, t0, MIE_MSIE
    beqz    t0, 1b
    tail    machine_start

sleep_forever:
    wfi
    j       sleep_forever


// All that is left of machine mode once the kernel runs: a monitor of three services.
//   software interrupt (another hart wrote our CLINT msip)  -> pass it on as a supervisor software interrupt
//   timer interrupt (only without Sstc)                     -> pass it on as a supervisor timer interrupt
//   ecall from S mode (only without Sstc)                   -> a0 = time of the next timer interrupt
// mscratch points at this hart's struct hart.

#define CAUSE_ECALL_FROM_S      9
#define CAUSE_TIMER             7
#define MIP_SSIP                (1 << 1)
#define MIP_STIP                (1 << 5)

    .text
    .globl machine_trap
    .balign 4
machine_trap:
    csrrw   t0, mscratch, t0
    sd      t1, HART_MACHINE_SAVE(t0)
    sd      t2, HART_MACHINE_SAVE+8(t0)

    csrr    t1, mcause
    bltz    t1, interrupt
    li      t2, CAUSE_ECALL_FROM_S
    bne     t1, t2, machine_failed

    ld      t1, HART_MTIMECMP(t0)       // set the timer
    sd      a0, (t1)
    li      t1, MIP_STIP
    csrc    mip, t1
    csrr    t1, mepc                    // go on behind the ecall
    addi    t1, t1, 4
    csrw    mepc, t1
    j       return

interrupt:
    andi    t1, t1, 0xff
    li      t2, CAUSE_TIMER
    beq     t1, t2, timer

    ld      t1, HART_MSIP(t0)           // software interrupt
    sw      zero, (t1)
    csrsi   mip, MIP_SSIP
    j       return

timer:
    ld      t1, HART_MTIMECMP(t0)       // no further interrupt until the kernel sets a new time
    li      t2, -1
    sd      t2, (t1)
    li      t2, MIP_STIP
    csrs    mip, t2

return:
    ld      t1, HART_MACHINE_SAVE(t0)
    ld      t2, HART_MACHINE_SAVE+8(t0)
    csrrw   t0, mscratch, t0
    mret
