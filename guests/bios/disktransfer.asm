; Moves sectors between a disk and memory, by programmed input and output (ATA/ATAPI-6, "PIO data-in" and "data-out" protocols).

ata_patience            equ 0x4000000   ; readings of the status: a second or more on any host
ata_most_sectors        equ 128         ; in one command

; Registers, from the channel's first port
ata_data                equ 0
ata_error               equ 1
ata_count               equ 2
ata_low                 equ 3
ata_middle              equ 4
ata_high                equ 5
ata_drive               equ 6
ata_status              equ 7

; Status
ata_failed              equ 0x01
ata_data_ready          equ 0x08
ata_fault               equ 0x20
ata_busy                equ 0x80

; The request in FS, on the disk SI, with memory at ES:DI. What is done is counted in the request.
ata_transfer:
        push    es
        mov     word [fs:request_done], 0
.chunk: mov     cx, [fs:request_count]
        jcxz    .done
        cmp     cx, ata_most_sectors
        jbe     .fits
        mov     cx, ata_most_sectors
.fits:  call    ata_start
        jc      .end
        cmp     byte [fs:request_kind], kind_verify
        jne     .sector
        call    ata_wait
        jc      .end
        call    ata_advance
        jmp     .chunk
.sector:
        call    ata_wait_data
        jc      .end
        mov     ax, di                  ; so that a sector never runs over the end of the segment
        shr     ax, 4
        mov     dx, es
        add     ax, dx
        mov     es, ax
        and     di, 0x0f
        push    cx
        mov     cx, 256
        mov     dx, [fs:si + disk.command]
        cmp     byte [fs:request_kind], kind_write
        je      .write
        rep insw
        jmp     .moved
.write: push    ds
        push    si
        push    es
        pop     ds
        mov     si, di
        rep outsw
        mov     di, si
        pop     si
        pop     ds
.moved: mov     cx, 1
        call    ata_advance
        pop     cx
        loop    .sector
        call    ata_wait
        jc      .end
        jmp     .chunk
.done:  mov     ah, 0
        clc
.end:   pop     es
        ret

; CX sectors are done.
ata_advance:
        pushf
        push    ecx
        movzx   ecx, cx
        add     [fs:request_done], cx
        sub     [fs:request_count], cx
        add     [fs:request_sector], ecx
        adc     dword [fs:request_sector + 4], 0
        pop     ecx
        popf
        ret

; Begins the command for the request's next CX sectors.
ata_start:
        call    ata_select
        jc      .end
        mov     dx, [fs:si + disk.command]
        add     dx, ata_count
        mov     ah, 0                   ; AH: 1 for the commands of 48-bit numbers, which want their upper halves first
        cmp     dword [fs:request_sector + 4], 0
        jne     .wide
        cmp     dword [fs:request_sector], 0x0fffff00
        jb      .narrow
.wide:  mov     ah, 1
        mov     al, ch
        out     dx, al
        inc     dx
        mov     al, [fs:request_sector + 3]
        out     dx, al
        inc     dx
        mov     al, [fs:request_sector + 4]
        out     dx, al
        inc     dx
        mov     al, [fs:request_sector + 5]
        out     dx, al
        sub     dx, ata_high - ata_count
.narrow:
        mov     al, cl
        out     dx, al
        inc     dx
        mov     al, [fs:request_sector]
        out     dx, al
        inc     dx
        mov     al, [fs:request_sector + 1]
        out     dx, al
        inc     dx
        mov     al, [fs:request_sector + 2]
        out     dx, al
        inc     dx
        mov     al, 0x40                ; sectors by number
        test    ah, ah
        jnz     .drive
        or      al, [fs:request_sector + 3]
.drive: or      al, [fs:si + disk.select]
        out     dx, al
        inc     dx
        push    si
        movzx   si, byte [fs:request_kind]
        shl     si, 1
        movzx   ax, ah
        add     si, ax
        mov     al, [cs:si + .commands]
        pop     si
        out     dx, al
        clc
.end:   ret

.commands:
        db      0x20, 0x24, 0x30, 0x34, 0x40, 0x42      ; read, write and verify, each with its wide form

; Selects the disk's drive, when the channel has nothing to do.
ata_select:
        call    ata_wait
        mov     dx, [fs:si + disk.command]
        add     dx, ata_drive
        mov     al, [fs:si + disk.select]
        or      al, 0xa0
        out     dx, al
        jmp     ata_settle

ata_settle:
        push    ax
        push    cx
        mov     dx, [fs:si + disk.control]
        mov     cx, 4                   ; 400 ns
.next:  in      al, dx
        loop    .next
        pop     cx
        pop     ax
        ; and waits

; Waits until the channel is not busy; carry and the status in AH when that takes too long, or when the drive tells of an error.
ata_wait:
        push    ecx
        push    dx
        mov     dx, [fs:si + disk.command]
        add     dx, ata_status
        mov     ecx, ata_patience
.next:  in      al, dx
        test    al, ata_busy
        jz      .ready
        dec     ecx
        jnz     .next
        mov     ah, disk_timeout
        jmp     .failed
.ready: test    al, ata_failed | ata_fault
        jz      .good
        sub     dx, ata_status - ata_error
        in      al, dx
        mov     ah, disk_not_found
        test    al, 0x10
        jnz     .failed
        mov     ah, disk_data_error
        test    al, 0x40
        jnz     .failed
        mov     ah, disk_controller
.failed:
        stc
        jmp     .end
.good:  clc
.end:   pop     dx
        pop     ecx
        ret

; The same, until there are data to move.
ata_wait_data:
        push    ecx
        push    dx
        mov     ecx, ata_patience
.next:  call    ata_wait
        jc      .end
        mov     dx, [fs:si + disk.command]
        add     dx, ata_status
        in      al, dx
        test    al, ata_data_ready
        jnz     .ready
        dec     ecx
        jnz     .next
        mov     ah, disk_timeout
        stc
        jmp     .end
.ready: clc
.end:   pop     dx
        pop     ecx
        ret
