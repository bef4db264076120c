// The door between the kernel and what it interrupts: itself, or a program in U mode.
//
// tp points at this hart's struct hart while the kernel runs. For a program, tp is just a register; then the pointer
// waits in sscratch. So sscratch tells where a trap comes from: it is 0 while the kernel runs.

#include "layout.h"

#define SSTATUS_SIE     (1 << 1)
#define SSTATUS_SPIE    (1 << 5)
#define SSTATUS_SPP     (1 << 8)

    .macro for_most_registers do        // all but x0 (zero), x2 (sp) and x4 (tp)
    .irp n, 1,3,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    \do     x\n, FRAME_X(\n)(sp)
    .endr
    .endm

    .text
    .globl supervisor_trap
    .balign 4
supervisor_trap:
    csrrw   tp, sscratch, tp
    bnez    tp, 1f
    csrr    tp, sscratch                // from the kernel: tp was right, and we go on on the same stack
    sd      sp, HART_TRAPPED_SP(tp)
    j       2f
1:  sd      sp, HART_TRAPPED_SP(tp)     // from U mode: change to the kernel's stack
    ld      sp, HART_KERNEL_SP(tp)
2:
    addi    sp, sp, -FRAME_SIZE
    for_most_registers sd
    ld      t0, HART_TRAPPED_SP(tp)
    csrrw   t1, sscratch, zero          // the tp of the time before the trap
    csrr    t2, sepc
    csrr    t3, sstatus
    csrr    t4, scause
    csrr    t5, stval
    sd      zero, FRAME_X(0)(sp)
    sd      t0, FRAME_X(2)(sp)
    sd      t1, FRAME_X(4)(sp)
    sd      t2, FRAME_SEPC(sp)
    sd      t3, FRAME_SSTATUS(sp)
    sd      t4, FRAME_SCAUSE(sp)
    sd      t5, FRAME_STVAL(sp)

    mv      a0, sp
    call    trap

    ld      t2, FRAME_SEPC(sp)
    ld      t3, FRAME_SSTATUS(sp)
    csrw    sepc, t2
    csrw    sstatus, t3
    andi    t3, t3, SSTATUS_SPP
    bnez    t3, 3f
    csrw    sscratch, tp                // back to U mode
3:
    for_most_registers ld
    ld      tp, FRAME_X(4)(sp)
    ld      sp, FRAME_X(2)(sp)
    sret


// uint64_t enter_user(pc, sp, argument): to the program, seen as a function call. What a callee must preserve is kept
// on the kernel's stack, below which traps from the program will push their frames. leave_user(value) undoes it.

#define KEPT            (14 * 8)

    .macro for_kept_registers do
    \do     ra, 0(sp)
    \do     s0, 8(sp)
    \do     s1, 16(sp)
    \do     s2, 24(sp)
    \do     s3, 32(sp)
    \do     s4, 40(sp)
    \do     s5, 48(sp)
    \do     s6, 56(sp)
    \do     s7, 64(sp)
    \do     s8, 72(sp)
    \do     s9, 80(sp)
    \do     s10, 88(sp)
    \do     s11, 96(sp)
    .endm

    .globl enter_user
enter_user:
    csrci   sstatus, SSTATUS_SIE        // from here to sret, sscratch does not tell the truth
    addi    sp, sp, -KEPT
    for_kept_registers sd
    sd      sp, HART_KERNEL_SP(tp)

    li      t0, SSTATUS_SPP
    csrc    sstatus, t0                 // sret goes to U mode,
    li      t0, SSTATUS_SPIE
    csrs    sstatus, t0                 // with interrupts on
    csrw    sepc, a0
    csrw    sscratch, tp
    mv      sp, a1
    mv      a0, a2
    .irp    r, ra,gp,tp,t0,t1,t2,s0,s1,a1,a2,a3,a4,a5,a6,a7,s2,s3,s4,s5,s6,s7,s8,s9,s10,s11,t3,t4,t5,t6
    li      \r, 0                       // the kernel's values are none of the program's business
    .endr
    sret

    .globl leave_user
leave_user:                             // a0 becomes the result of enter_user
    ld      sp, HART_KERNEL_SP(tp)
    for_kept_registers ld
    addi    sp, sp, KEPT
    csrsi   sstatus, SSTATUS_SIE
    ret
