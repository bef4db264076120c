// The processor as the C code sees it: control and status registers, their bits, and the few special instructions.
// Names are those of The RISC-V Instruction Set Manual, Volume II: Privileged Architecture.
#pragma once

#include <stdint.h>

#define csr_read(csr)                                                   \
    ({                                                                  \
        uint64_t value_;                                                \
        asm volatile("csrr %0, " #csr : "=r"(value_) : : "memory");     \
        value_;                                                         \
    })
#define csr_write(csr, value)   asm volatile("csrw " #csr ", %0" : : "r"((uint64_t)(value)) : "memory")
#define csr_set(csr, bits)      asm volatile("csrs " #csr ", %0" : : "r"((uint64_t)(bits)) : "memory")
#define csr_clear(csr, bits)    asm volatile("csrc " #csr ", %0" : : "r"((uint64_t)(bits)) : "memory")

// Sets bits in a machine-mode register that this hart may not have, and returns what it then holds (0: no such register).
// Reading a missing register traps; so while we look, the trap vector points just behind the attempt.
#define csr_try_set(csr, bits)                                          \
    ({                                                                  \
        uint64_t value_ = 0, vector_;                                   \
        asm volatile("la    %1, 1f\n\t"                                 \
                     "csrrw %1, mtvec, %1\n\t"                          \
                     "csrs  " #csr ", %2\n\t"                           \
                     "csrr  %0, " #csr "\n\t"                           \
                     ".balign 4\n"                                      \
                     "1: csrw  mtvec, %1"                               \
                     : "+r"(value_), "=&r"(vector_)                     \
                     : "r"((uint64_t)(bits))                            \
                     : "memory");                                       \
        value_;                                                         \
    })

// mstatus and sstatus
#define STATUS_SIE          (1UL << 1)      // interrupts enabled in S mode
#define STATUS_SPIE         (1UL << 5)      // what SIE becomes at sret
#define STATUS_SPP          (1UL << 8)      // mode before the trap: set = S, clear = U
#define STATUS_MPP          (3UL << 11)
#define STATUS_MPP_S        (1UL << 11)

// mie, sie, mip, sip, mideleg
#define INTERRUPT_S_SOFTWARE (1UL << 1)
#define INTERRUPT_M_SOFTWARE (1UL << 3)
#define INTERRUPT_S_TIMER    (1UL << 5)
#define INTERRUPT_M_TIMER    (1UL << 7)
#define INTERRUPT_S_EXTERNAL (1UL << 9)

// mcause and scause
#define CAUSE_INTERRUPT             (1UL << 63)
#define CAUSE_S_SOFTWARE            (CAUSE_INTERRUPT | 1)
#define CAUSE_S_TIMER               (CAUSE_INTERRUPT | 5)
#define CAUSE_S_EXTERNAL            (CAUSE_INTERRUPT | 9)
#define CAUSE_ILLEGAL_INSTRUCTION   2
#define CAUSE_ECALL_FROM_U          8
#define CAUSE_FETCH_PAGE_FAULT      12
#define CAUSE_LOAD_PAGE_FAULT       13
#define CAUSE_STORE_PAGE_FAULT      15

// mcounteren, scounteren: which counters the next lower mode may read
#define COUNTER_ALL         7               // cycle, time, instret

#define MENVCFG_STCE        (1UL << 63)     // S mode has a timer of its own (extension Sstc)
#define PMP_OPEN            0x1f            // one range over all addresses, read + write + execute
#define SATP_SV39           (8UL << 60)

static inline uint64_t time_now(void)           { return csr_read(time); }
static inline void interrupts_on(void)          { csr_set(sstatus, STATUS_SIE); }
static inline void interrupts_off(void)         { csr_clear(sstatus, STATUS_SIE); }
static inline void wait_for_interrupt(void)     { asm volatile("wfi" : : : "memory"); }
static inline void flush_translations(void)     { asm volatile("sfence.vma" : : : "memory"); }
static inline void spin_hint(void)              { asm volatile(".4byte 0x0100000f"); }    // pause (older harts: a fence of nothing)
static inline void fence(void)                  { asm volatile("fence iorw, iorw" : : : "memory"); }

// Device registers: exactly one access of exactly this size.
static inline uint32_t read32(uint64_t address)             { return *(volatile uint32_t *)address; }
static inline void write32(uint64_t address, uint32_t value) { *(volatile uint32_t *)address = value; }
static inline uint8_t read8(uint64_t address)               { return *(volatile uint8_t *)address; }
static inline void write8(uint64_t address, uint8_t value)  { *(volatile uint8_t *)address = value; }
