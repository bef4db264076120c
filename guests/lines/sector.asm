; A boot sector that says on the first serial line what there is beside it, and switches the machine off: started from a disk, the text in
; the second disk's first sector; from a diskette, what it has written to that and read again; and how many processors have started.

bits 16
org 0x7c00

BUFFER          equ     0x7e00
STARTUP         equ     0x8000          ; where the other processors begin
TICKS           equ     0x46c           ; the BIOS's count of timer interrupts
COMMAND         equ     0xfee00300      ; the local APIC's interrupt command register (SDM volume 3, 12.6.1)
INIT_OTHERS     equ     0x000c4500
START_OTHERS    equ     0x000c4600 | (STARTUP >> 12)

        jmp     0:start
start:
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, 0x7c00
        mov     bx, BUFFER
        mov     cx, 1                   ; the first sector
        test    dl, dl
        mov     dx, 0x81
        js      .read
        xor     dx, dx
        inc     cx                      ; of a diskette, the second one
        mov     si, own
        mov     di, bx
        push    cx
        mov     cx, own_end - own
        rep movsb
        pop     cx
        mov     ax, 0x0301
        int     0x13
        jc      failed
        mov     byte [bx], 0
.read:  mov     ax, 0x0201
        int     0x13
        jc      failed
        mov     si, bx
        call    say
        call    count_processors
        mov     si, processors
        call    say
        mov     al, [count]
        add     al, '0'
        call    put
        mov     si, newline
        call    say
        jmp     power_off
failed: mov     si, failure
        call    say
        jmp     power_off

; Lets FS reach all addresses, and starts all other processors, which count themselves.
count_processors:
        cli
        lgdt    [descriptors]
        mov     eax, cr0
        inc     ax
        mov     cr0, eax
        jmp     .protected
.protected:
        mov     cx, 8
        mov     fs, cx
        dec     ax
        mov     cr0, eax
        jmp     .real
.real:  xor     cx, cx
        sti
        mov     si, other
        mov     di, STARTUP
        mov     cx, other_end - other
        rep movsb
        mov     edi, COMMAND
        mov     dword [fs:edi], INIT_OTHERS
        call    wait_two_ticks
        mov     dword [fs:edi], START_OTHERS
wait_two_ticks:
        mov     al, [TICKS]
        add     al, 3
.wait:  cmp     al, [TICKS]
        jne     .wait
        ret

other:  lock inc byte [count]           ; DS is 0 when a processor starts
.rest:  cli
        hlt
        jmp     .rest
other_end:

say:    lodsb
        test    al, al
        jz      put.done
        call    put
        jmp     say

put:    push    ax
        mov     dx, 0x3fd
.busy:  in      al, dx
        test    al, 0x20
        jz      .busy
        pop     ax
        mov     dx, 0x3f8
        out     dx, al
.done:  ret

%include "power.inc"

count:          db      1
own:            db      "written to the diskette and read", 13, 10, 0
own_end:
processors:     db      "processors: ", 0
newline:        db      13, 10, 0
failure:        db      "cannot read", 13, 10, 0

descriptors:    dw      descriptors_end - $ - 1
                dd      descriptors
                dw      0
                dq      0x00cf93000000ffff
descriptors_end:

        times   510 - ($ - $$) db 0
        dw      0xaa55
