; The interrupts of devices, and the vectors that nobody has taken.

interrupt_return:
        iret

; A vector that nobody has taken: an interrupt of a device is acknowledged where one is in service, and anything else ends.
interrupt_nothing:
        push    ax
        mov     al, 0x0b                ; which interrupts are in service
        out     port_pic2, al
        in      al, port_pic2
        test    al, al
        jz      .first
        mov     al, end_of_interrupt
        out     port_pic2, al
        jmp     .acknowledge
.first: mov     al, 0x0b
        out     port_pic1, al
        in      al, port_pic1
        test    al, al
        jz      .end
.acknowledge:
        mov     al, end_of_interrupt
        out     port_pic1, al
.end:   pop     ax
        iret

interrupt_second:
        push    ax
        mov     al, end_of_interrupt
        out     port_pic2, al
        out     port_pic1, al
        pop     ax
        iret

interrupt_first:
        push    ax
        mov     al, end_of_interrupt
        out     port_pic1, al
        pop     ax
        iret

; An error of the coprocessor is an NMI to old programs (AT Technical Reference, "Coprocessor").
interrupt_coprocessor:
        push    ax
        xor     al, al
        out     0xf0, al
        mov     al, end_of_interrupt
        out     port_pic2, al
        out     port_pic1, al
        pop     ax
        int     0x02
        iret

interrupt_timer:
        push    ds
        push    eax
        push    dx
        push    word bda_segment
        pop     ds
        inc     dword [bda_ticks]
        cmp     dword [bda_ticks], ticks_a_day
        jb      .same_day
        mov     dword [bda_ticks], 0
        inc     byte [bda_midnight]
.same_day:
        cmp     byte [bda_diskette_timeout], 0
        je      .motors_done
        dec     byte [bda_diskette_timeout]
        jnz     .motors_done
        mov     al, 0x0c                ; motors off, no reset, interrupts and DMA
        mov     dx, port_floppy_output
        out     dx, al
        and     byte [bda_diskette_motor], 0xf0
.motors_done:
        int     0x1c
        mov     al, end_of_interrupt
        out     port_pic1, al
        pop     dx
        pop     eax
        pop     ds
        iret

interrupt_diskette:
        push    ds
        push    ax
        push    word bda_segment
        pop     ds
        or      byte [bda_diskette_seek], 0x80
        mov     al, end_of_interrupt
        out     port_pic1, al
        pop     ax
        pop     ds
        iret

interrupt_disk:
        push    ds
        push    ax
        push    word bda_segment
        pop     ds
        mov     byte [bda_disk_interrupt], 0xff
        mov     al, end_of_interrupt
        out     port_pic2, al
        out     port_pic1, al
        pop     ax
        pop     ds
        iret
