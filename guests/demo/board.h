// The RISC-V `virt` board: where its devices answer, and the wires (interrupt numbers) that lead to the PLIC.
// The number of harts, the memory and the clock's rate vary; they are read from the device tree (machine.c).
#pragma once

#define FINISHER            0x00100000UL    // a word written here ends the machine
#define FINISHER_PASS       0x5555          //   power off, status 0
#define FINISHER_FAIL       0x3333          //   power off, status in the upper 16 bits
#define FINISHER_RESET      0x7777          //   start again

#define RTC                 0x00101000UL    // goldfish real-time clock: nanoseconds since 1970

#define CLINT               0x02000000UL    // core-local interruptor: software interrupts and machine timers
#define CLINT_SIZE          0x00010000UL
#define CLINT_MSIP(hart)    (CLINT + 4 * (hart))
#define CLINT_MTIMECMP(hart) (CLINT + 0x4000 + 8 * (hart))

#define PLIC                0x0c000000UL    // platform-level interrupt controller
#define PLIC_SIZE           0x00400000UL

#define UART                0x10000000UL    // 16550
#define UART_IRQ            10

#define VIRTIO(n)           (0x10001000UL + 0x1000UL * (n))
#define VIRTIO_IRQ(n)       (1 + (n))
#define VIRTIO_COUNT        8

#define RAM                 0x80000000UL
