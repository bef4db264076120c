; A kernel that checks the way into system management mode on chip sets with a 440FX and PIIX4 or with a Q35 and ICH9: the command port
; B2h raises the interrupt, the memory behind the screen belongs to the mode, and the register SMRAM opens, closes and locks it (82441FX data
; sheet, 3.2.16; 82371AB data sheet, 7.1.14; 82801I data sheet, 13.8.3.11; SDM volume 3, chapter 33). Whether firmware has moved the
; handlers' place behind the screen or nobody has, it moves there. It writes to the first serial line what is wrong, or that nothing is, and ends the
; machine by isa-debug-exit at F4h.

FIRST_PLACE     equ     0x38000         ; the handler's after a reset
PLACE           equ     0xa8000         ; and with the base A0000h
SEEN            equ     0x5000          ; where the handler writes what it has found at the command port
COMMAND         equ     0xb2
STATUS          equ     0xb3
WAITING         equ     0xff            ; the status until a handler has run
MOVED           equ     0x77            ; and behind the one at the first place

; SMRAM
ENABLED         equ     0x08
OPEN            equ     0x40
LOCKED          equ     0x10
BEHIND_SCREEN   equ     0x02

%include "../kernel/header.inc"

; Reads and writes the configuration register %1, the slot and function already in it.
%macro select 1
        mov     eax, 0x80000000 | ((%1) & ~3)
        mov     edx, 0xcf8
        out     dx, eax
        mov     edx, 0xcfc + ((%1) & 3)
%endmacro

ISA_POWER       equ     1 << 11 | 3 << 8
LPC             equ     31 << 11

start:
        mov     esp, end + 0x1000
        select  2                       ; the host bridge's device number
        in      ax, dx
        mov     byte [smram], 0x72
        cmp     ax, 0x1237
        je      .found
        mov     byte [smram], 0x9d
        inc     byte [is_q35]
.found:
        mov     al, BEHIND_SCREEN | ENABLED | OPEN
        call    set_smram
        mov     esi, handler
        mov     edi, PLACE
        mov     ecx, handler_end - handler
        rep movsb
        mov     al, BEHIND_SCREEN | ENABLED
        call    set_smram
        mov     esi, mover
        mov     edi, FIRST_PLACE
        mov     ecx, mover_end - mover
        rep movsb
        call    enable_interrupt

        mov     al, 0x41
        call    interrupt
        cmp     al, MOVED
        jne     .moved
        mov     al, 0x41
        call    interrupt
.moved: mov     esi, not_run
        test    al, al
        jnz     say
        mov     esi, not_closed
        call    compare
        je      say
        mov     al, BEHIND_SCREEN | ENABLED | OPEN
        call    set_smram
        mov     esi, not_opened
        call    compare
        jne     say
        mov     al, BEHIND_SCREEN | ENABLED | LOCKED
        call    set_smram
        mov     esi, not_closed
        call    compare
        je      say
        mov     al, BEHIND_SCREEN | ENABLED | OPEN
        call    set_smram
        mov     esi, not_locked
        call    compare
        je      say
        mov     al, 0x43
        call    interrupt
        mov     esi, not_run
        test    al, al
        jnz     say
        mov     esi, wrong_value
        cmp     byte [SEEN], 0x43
        jne     say
        mov     esi, right

%include "../kernel/say.inc"

; Writes AL to SMRAM.
set_smram:
        push    eax
        movzx   ecx, byte [smram]
        mov     eax, 0x80000000
        or      al, cl
        and     al, 0xfc
        mov     edx, 0xcf8
        out     dx, eax
        and     ecx, 3
        lea     edx, [ecx + 0xcfc]
        pop     eax
        out     dx, al
        ret

; Lets the command port raise the interrupt.
enable_interrupt:
        cmp     byte [is_q35], 0
        jne     .q35
        select  ISA_POWER | 0x58
        in      eax, dx
        or      eax, 1 << 25
        out     dx, eax
        ret
.q35:   select  LPC | 0x40
        in      eax, dx
        and     eax, 0xff80
        lea     edx, [eax + 0x30]
        in      eax, dx
        or      eax, 1 << 5 | 1
        out     dx, eax
        ret

; Writes AL to the command port, and waits for a handler; gives the status that it leaves in AL, or WAITING when none runs.
interrupt:
        push    eax
        mov     al, WAITING
        out     STATUS, al
        pop     eax
        out     COMMAND, al
        mov     ecx, 1000000
.wait:  in      al, STATUS
        cmp     al, WAITING
        loope   .wait
        ret

; Whether the handler is to be seen at its place.
compare:
        push    esi
        mov     esi, handler
        mov     edi, PLACE
        mov     ecx, 8
        repe cmpsb
        pop     esi
        ret

bits 16
; The handler at the first place: makes the base A0000h, where the saved state has it by its revision.
mover:  mov     bx, 0xfef8
        cmp     byte [cs:0xfefc], 0     ; the upper half of the revision is 2 in both layouts: the lower one tells
        je      .set
        mov     bx, 0xff00
.set:   mov     dword [cs:bx], 0xa0000
        mov     al, MOVED
        out     STATUS, al
        rsm
mover_end:

handler:
        in      al, COMMAND
        push    ds
        xor     bx, bx
        mov     ds, bx
        mov     [SEEN], al
        pop     ds
        xor     al, al
        out     STATUS, al
        rsm
handler_end:

smram:          db      0
is_q35:         db      0
right:          db      "system management mode is right", 10, 0
not_run:        db      "no handler has run", 10, 0
wrong_value:    db      "the handler found another command", 10, 0
not_closed:     db      "the memory is seen while it is closed", 10, 0
not_opened:     db      "the memory is not seen while it is open", 10, 0
not_locked:     db      "the memory was opened while it was locked", 10, 0
end:
