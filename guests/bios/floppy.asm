; The diskettes (82077AA data sheet; the BIOS reference, "Interrupt 13H", functions for diskettes). Nothing waits for interrupts,
; so that programs may call with interrupts off.

port_floppy_output      equ 0x3f2
port_floppy_status      equ 0x3f4
port_floppy_data        equ 0x3f5
port_floppy_rate        equ 0x3f7

diskette_sectors        equ 18          ; on a track of 1.44 MB
diskette_tracks         equ 80
diskette_motor_ticks    equ 37
diskette_patience       equ 0x2000000   ; readings of the status: a second or more on any host

diskette_setup:
        push    word ebda_segment
        pop     es
        read_cmos cmos_floppies
        xor     bl, bl
        test    al, 0xf0
        jz      .second
        inc     bl
.second:
        test    al, 0x0f
        jz      .count
        inc     bl
.count: mov     [es:ebda_floppy_count], bl
        and     byte [bda_equipment], 0x3e
        test    bl, bl
        jz      .end
        dec     bl
        shl     bl, 6
        or      bl, 1
        or      [bda_equipment], bl
        jmp     diskette_restart
.end:   ret

diskette_functions:
        dw      diskette_reset, diskette_status, diskette_read, diskette_write, diskette_verify, disk_none, disk_none, disk_none
        dw      diskette_parameters, disk_none, disk_none, disk_none, disk_none, disk_none, disk_none, disk_none
        dw      disk_none, disk_none, disk_none, disk_none, disk_none, diskette_type
        dw      disk_none
diskette_functions_end:

diskette_reset:
        call    diskette_restart
        jmp     disk_good

diskette_status:
        mov     al, [bda_diskette_status]
        mov     [bp + caller.ah], al
        mov     ah, al
        clc
        ret

; 08h: a drive for 1.44 MB
diskette_parameters:
        mov     word [bp + caller.bx], 0x0004
        mov     word [bp + caller.cx], (diskette_tracks - 1) << 8 | diskette_sectors
        mov     al, [fs:ebda_floppy_count]
        mov     ah, 1
        mov     [bp + caller.dx], ax
        mov     word [bp + caller.es], cs
        mov     word [bp + caller.di], diskette_parameters_table
        mov     byte [bp + caller.al], 0
        jmp     disk_good

diskette_type:
        mov     ah, 1                   ; it does not tell when the diskette is changed
        clc
        ret

diskette_read:
        mov     byte [fs:request_kind], kind_read
        jmp     diskette_transfer
diskette_write:
        mov     byte [fs:request_kind], kind_write
        jmp     diskette_transfer
diskette_verify:
        mov     byte [fs:request_kind], kind_verify

; AL sectors of cylinder CH, head DH, from sector CL on, at ES:BX
diskette_transfer:
        mov     byte [fs:request_done], 0
        mov     [fs:request_count], al
        test    al, al
        jz      .invalid
        cmp     dh, 1
        ja      .invalid
        call    diskette_start
        jc      .answer
        call    diskette_seek
        jc      .answer
        call    diskette_dma
        jc      .answer
        movzx   si, byte [fs:request_kind]
        mov     al, [cs:si + .commands]
        call    diskette_send
        mov     al, dh
        shl     al, 2
        or      al, dl
        call    diskette_send
        mov     al, ch
        call    diskette_send
        mov     al, dh
        call    diskette_send
        mov     al, cl
        call    diskette_send
        mov     al, 2                   ; 512 bytes
        call    diskette_send
        mov     al, cl
        add     al, [fs:request_count]
        dec     al
        call    diskette_send
        mov     al, 0x1b
        call    diskette_send
        mov     al, 0xff
        call    diskette_send
        call    diskette_results
        jc      .answer
        call    diskette_error
        jc      .answer
        mov     al, [fs:request_count]
        mov     [fs:request_done], al
        clc
.answer:
        mov     al, [fs:request_done]
        mov     [bp + caller.al], al
        mov     byte [bda_diskette_timeout], diskette_motor_ticks
        ret
.invalid:
        mov     byte [bp + caller.al], 0
        jmp     disk_none

.commands:
        db      0x66, 0x45, 0x66        ; one side only; what is verified is read, and the DMA controller leaves it

; The controller's reset, and what it wants to know.
diskette_restart:
        pusha
        mov     dx, port_floppy_output
        mov     al, 0x08
        out     dx, al
        in      al, port_post
        mov     al, 0x0c
        out     dx, al
        mov     byte [bda_diskette_seek], 0
        mov     byte [bda_diskette_motor], 0
        mov     word [bda_diskette_media], 0
        mov     al, 0xc0                ; the second DMA controller passes the first one's requests on
        out     0xd6, al
        mov     al, 0
        out     0xd4, al
        mov     cx, 4                   ; each drive has an interrupt to tell of
.sense: mov     al, 0x08
        call    diskette_send
        call    diskette_results
        loop    .sense
        mov     al, 0x03                ; step rate, head load; with DMA
        call    diskette_send
        mov     al, 0xaf
        call    diskette_send
        mov     al, 0x02
        call    diskette_send
        popa
        ret

; Drive DL: the motor, track 0 and the rate of the diskette, where they are not known.
diskette_start:
        mov     byte [bda_diskette_timeout], 0xff
        push    cx
        mov     cl, dl
        mov     bh, 0x01
        shl     bh, cl
        pop     cx
        push    bx
        mov     bl, bh
        or      [bda_diskette_motor], bl
        shl     bl, 4
        or      bl, 0x0c
        or      bl, dl
        push    dx
        mov     dx, port_floppy_output
        mov     al, bl
        out     dx, al
        pop     dx
        pop     bx
        mov     bx, [bp + caller.bx]
        push    cx
        mov     cl, dl
        mov     al, 1
        shl     al, cl
        pop     cx
        test    [bda_diskette_seek], al
        jnz     .known
        or      [bda_diskette_seek], al
        mov     al, 0x07                ; to track 0
        call    diskette_send
        mov     al, dl
        call    diskette_send
        call    diskette_arrive
        jc      .end
.known: movzx   si, dl
        test    byte [si + bda_diskette_media], 0x10
        jnz     .good
        mov     di, .rates
.rate:  mov     al, [cs:di]
        push    dx
        mov     dx, port_floppy_rate
        out     dx, al
        pop     dx
        mov     al, 0x4a                ; is there anything that can be read?
        call    diskette_send
        mov     al, dl
        call    diskette_send
        call    diskette_results
        jc      .end
        test    byte [bda_diskette_result], 0xc0
        jz      .found
        inc     di
        cmp     di, .rates_end
        jb      .rate
        mov     ah, disk_timeout        ; as a drive without a diskette
        stc
        ret
.found: mov     al, [cs:di]
        shl     al, 6
        or      al, 0x17
        mov     [si + bda_diskette_media], al
.good:  mov     al, [si + bda_diskette_media]
        shr     al, 6
        push    dx
        mov     dx, port_floppy_rate
        out     dx, al
        pop     dx
        clc
.end:   ret

.rates: db      0, 2, 1                 ; 500, 250, 300 kbit/s
.rates_end:

; Drive DL, head DH to cylinder CH.
diskette_seek:
        mov     al, 0x0f
        call    diskette_send
        mov     al, dh
        shl     al, 2
        or      al, dl
        call    diskette_send
        mov     al, ch
        call    diskette_send
        movzx   si, dl
        mov     [si + bda_diskette_tracks], ch

; Waits for the end of a seek.
diskette_arrive:
        push    ecx
        mov     ecx, diskette_patience
.next:  mov     al, 0x08
        call    diskette_send
        call    diskette_results
        jc      .end
        test    byte [bda_diskette_result], 0x20
        jnz     .there
        dec     ecx
        jnz     .next
        mov     ah, disk_timeout
        stc
        jmp     .end
.there: clc
.end:   pop     ecx
        ret

; The DMA controller's channel 2, for the request at ES:BX (8237A data sheet).
diskette_dma:
        pushad
        movzx   eax, word [bp + caller.es]
        shl     eax, 4
        movzx   edi, bx
        add     eax, edi                ; where
        movzx   edi, word [fs:request_count]
        and     edi, 0xff
        shl     edi, 9
        dec     edi                     ; and how many bytes, less one
        movzx   edx, ax
        add     edx, edi
        cmp     edx, 0xffff
        ja      .boundary
        cli
        mov     ebx, eax
        mov     al, 0x06
        out     0x0a, al
        out     0x0c, al
        movzx   si, byte [fs:request_kind]
        mov     al, [cs:si + .modes]
        out     0x0b, al
        mov     al, bl
        out     0x04, al
        mov     al, bh
        out     0x04, al
        shr     ebx, 16
        mov     al, bl
        out     0x81, al
        mov     ax, di
        out     0x05, al
        mov     al, ah
        out     0x05, al
        mov     al, 0x02
        out     0x0a, al
        sti
        popad
        clc
        ret
.boundary:
        popad
        mov     ah, disk_dma_boundary
        stc
        ret

.modes: db      0x46, 0x4a, 0x42

; AL to the controller, when it takes it.
diskette_send:
        push    ecx
        push    dx
        push    ax
        mov     ecx, diskette_patience
        mov     dx, port_floppy_status
.next:  in      al, dx
        and     al, 0xc0
        cmp     al, 0x80
        je      .ready
        dec     ecx
        jnz     .next
.ready: pop     ax
        inc     dx
        out     dx, al
        pop     dx
        pop     ecx
        ret

; All bytes of an answer; carry and the status in AH when there is none.
diskette_results:
        push    ecx
        push    dx
        push    di
        mov     di, bda_diskette_result
        mov     ecx, diskette_patience
.next:  mov     dx, port_floppy_status
        in      al, dx
        test    al, 0x80
        jz      .wait
        test    al, 0x40
        jz      .end                    ; it waits for a command
        inc     dx
        in      al, dx
        cmp     di, bda_diskette_result + 7
        jae     .next
        mov     [di], al
        inc     di
        jmp     .next
.wait:  dec     ecx
        jnz     .next
        mov     ah, disk_timeout
        stc
        jmp     .out
.end:   clc
.out:   pop     di
        pop     dx
        pop     ecx
        ret

; What the answer means, as a status in AH.
diskette_error:
        mov     ah, 0
        test    byte [bda_diskette_result], 0xc0
        jz      .good
        mov     al, [bda_diskette_result + 1]
        mov     si, .meanings
.next:  test    al, [cs:si]
        jnz     .found
        add     si, 2
        cmp     si, .end
        jb      .next
        mov     ah, disk_controller
        stc
        ret
.found: mov     ah, [cs:si + 1]
        stc
        ret
.good:  clc
        ret

.meanings:
        db      0x80, disk_not_found, 0x20, disk_data_error, 0x10, 0x08, 0x04, disk_not_found, 0x02, disk_protected, 0x01, disk_address_mark
.end:
