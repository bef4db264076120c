; Finds the disks of the two channels (ATA/ATAPI-6, "IDENTIFY DEVICE").

disk_setup:
        push    fs
        push    word ebda_segment
        pop     fs
        mov     si, ebda_disks
        mov     bx, .places
.next:  mov     ax, [cs:bx]
        mov     [fs:si + disk.command], ax
        mov     ax, [cs:bx + 2]
        mov     [fs:si + disk.control], ax
        mov     al, [cs:bx + 4]
        mov     [fs:si + disk.select], al
        push    bx
        call    disk_identify
        pop     bx
        jc      .absent
        call    disk_announce
        inc     byte [bda_disk_count]
        add     si, disk.size
.absent:
        add     bx, 5
        cmp     bx, .places_end
        jb      .next
        pop     fs
        ret

%macro  disk_place 3
        dw      %1, %2
        db      %3
%endmacro

.places:
        disk_place 0x1f0, 0x3f6, 0x00
        disk_place 0x1f0, 0x3f6, 0x10
        disk_place 0x170, 0x376, 0x00
        disk_place 0x170, 0x376, 0x10
.places_end:

; Asks the drive of the record SI what it is; carry when it is no disk.
disk_identify:
        mov     dx, [fs:si + disk.command]
        add     dx, ata_status
        in      al, dx
        cmp     al, 0xff                ; nothing drives the lines
        je      .none
        call    ata_select
        mov     dx, [fs:si + disk.command]
        add     dx, ata_count           ; a drive keeps what is written there
        mov     al, 0x55
        out     dx, al
        in      al, dx
        cmp     al, 0x55
        jne     .none
        add     dx, ata_status - ata_count
        in      al, dx
        test    al, al
        jz      .none
        mov     al, 0xec
        out     dx, al
        call    ata_settle
        jc      .none                   ; a CD refuses
        call    ata_wait_data
        jc      .none
        push    fs
        pop     es
        mov     di, ebda_sector
        mov     dx, [fs:si + disk.command]
        mov     cx, 256
        rep insw
        mov     eax, [fs:ebda_sector + 60 * 2]
        xor     edx, edx
        test    word [fs:ebda_sector + 83 * 2], 0x0400
        jz      .sectors
        mov     byte [fs:si + disk.wide], 1
        mov     ecx, [fs:ebda_sector + 100 * 2]
        or      ecx, [fs:ebda_sector + 102 * 2]
        jz      .sectors
        mov     eax, [fs:ebda_sector + 100 * 2]
        mov     edx, [fs:ebda_sector + 102 * 2]
.sectors:
        mov     [fs:si + disk.total], eax
        mov     [fs:si + disk.total + 4], edx
        call    disk_shape
        clc
        ret
.none:  stc
        ret

; Cylinders, heads and sectors as programs see them: the disk's own, or, when the set-up says that it has too many cylinders, those
; with as many heads as the size wants ("LBA-assisted translation" of EDD's annex).
disk_shape:
        mov     ax, [fs:ebda_sector + 1 * 2]
        mov     [fs:si + disk.cylinders], ax
        mov     ax, [fs:ebda_sector + 3 * 2]
        mov     [fs:si + disk.heads], ax
        mov     ax, [fs:ebda_sector + 6 * 2]
        mov     [fs:si + disk.sectors], ax
        read_cmos cmos_translation
        mov     cl, [bda_disk_count]
        shl     cl, 1
        shr     al, cl
        test    al, 0x03
        jz      .end
        mov     word [fs:si + disk.sectors], 63
        mov     eax, [fs:si + disk.total]
        cmp     dword [fs:si + disk.total + 4], 0
        jne     .most
        cmp     eax, 63 * 255 * 1024
        jae     .most
        xor     edx, edx
        mov     ecx, 63
        div     ecx
        mov     cx, 16
.heads: push    eax
        xor     edx, edx
        movzx   ebx, cx
        div     ebx
        mov     ebx, eax
        pop     eax
        cmp     ebx, 1024
        jbe     .found
        shl     cx, 1
        cmp     cx, 256
        jb      .heads
        mov     cx, 255
        xor     edx, edx
        movzx   ebx, cx
        div     ebx
        mov     ebx, eax
.found: mov     [fs:si + disk.heads], cx
        mov     [fs:si + disk.cylinders], bx
        ret
.most:  mov     word [fs:si + disk.heads], 255
        mov     word [fs:si + disk.cylinders], 1024
.end:   ret

disk_announce:
        pushad
        mov     si, .text
        call    print
        mov     al, [bda_disk_count]
        add     al, "0"
        mov     ah, 0x0e
        mov     bx, 0x0007
        int     0x10
        mov     si, .colon
        call    print
        popad
        pushad
        mov     eax, [fs:si + disk.total]
        mov     edx, [fs:si + disk.total + 4]
        shrd    eax, edx, 11
        call    print_number
        mov     si, .unit
        call    print
        popad
        ret

.text:  db      "Disk ", 0
.colon: db      ": ", 0
.unit:  db      " MiB", 13, 10, 0
