; Interrupts 18h and 19h: starting a system (the BIOS reference, "Interrupt 19H"), in the order that the set-up has.

boot_places             equ 3

int19:
        xor     ax, ax
        mov     ss, ax
        mov     sp, 0x7c00
        push    word ebda_segment
        pop     ds
        read_cmos cmos_boot_order
        mov     bl, al
        read_cmos cmos_boot_flags
        shr     al, 4
        mov     bh, al
        mov     [ebda_boot_order], bx
        mov     byte [ebda_boot_next], 0

; A system that cannot go on calls interrupt 18h, and the next drive has its turn.
int18:
        xor     ax, ax
        mov     ss, ax
        mov     sp, 0x7c00
        mov     ax, ebda_segment
        mov     ds, ax
        sti
.next:  mov     cl, [ebda_boot_next]
        cmp     cl, boot_places
        jae     .nothing
        inc     byte [ebda_boot_next]
        shl     cl, 2
        mov     ax, [ebda_boot_order]
        shr     ax, cl
        and     ax, 0x0f
        mov     dl, 0x00
        mov     si, text_floppy
        cmp     al, 1
        je      .drive
        mov     dl, 0x80
        mov     si, text_disk
        cmp     al, 2
        jne     .next
.drive: call    boot_read
        jc      .next
        call    print
        mov     si, text_boot
        call    print
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        xor     bx, bx
        xor     cx, cx
        xor     si, si
        xor     di, di
        xor     bp, bp
        mov     dh, 0
        jmp     0x0000:0x7c00

.nothing:
        mov     si, text_nothing
        call    print
.wait:  sti
        hlt
        jmp     .wait

; The first sector of drive DL to 0000:7C00; carry when there is none that can be started.
boot_read:
        mov     ax, 0x1500
        push    dx
        int     0x13
        pop     dx
        jc      .no
        test    ah, ah
        jz      .no
        mov     di, 3                   ; diskettes may need several attempts
.again: xor     ax, ax
        mov     es, ax
        mov     bx, 0x7c00
        mov     cx, 1
        mov     dh, 0
        mov     ax, 0x0201
        int     0x13
        jnc     .read
        cmp     ah, disk_timeout        ; there is no diskette
        je      .no
        mov     ah, 0
        int     0x13
        dec     di
        jnz     .again
.no:    stc
        ret
.read:  cmp     word [es:0x7dfe], 0xaa55
        jne     .foreign
        clc
        ret
.foreign:
        call    print
        mov     si, text_foreign
        call    print
        stc
        ret

text_floppy:
        db      13, 10, "Diskette: ", 0
text_disk:
        db      13, 10, "Disk: ", 0
text_boot:
        db      "starting", 13, 10, 0
text_foreign:
        db      "no boot sector", 0
text_nothing:
        db      13, 10, 13, 10, "No bootable device.", 13, 10, 0
