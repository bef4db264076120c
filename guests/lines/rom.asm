; Firmware that knows nothing of local APICs, in 64 KiB: it sets the 8259s and the 8254 up as BIOSes for the first PCs did, waits for three
; interrupts of the timer, tells of all of it at the debug console, and switches the machine off.

bits 16
org 0

CONSOLE         equ     0xe9
TIMER_VECTOR    equ     8

start:
        cli
        xor     ax, ax
        mov     ds, ax
        mov     ss, ax
        mov     sp, 0x7c00
        mov     si, hello
        call    say
        mov     word [TIMER_VECTOR * 4], tick
        mov     [TIMER_VECTOR * 4 + 2], cs
        mov     [count], al

        mov     al, 0x11                ; 8259 data sheet: ICW1 to ICW4, for both
        out     0x20, al
        out     0xa0, al
        mov     al, TIMER_VECTOR
        out     0x21, al
        mov     al, 0x70
        out     0xa1, al
        mov     al, 4
        out     0x21, al
        mov     al, 2
        out     0xa1, al
        mov     al, 1
        out     0x21, al
        out     0xa1, al
        mov     al, 0xfe                ; only the timer
        out     0x21, al
        mov     al, 0xff
        out     0xa1, al

        mov     al, 0x34                ; counter 0, both bytes, a rate
        out     0x43, al
        mov     al, 0xa9
        out     0x40, al
        mov     al, 0x04
        out     0x40, al                ; a thousand times a second
        sti
.wait:  hlt
        cmp     byte [count], 3
        jb      .wait
        cli
        mov     si, done
        call    say
        jmp     power_off

tick:   push    ax
        inc     byte [count]
        mov     al, '.'
        out     CONSOLE, al
        mov     al, 0x20
        out     0x20, al
        pop     ax
        iret

say:    cs lodsb
        test    al, al
        jz      .done
        out     CONSOLE, al
        jmp     say
.done:  ret

%include "power.inc"

count   equ     0x500
hello:  db      "POST", 10, 0
done:   db      10, "three ticks", 10, 0

        times   0xfff0 - ($ - $$) db 0xff
        jmp     0xf000:start
        times   0x10000 - ($ - $$) db 0xff
