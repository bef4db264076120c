// Numbers that assembly and C must agree on. kernel.h asserts that the C structures match them.
#pragma once

#define MAX_HARTS           8
#define STACK_SIZE          0x4000

// struct hart
#define HART_KERNEL_SP      0
#define HART_TRAPPED_SP     8
#define HART_MACHINE_SAVE   16
#define HART_MSIP           32
#define HART_MTIMECMP       40

// struct frame: x0..x31, then the four supervisor registers of the trap
#define FRAME_X(n)          (8 * (n))
#define FRAME_SEPC          256
#define FRAME_SSTATUS       264
#define FRAME_SCAUSE        272
#define FRAME_STVAL         280
#define FRAME_SIZE          288

// Addresses of the test pages, far from all that is identity-mapped.
#define TEST_PAGE           0x2000000000
#define USER_CODE           0x3000000000
#define USER_STACK          0x3000001000
#define PAGE_SIZE           0x1000

// System calls of the user program: number in a7, arguments from a0, result in a0.
#define CALL_WRITE          1
#define CALL_EXIT           2
