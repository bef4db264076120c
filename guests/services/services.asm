; A boot sector, with seven more behind it, that asks a PC's BIOS for each of its services and shows the answers: one line a service, the same
; under any BIOS that keeps to the references. It runs from a diskette and from a disk.

        cpu     386
        bits    16
        org     0x7c00

sectors equ 8                           ; of this program
buffer  equ 0xa000

start:  cli
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, 0x7000              ; not in the page of this code
        sti
        cld
        mov     [drive], dl
        mov     ax, 0x0200 | (sectors - 1)
        mov     bx, 0x7e00
        mov     cx, 0x0002
        mov     dh, 0
        int     0x13
        jc      .failed
        jmp     services
.failed:
        mov     al, "!"
        mov     ah, 0x0e
        int     0x10
        hlt
drive:  db      0

        times   510 - ($ - $$) db 0
        dw      0xaa55

%macro  say 1+
        jmp     %%over
%%text: db      %1, 0
%%over: mov     si, %%text
        call    print
%endmacro

; Shows AX, BX, CX, DX and the carry flag, then a new line.
%macro  show_line 1
        mov     bp, %1                  ; a bit for each of them
        call    show
%endmacro

show_ax equ 1
show_bx equ 2
show_cx equ 4
show_dx equ 8

services:
        mov     ax, 0x0003
        int     0x10
        say     "services"
        call    line

        say     "10/0F "
        mov     ah, 0x0f
        int     0x10
        and     bx, 0xff00
        show_line show_ax | show_bx
        say     "10/03 "
        mov     dx, 0x1020
        mov     bx, 0
        mov     ah, 0x02
        int     0x10
        mov     ah, 0x03
        int     0x10
        push    dx
        mov     dx, 0x0200 | 6
        mov     ah, 0x02
        int     0x10
        pop     dx
        show_line show_dx
        mov     dx, 0x0214              ; written and read
        mov     bx, 0
        mov     ah, 0x02
        int     0x10
        mov     ax, 0x0900 | "x"
        mov     bx, 0x001e
        mov     cx, 5
        int     0x10
        mov     ah, 0x08
        mov     bh, 0
        int     0x10
        push    ax
        mov     dx, 0x0300
        mov     ah, 0x02
        mov     bx, 0
        int     0x10
        say     "10/08 "
        pop     ax
        show_line show_ax
        mov     ax, 0x1301              ; a string with its colour
        mov     bx, 0x002f
        mov     cx, string_end - string
        mov     dx, 0x0400
        mov     bp, string
        int     0x10
        say     "10/1A "
        mov     ax, 0x1a00
        int     0x10
        show_line show_ax | show_bx
        mov     ax, 0x0602              ; a window scrolls
        mov     bh, 0x4e
        mov     cx, 0x1428
        mov     dx, 0x184f
        int     0x10
        mov     ax, 0x0701
        mov     bh, 0x3e
        mov     cx, 0x1432
        mov     dx, 0x1646
        int     0x10

        say     "12    "
        int     0x12
        show_line show_ax
        say     "13/00 "
        mov     ah, 0
        mov     dl, [drive]
        int     0x13
        mov     al, 0
        show_line show_ax
        say     "13/08 "
        mov     ah, 0x08
        mov     dl, [drive]
        xor     di, di
        int     0x13
        mov     al, 0
        and     dx, 0xff00              ; how many drives there are is the machine's
        test    byte [drive], 0x80
        jz      .shown
        mov     cx, 0                   ; and how disks look
        mov     dx, 0
.shown: push    ds
        pop     es
        show_line show_ax | show_cx | show_dx
        say     "13/02 "
        mov     ax, 0x0201
        mov     bx, buffer
        mov     cx, 0x0001
        mov     dh, 0
        mov     dl, [drive]
        int     0x13
        pushf
        push    ax
        mov     bx, [buffer]
        pop     ax
        popf
        show_line show_ax | show_bx
        say     "13/04 "
        mov     ax, 0x0402
        mov     bx, buffer
        mov     cx, 0x0001
        mov     dh, 0
        mov     dl, [drive]
        int     0x13
        show_line show_ax
        say     "13/15 "
        mov     ah, 0x15
        mov     dl, [drive]
        int     0x13
        mov     al, 0
        show_line show_ax
        say     "13/xx "                ; no such sector; no such drive
        mov     ax, 0x0201
        mov     bx, buffer
        mov     cx, 0x003f
        mov     dh, 200
        mov     dl, 0x8f
        int     0x13
        mov     al, 0
        show_line show_ax
        test    byte [drive], 0x80
        jz      .no_packets
        say     "13/41 "
        mov     ah, 0x41
        mov     bx, 0x55aa
        mov     dl, [drive]
        int     0x13
        and     cx, 1
        mov     ax, 0
        show_line show_bx | show_cx
        say     "13/42 "
        mov     ah, 0x42
        mov     si, packet
        mov     dl, [drive]
        int     0x13
        pushf
        mov     bx, [buffer]
        mov     cx, [packet + 2]
        popf
        show_line show_ax | show_bx | show_cx
        say     "13/48 "
        mov     word [buffer], 26
        mov     ah, 0x48
        mov     si, buffer
        mov     dl, [drive]
        int     0x13
        pushf
        mov     bx, [buffer + 16]
        mov     cx, [buffer + 18]
        mov     dx, [buffer + 24]
        popf
        show_line show_bx | show_cx | show_dx
        say     "13/43 "
        mov     ax, 0x4300              ; the next sector is written, and read
        mov     dword [buffer], "Mimu"
        mov     dword [packet + 8], 40
        mov     word [packet + 2], 1
        mov     si, packet
        mov     dl, [drive]
        int     0x13
        mov     dword [buffer], 0
        mov     ah, 0x42
        mov     si, packet
        int     0x13
        pushf
        mov     bx, [buffer]
        popf
        show_line show_ax | show_bx
.no_packets:
        say     "15/24 "
        mov     ax, 0x2401
        int     0x15
        mov     ax, 0x2402
        int     0x15
        show_line show_ax
        say     "15/88 "
        mov     ah, 0x88
        int     0x15
        cmp     ax, 1024
        mov     ax, 0
        show_line show_ax
        say     "15/C0 "
        mov     ah, 0xc0
        int     0x15
        pushf
        mov     bx, [es:bx + 2]
        push    ds
        pop     es
        mov     al, 0
        popf
        show_line show_ax | show_bx
        say     "15/E8 "                ; the first range, and whether memory from 1 MiB on is among them
        xor     ebx, ebx
        xor     bp, bp
.range: mov     eax, 0xe820
        mov     edx, "PAMS"
        mov     ecx, 20
        mov     di, buffer
        int     0x15
        jc      .ranges
        cmp     dword [buffer], 0
        jne     .extended
        mov     si, [buffer + 8]
        shr     si, 10
        add     bp, si
.extended:
        cmp     dword [buffer], 0x100000
        jne     .next
        cmp     dword [buffer + 16], 1
        jne     .next
        or      bp, 0x8000
.next:  test    ebx, ebx
        jnz     .range
.ranges:
        mov     ax, bp
        clc
        show_line show_ax
        say     "15/87 "
        mov     dword [buffer], "BIOS"
        mov     dword [table + 0x12], 0x93000000 | buffer
        mov     dword [table + 0x1a], 0x93110000
        mov     cx, 2
        mov     si, table
        mov     ah, 0x87
        int     0x15
        mov     dword [buffer], 0
        mov     dword [table + 0x12], 0x93110000
        mov     dword [table + 0x1a], 0x93000000 | buffer
        mov     cx, 2
        mov     si, table
        mov     ah, 0x87
        int     0x15
        pushf
        mov     bx, [buffer]
        mov     cx, [buffer + 2]
        mov     al, 0
        popf
        show_line show_ax | show_bx | show_cx
        say     "16/05 "
        mov     ah, 0x05
        mov     cx, 0x1e61
        int     0x16
        mov     ah, 0x05
        mov     cx, 0x47e0
        int     0x16
        mov     ah, 0x01
        int     0x16
        mov     bx, ax
        mov     ah, 0x00
        int     0x16
        mov     cx, ax
        mov     ah, 0x00
        int     0x16
        clc
        show_line show_ax | show_bx | show_cx
        say     "1A/00 "                ; time goes on
        mov     ah, 0
        int     0x1a
        mov     bx, dx
.tick:  mov     ah, 0
        int     0x1a
        cmp     dx, bx
        je      .tick
        mov     ax, 1
        clc
        show_line show_ax
        say     "end"
        cli
        hlt

show:   pushf
        push    dx
        push    cx
        push    bx
        push    ax
        mov     di, 4
.next:  pop     dx
        shr     bp, 1
        jnc     .skip
        mov     al, " "
        call    put
        mov     cx, 4
.digit: rol     dx, 4
        mov     al, dl
        and     al, 0x0f
        cmp     al, 10
        sbb     al, 0x69
        das
        call    put
        loop    .digit
.skip:  dec     di
        jnz     .next
        popf
        mov     al, "-"
        jnc     .flag
        mov     al, "C"
.flag:  push    ax
        mov     al, " "
        call    put
        pop     ax
        call    put
line:   mov     al, 13
        call    put
        mov     al, 10
put:    pusha
        mov     ah, 0x0e
        mov     bx, 0x0007
        int     0x10
        popa
        ret

print:  pusha
.next:  lodsb
        test    al, al
        jz      .end
        call    put
        jmp     .next
.end:   popa
        ret

string: db      "a string of 13h", 13, 10
string_end:

        align   4, db 0
packet: db      16, 0
        dw      1
        dw      buffer, 0
        dd      0, 0

table:  dd      0, 0, 0, 0
        dw      0xffff, 0
        dd      0
        dw      0xffff, 0
        dd      0
        dd      0, 0, 0, 0

        times   sectors * 512 - ($ - $$) db 0
