; A kernel as kvm-unit-tests' are: an ELF file with a Multiboot header, that writes to the first serial line and ends the machine by
; the port F4h of isa-debug-exit with the status 21h << 1 | 1.

bits 32
LOAD            equ     0x100000
org LOAD

elf:            db      0x7f, "ELF", 1, 1, 1
                times   9 db 0
                dw      2, 3            ; a program, for the 80386
                dd      1, start, headers - elf, 0, 0
                dw      headers - elf, 32, 1, 0, 0, 0
headers:        dd      1, 0, LOAD, LOAD, end - elf, end - elf + 0x1000, 7, 0x1000

align 4
MAGIC           equ     0x1badb002
multiboot:      dd      MAGIC, 0, -MAGIC

start:
        mov     esp, end + 0x1000
        mov     esi, refused
        cmp     eax, 0x2badb002
        jne     .say
        mov     esi, hello
.say:   lodsb
        test    al, al
        jz      .end
        mov     cl, al
        mov     dx, 0x3fd
.busy:  in      al, dx
        test    al, 0x20
        jz      .busy
        mov     dx, 0x3f8
        mov     al, cl
        out     dx, al
        jmp     .say
.end:   mov     eax, 0x21
        out     0xf4, eax
.rest:  cli
        hlt
        jmp     .rest

hello:          db      "flat kernel", 10, 0
refused:        db      "not started by Multiboot", 10, 0
end:
