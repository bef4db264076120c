; Power-on: from the reset vector to the first drive.

post:
        cli
        cld
        mov     al, 0x01
        out     port_post, al
        ; A program may have asked to go on after a reset (AT Technical Reference, "Shutdown"): 5 acknowledges interrupts before, 0Ah does not.
        xor     ax, ax
        mov     ss, ax
        mov     sp, 0x7c00
        mov     ds, ax
        read_cmos cmos_shutdown
        mov     bl, al
        mov     al, cmos_shutdown
        out     port_cmos, al
        mov     al, 0
        out     port_cmos + 1, al
        cmp     bl, 0x0a
        je      .go_on
        cmp     bl, 0x05
        jne     .cold
        mov     al, end_of_interrupt
        out     port_pic2, al
        out     port_pic1, al
.go_on: jmp     far [0x467]

.cold:  mov     ax, [0x472]             ; 1234h: no test of memory is wanted; here there is none
        push    ax
        call    post_vectors
        call    post_data
        pop     word [bda_reset_flag]
        mov     al, 0x02
        out     port_post, al
        call    post_interrupts
        call    apic_setup
        call    post_timer
        call    keyboard_setup
        mov     al, 0x03
        out     port_post, al
        call    serial_setup
        call    pci_setup
        mov     ax, 0x0003
        int     0x10
        mov     al, 0x04
        out     port_post, al
        sti
        mov     si, text_banner
        call    print
        call    memory_print
        call    diskette_setup
        call    disk_setup
        call    processors_setup
        mov     al, 0x05
        out     port_post, al
        int     0x19

text_banner:
        db      "Mimus BIOS", 13, 10, "The built-in firmware of Mimus, a machine emulator", 13, 10, 13, 10, 0

; Interrupt vectors: the services, the interrupts of the devices, and one that does nothing for all others.
post_vectors:
        xor     ax, ax
        mov     es, ax
        mov     di, ax
        mov     cx, 256
.next:  mov     ax, interrupt_nothing
        stosw
        mov     ax, cs
        stosw
        loop    .next
        mov     si, vectors
.service:
        cs lodsb
        movzx   di, al
        cs lodsw
        shl     di, 2
        mov     [es:di], ax
        cmp     si, vectors_end
        jb      .service
        ; Vectors that are no code, and those of disks that are not there
        mov     dword [es:0x1d * 4], 0
        mov     dword [es:0x41 * 4], 0
        mov     dword [es:0x46 * 4], 0
        mov     di, 0x60 * 4            ; for programs
        mov     cx, 8 * 2
        xor     ax, ax
        rep stosw
        ret

%macro  vector 2
        db      %1
        dw      %2
%endmacro

vectors:
        vector  0x05, interrupt_return  ; print screen
        vector  0x08, interrupt_timer
        vector  0x09, interrupt_keyboard
        vector  0x0a, interrupt_first
        vector  0x0b, interrupt_first
        vector  0x0c, interrupt_first
        vector  0x0d, interrupt_first
        vector  0x0e, interrupt_diskette
        vector  0x0f, interrupt_first
        vector  0x10, int10
        vector  0x11, int11
        vector  0x12, int12
        vector  0x13, int13
        vector  0x14, int14
        vector  0x15, int15
        vector  0x16, int16
        vector  0x17, int17
        vector  0x18, int18
        vector  0x19, int19
        vector  0x1a, int1a
        vector  0x1b, interrupt_return  ; Ctrl-Break
        vector  0x1c, interrupt_return  ; every tick
        vector  0x1e, diskette_parameters_table
        vector  0x1f, font + 128 * 8    ; characters from 80h in graphics modes
        vector  0x43, font
        vector  0x70, interrupt_second
        vector  0x71, interrupt_second
        vector  0x72, interrupt_second
        vector  0x73, interrupt_second
        vector  0x74, interrupt_second
        vector  0x75, interrupt_coprocessor
        vector  0x76, interrupt_disk
        vector  0x77, interrupt_disk
vectors_end:

; The data areas. Leaves DS at that of the BIOS.
post_data:
        push    word bda_segment
        pop     es
        push    es
        pop     ds
        xor     di, di
        xor     ax, ax
        mov     cx, bda_length / 2
        rep stosw
        mov     word [bda_extended], ebda_segment
        mov     word [bda_memory], conventional_kib
        mov     word [bda_key_head], bda_keys
        mov     word [bda_key_tail], bda_keys
        mov     word [bda_keys_start_at], bda_keys
        mov     word [bda_keys_end_at], bda_keys_end
        read_cmos cmos_equipment
        and     al, 0xcf
        or      al, 0x20                ; 80 columns, colour
        mov     [bda_equipment], al
        push    word ebda_segment
        pop     es
        xor     di, di
        xor     ax, ax
        mov     cx, 512
        rep stosw
        mov     byte [es:ebda_size], 1
        mov     ax, fw_headless
        call    fw_word
        test    ax, ax
        setnz   [es:ebda_headless]
        ret

; Both 8259s: the first's interrupts from vector 8, the second's from 70h (8259A data sheet, "Initialization").
post_interrupts:
        mov     al, 0x11
        out     port_pic1, al
        out     port_pic2, al
        mov     al, 0x08
        out     port_pic1 + 1, al
        mov     al, 0x70
        out     port_pic2 + 1, al
        mov     al, 0x04
        out     port_pic1 + 1, al
        mov     al, 0x02
        out     port_pic2 + 1, al
        mov     al, 0x01
        out     port_pic1 + 1, al
        out     port_pic2 + 1, al
        mov     al, 0xb8                ; timer, keyboard, the second chip and the diskettes are let through
        out     port_pic1 + 1, al
        mov     al, 0x8f                ; and the coprocessor and the disks
        out     port_pic2 + 1, al
        ret

; Counter 0 of the 8254 runs through all its 65536 steps, 18.2 times a second; the time of day begins with that of the clock.
post_timer:
        mov     al, 0x34
        out     port_pit_mode, al
        xor     al, al
        out     port_pit0, al
        out     port_pit0, al
        mov     al, 0x54                ; counter 1 refreshed memory once
        out     port_pit_mode, al
        mov     al, 0x12
        out     port_pit0 + 1, al
        jmp     clock_setup

; The byte of CMOS memory whose number is in AL.
cmos_read:
        or      al, 0x80
        out     port_cmos, al
        in      al, port_cmos + 1
        push    ax
        mov     al, 0x0d
        out     port_cmos, al
        pop     ax
        ret

; The first word of the item AX of the machine's configuration device; zero where there is no such device, which reads as ones.
fw_word:
        push    dx
        push    ax
        xor     ax, ax                  ; item 0 is the signature
        mov     dx, port_fw_select
        out     dx, ax
        inc     dx
        in      al, dx
        cmp     al, "Q"
        pop     ax
        jne     .none
        dec     dx
        out     dx, ax
        inc     dx
        in      al, dx
        mov     ah, al
        in      al, dx
        xchg    al, ah
        pop     dx
        ret
.none:  xor     ax, ax
        pop     dx
        ret

; Writes the text at CS:SI.
print:
        push    ax
        push    bx
.next:  cs lodsb
        test    al, al
        jz      .end
        mov     ah, 0x0e
        mov     bx, 0x0007
        int     0x10
        jmp     .next
.end:   pop     bx
        pop     ax
        ret

; Writes EAX in decimal.
print_number:
        pushad
        xor     cx, cx
        mov     ebx, 10
.digit: xor     edx, edx
        div     ebx
        push    dx
        inc     cx
        test    eax, eax
        jnz     .digit
.write: pop     ax
        add     al, "0"
        mov     ah, 0x0e
        mov     bx, 0x0007
        int     0x10
        loop    .write
        popad
        ret
