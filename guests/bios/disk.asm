; Interrupt 13h: diskettes and disks (the BIOS reference, "Interrupt 13H"; EDD for functions from 41h on). A function answers with
; the status in AH, and the carry flag when it failed; FS is the extended data area, and SI the record of the disk.

; Status
disk_invalid            equ 0x01        ; a function that is not there, or a parameter that cannot be
disk_address_mark       equ 0x02
disk_protected          equ 0x03
disk_not_found          equ 0x04        ; the sector
disk_dma_boundary       equ 0x09
disk_data_error         equ 0x10
disk_controller         equ 0x20
disk_timeout            equ 0x80

; request_kind
kind_read               equ 0
kind_write              equ 1
kind_verify             equ 2

int13:
        service_begin
        sti
        push    fs
        push    word ebda_segment
        pop     fs
        cmp     dl, 0x80
        jae     .disk
        cmp     dl, [fs:ebda_floppy_count]
        jae     .absent
        service_dispatch diskette_functions, (diskette_functions_end - diskette_functions) / 2 - 1
        mov     di, bda_diskette_status
        jmp     .answer
.disk:  mov     si, dx
        and     si, 0x7f
        movzx   di, byte [bda_disk_count]
        cmp     si, di
        jae     .absent
        imul    si, disk.size
        add     si, ebda_disks
        cmp     ah, 0x41
        jae     .extended
        service_dispatch disk_functions, (disk_functions_end - disk_functions) / 2 - 1
        mov     di, bda_disk_status
        jmp     .answer
.extended:
        sub     ah, 0x41
        service_dispatch extended_functions, (extended_functions_end - extended_functions) / 2 - 1
        mov     di, bda_disk_status
        jmp     .answer
.absent:
        mov     di, bda_disk_status
        mov     ah, disk_invalid
        cmp     byte [bp + caller.ah], 0x15
        jne     .refuse
        mov     ah, 0                   ; "there is no such drive" is an answer
        mov     [bp + caller.cx], word 0
        mov     [bp + caller.dx], word 0
        clc
        jmp     .answer
.refuse:
        stc
.answer:
        mov     [bp + caller.ah], ah
        jc      .failed
        mov     byte [di], 0
        clear_carry
        jmp     .end
.failed:
        mov     [di], ah
        set_carry
.end:   pop     fs
        service_end

disk_functions:
        dw      disk_reset, disk_status, disk_read, disk_write, disk_verify, disk_none, disk_none, disk_none
        dw      disk_parameters, disk_good, disk_none, disk_none, disk_seek, disk_reset, disk_none, disk_none
        dw      disk_good, disk_good, disk_none, disk_none, disk_good, disk_type
        dw      disk_none
disk_functions_end:

extended_functions:                     ; from 41h on
        dw      extended_check, extended_read, extended_write, extended_verify, disk_none, disk_none, extended_seek, extended_parameters
        dw      disk_none
extended_functions_end:

disk_none:
        mov     ah, disk_invalid
        stc
        ret

disk_reset:
disk_good:
        mov     ah, 0
        clc
        ret

disk_status:
        mov     al, [bda_disk_status]
        mov     [bp + caller.al], al
        jmp     disk_good

disk_read:
        mov     byte [fs:request_kind], kind_read
        jmp     disk_chs
disk_write:
        mov     byte [fs:request_kind], kind_write
        jmp     disk_chs
disk_verify:
        mov     byte [fs:request_kind], kind_verify
        ; AL sectors from cylinder, head and sector on, at ES:BX
disk_chs:
        call    disk_find
        jc      .invalid
        test    al, al
        jz      .invalid
        movzx   ax, al
        mov     [fs:request_count], ax
        mov     di, bx
        call    ata_transfer
        mov     al, [fs:request_done]
        mov     [bp + caller.al], al
        ret
.invalid:
        mov     byte [bp + caller.al], 0
        jmp     disk_none

disk_seek:
        call    disk_find
        jc      disk_none
        jmp     disk_good

; The sector that CX and DH name, into the request; carry when there is none such.
disk_find:
        push    ax
        movzx   eax, cl
        shr     eax, 6
        shl     eax, 8
        mov     al, ch                  ; the cylinder
        cmp     ax, [fs:si + disk.cylinders]
        jae     .none
        push    dx
        movzx   edx, dh
        cmp     dx, [fs:si + disk.heads]
        movzx   edi, word [fs:si + disk.heads]
        jae     .no_head
        imul    eax, edi
        add     eax, edx
        pop     dx
        movzx   edi, word [fs:si + disk.sectors]
        imul    eax, edi
        push    dx
        movzx   edx, cl
        and     dl, 0x3f
        jz      .no_head
        cmp     dx, di
        ja      .no_head
        dec     dx
        add     eax, edx
        pop     dx
        mov     [fs:request_sector], eax
        mov     dword [fs:request_sector + 4], 0
        pop     ax
        clc
        ret
.no_head:
        pop     dx
.none:  pop     ax
        stc
        ret

; 08h: the last cylinder, sector and head, and how many disks there are
disk_parameters:
        mov     ax, [fs:si + disk.cylinders]
        dec     ax
        mov     ch, al
        mov     cl, ah
        shl     cl, 6
        or      cl, [fs:si + disk.sectors]
        mov     [bp + caller.cx], cx
        mov     dh, [fs:si + disk.heads]
        dec     dh
        mov     dl, [bda_disk_count]
        mov     [bp + caller.dx], dx
        mov     byte [bp + caller.al], 0
        jmp     disk_good

; 15h: a disk, and its sectors in CX:DX
disk_type:
        movzx   eax, word [fs:si + disk.cylinders]
        movzx   edx, word [fs:si + disk.heads]
        imul    eax, edx
        movzx   edx, word [fs:si + disk.sectors]
        imul    eax, edx
        mov     [bp + caller.dx], ax
        shr     eax, 16
        mov     [bp + caller.cx], ax
        mov     ah, 3
        clc
        ret

; 41h: version 3.0; packets (bit 0) and what a drive is (bit 2)
extended_check:
        cmp     bx, 0x55aa
        jne     disk_none
        mov     word [bp + caller.bx], 0xaa55
        mov     word [bp + caller.cx], 0x0005
        mov     ah, 0x30
        clc
        ret

extended_read:
        mov     byte [fs:request_kind], kind_read
        jmp     extended_transfer
extended_write:
        mov     byte [fs:request_kind], kind_write
        jmp     extended_transfer
extended_verify:
        mov     byte [fs:request_kind], kind_verify
extended_transfer:
        call    extended_find
        jc      disk_none
        push    di
        push    es
        les     di, [es:di + 4]         ; the buffer
        call    ata_transfer
        pop     es
        pop     di
        pushf
        push    ax
        mov     ax, [fs:request_done]
        mov     [es:di + 2], ax
        pop     ax
        popf
        ret

extended_seek:
        call    extended_find
        jc      disk_none
        jmp     disk_good

; The request of the packet at the caller's DS:SI, which is left in ES:DI; carry when it cannot be.
extended_find:
        mov     es, [bp + caller.ds]
        mov     di, [bp + caller.si]
        cmp     byte [es:di], 16
        jb      .invalid
        mov     ax, [es:di + 2]
        cmp     ax, 127
        ja      .invalid
        mov     [fs:request_count], ax
        movzx   ecx, ax
        mov     eax, [es:di + 8]
        mov     edx, [es:di + 12]
        mov     [fs:request_sector], eax
        mov     [fs:request_sector + 4], edx
        add     eax, ecx                ; the last one must be there
        adc     edx, 0
        jc      .invalid
        cmp     edx, [fs:si + disk.total + 4]
        jne     .compared
        cmp     eax, [fs:si + disk.total]
        je      .valid
.compared:
        jae     .invalid
.valid: clc
        ret
.invalid:
        stc
        ret

; 48h: what the disk is, at the caller's DS:SI
extended_parameters:
        mov     es, [bp + caller.ds]
        mov     di, [bp + caller.si]
        cmp     word [es:di], 26
        jb      disk_none
        mov     word [es:di], 26
        mov     word [es:di + 2], 0x0002        ; the cylinders, heads and sectors are valid
        xor     eax, eax
        mov     ax, [fs:si + disk.cylinders]
        mov     [es:di + 4], eax
        mov     ax, [fs:si + disk.heads]
        mov     [es:di + 8], eax
        mov     ax, [fs:si + disk.sectors]
        mov     [es:di + 12], eax
        mov     eax, [fs:si + disk.total]
        mov     [es:di + 16], eax
        mov     eax, [fs:si + disk.total + 4]
        mov     [es:di + 20], eax
        mov     word [es:di + 24], 512
        jmp     disk_good
