; A kernel as kvm-unit-tests' are: an ELF file with a Multiboot header, that writes to the first serial line and ends the machine by
; the port F4h of isa-debug-exit with the status 21h << 1 | 1.

%include "../kernel/header.inc"

start:
        mov     esp, end + 0x1000
        mov     esi, refused
        cmp     eax, 0x2badb002
        jne     say
        mov     esi, hello

%include "../kernel/say.inc"

hello:          db      "flat kernel", 10, 0
refused:        db      "not started by Multiboot", 10, 0
end:
