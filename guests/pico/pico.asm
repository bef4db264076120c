; The boot sector of `mimus pico`: clears the 80x25 text screen, writes a banner to it, and halts.
; It runs in real mode wherever it is loaded: in the 4 KiB at address 0 of `mimus pico`, at 0:7c00 on a PC.

bits 16
org 0

columns equ 80
rows    equ 25
normal  equ 0x07                ; light grey on black
bright  equ 0x1f                ; white on blue

start:
        cld
        xor     ax, ax
        mov     ss, ax
        mov     sp, 0x1000
        call    .here           ; where are we?
.here:  pop     bx
        sub     bx, .here - start
        shr     bx, 4
        mov     ax, cs
        add     ax, bx
        mov     ds, ax          ; start is at ds:0

        mov     ax, 0xb800      ; the monitor's memory
        mov     es, ax

        xor     di, di
        mov     ax, normal << 8 | ' '
        mov     cx, columns * rows
        rep stosw

        mov     si, lines
.line:  mov     di, [si]        ; where the line begins on the screen
        add     si, 2
        mov     ah, bright
.next:  lodsb
        test    al, al
        jz      .end
        stosw
        jmp     .next
.end:   cmp     si, lines_end
        jb      .line

        cli
        hlt

%macro line 3                   ; row, column, text
        dw      (%1 * columns + %2) * 2
        db      %3, 0
%endmacro

lines:
        line    10, 20, "                                        "
        line    11, 20, "   Hello from a real-mode boot sector   "
        line    12, 20, "                 Mimus                  "
        line    13, 20, "                                        "
lines_end:

        times   510 - ($ - $$) db 0
        dw      0xaa55
