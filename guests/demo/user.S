// The program of the `user` command. It runs in U mode at USER_CODE, from a page of its own, with a stack page of its
// own; all else is closed to it. The kernel copies this page, so the code must not depend on where it stands.
// a0 at the start: how long to compute (in steps of `time`).

#include "layout.h"

#define RAM     0x80000000

    .section .user, "a"
    .option norvc                       // the kernel skips a forbidden instruction: all shall be 4 bytes long
    .balign 4
program:
    mv      s0, a0

    lla     a0, hello                   // 1. a system call: only the kernel can reach the serial line
    lla     a1, hello_end
    sub     a1, a1, a0                  //    (its length)
    li      a7, CALL_WRITE
    ecall

    .set    value, 1000                 // 2. compute for a while; the timer will interrupt it
    .irp    r, s2,s3,s4,s5,s6,s7,s8,s9,s10,s11
    li      \r, value
    .set    value, value + 1
    .endr
    rdtime  t0
    add     t0, t0, s0
1:  rdtime  t1
    bltu    t1, t0, 1b
    li      s1, 0                       //    every register must have survived the interruptions
    .irp    r, s2,s3,s4,s5,s6,s7,s8,s9,s10,s11
    add     s1, s1, \r
    .endr

    csrr    t0, sstatus                 // 3. a supervisor register: forbidden

    li      t0, RAM
    ld      t1, (t0)                    // 4. the kernel's memory: forbidden

    addi    sp, sp, -16                 // 5. its own stack: allowed
    sd      s1, 8(sp)
    ld      a0, 8(sp)
    addi    sp, sp, 16

    li      a7, CALL_EXIT               // 6. end, with the sum of 1000 .. 1009
    ecall

hello:
    .ascii  "Hello from U mode! Two pages are mine, all else belongs to the kernel."
hello_end:
