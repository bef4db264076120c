// The serial line: a 16550. Output waits for the transmitter; input comes by interrupt into a ring buffer.

#include "kernel.h"

#define DATA                (UART + 0)
#define INTERRUPT_ENABLE    (UART + 1)
#define   RECEIVED          1
#define FIFO_CONTROL        (UART + 2)
#define   FIFO_ON_AND_CLEAR 7
#define LINE_CONTROL        (UART + 3)
#define   EIGHT_BITS        3
#define LINE_STATUS         (UART + 5)
#define   DATA_READY        (1 << 0)
#define   TRANSMITTER_EMPTY (1 << 5)

#define CTRL_C 3

volatile bool uart_break;

// One writer (the interrupt handler) and one reader (the shell), on the same hart: this needs no lock.
static char ring[256];
static volatile unsigned written, taken;

void uart_init(void)
{
    write8(LINE_CONTROL, EIGHT_BITS);
    write8(FIFO_CONTROL, FIFO_ON_AND_CLEAR);
    write8(INTERRUPT_ENABLE, RECEIVED);
    plic_route(UART_IRQ, this_hart());
}

void uart_interrupt(void)
{
    while (read8(LINE_STATUS) & DATA_READY) {
        char c = read8(DATA);
        if (c == CTRL_C)
            uart_break = true;
        if (written - taken < sizeof ring)
            ring[written++ % sizeof ring] = c;
    }
}

void uart_put(char c)
{
    while (!(read8(LINE_STATUS) & TRANSMITTER_EMPTY))
        ;
    write8(DATA, c);
}

void uart_discard(void)
{
    taken = written;
}

char uart_get(void)
{
    WAIT_UNTIL(written != taken);
    return ring[taken++ % sizeof ring];
}
