; Interrupts 11h, 12h and 15h: what the machine is (the BIOS reference; for E820h and E801h the ACPI specification, "System address
; map interfaces").

int11:
        push    ds
        push    word bda_segment
        pop     ds
        mov     ax, [bda_equipment]
        pop     ds
        iret

int12:
        push    ds
        push    word bda_segment
        pop     ds
        mov     ax, [bda_memory]
        pop     ds
        iret

int15:
        service_begin
        mov     si, .functions
.next:  cmp     ah, [cs:si]
        je      .found
        add     si, 3
        cmp     si, .functions_end
        jb      .next
        mov     byte [bp + caller.ah], 0x86
        set_carry
        service_end
.found: call    [cs:si + 1]
        service_end

.functions:
        db      0x24
        dw      system_a20
        db      0x4f
        dw      system_key
        db      0x86
        dw      system_wait
        db      0x87
        dw      system_move
        db      0x88
        dw      system_extended_memory
        db      0x90
        dw      system_device
        db      0x91
        dw      system_device
        db      0xc0
        dw      system_configuration
        db      0xc1
        dw      system_extended_data
        db      0xe8
        dw      system_memory
.functions_end:

system_good:
        mov     byte [bp + caller.ah], 0
        clear_carry
        ret

system_refuse:
        mov     byte [bp + caller.ah], 0x86
        set_carry
        ret

; 24h: the A20 gate, by port 92h
system_a20:
        cmp     al, 3
        ja      system_refuse
        je      .support
        cmp     al, 2
        je      .status
        mov     ah, al
        shl     ah, 1
        in      al, port_a20
        and     al, 0xfc                ; bit 0 would reset the machine
        or      al, ah
        out     port_a20, al
        jmp     system_good
.status:
        in      al, port_a20
        shr     al, 1
        and     al, 1
        mov     [bp + caller.al], al
        jmp     system_good
.support:
        mov     word [bp + caller.bx], 0x0003   ; the keyboard controller and port 92h
        jmp     system_good

; 4Fh: nobody has changed the key
system_key:
        set_carry
        ret

; 86h: waits CX:DX microseconds, by the bit that changes every 15.085 of them
system_wait:
        mov     ax, cx
        shl     eax, 16
        mov     ax, dx
        xor     edx, edx
        mov     ecx, 15
        div     ecx
        mov     ecx, eax
        inc     ecx
        in      al, port_system
        and     al, 0x10
        mov     ah, al
.next:  in      al, port_system
        and     al, 0x10
        cmp     al, ah
        je      .next
        mov     ah, al
        dec     ecx
        jnz     .next
        jmp     system_good

; 87h: moves CX words as the table of descriptors at ES:SI says, from the third to the fourth
system_move:
        cli
        mov     si, [bp + caller.si]
        xor     edi, edi
        mov     di, es
        shl     edi, 4
        movzx   eax, si
        add     edi, eax                ; EDI: where the table is
        mov     word [es:si + 0x08], 0x2f
        mov     [es:si + 0x0a], edi     ; and the table describes itself, as an operand of LGDT
        mov     dword [es:si + 0x20], 0x0000ffff        ; this code
        mov     dword [es:si + 0x24], 0x00009b0f
        mov     dword [es:si + 0x28], 0x0000ffff        ; and data as real mode has them
        mov     dword [es:si + 0x2c], 0x00009300
        in      al, port_a20
        push    ax
        and     al, 0xfe
        or      al, 0x02
        out     port_a20, al
        sub     sp, 6
        mov     bx, sp
        sidt    [ss:bx]
        lgdt    [es:si + 0x08]
        mov     bx, ss
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        jmp     0x20:.protected
.protected:
        mov     ax, 0x10
        mov     ds, ax
        mov     ax, 0x18
        mov     es, ax
        xor     esi, esi
        xor     edi, edi
        movzx   ecx, cx
        a32 rep movsw
        mov     ax, 0x28
        mov     ds, ax
        mov     es, ax
        mov     eax, cr0
        and     al, 0xfe
        mov     cr0, eax
        jmp     0xf000:.real
.real:  mov     ss, bx
        add     sp, 6
        pop     ax
        and     al, 0xfe
        out     port_a20, al
        push    word bda_segment
        pop     ds
        test    word [bp + caller.flags], 0x0200
        jz      system_good
        sti
        jmp     system_good

; 88h: KiB above 1 MiB, of the first 64 MiB
system_extended_memory:
        call    memory_below_16m
        cmp     dx, 0
        je      .answer
        cmp     edx, 0x3000000 / 0x10000
        jb      .more
        mov     edx, 0x2f00000 / 0x10000
.more:  shl     edx, 6
        add     eax, edx
.answer:
        mov     [bp + caller.ax], ax
        clear_carry
        ret

; EAX: KiB between 1 and 16 MiB. EDX: 64 KiB units from 16 MiB to the devices.
memory_below_16m:
        read_cmos cmos_memory_above_16m + 1
        mov     ah, al
        read_cmos cmos_memory_above_16m
        movzx   edx, ax
        mov     eax, 15 << 10
        test    edx, edx
        jnz     .end
        read_cmos cmos_extended_memory + 1
        mov     ah, al
        read_cmos cmos_extended_memory
        movzx   eax, ax
.end:   ret

system_memory:
        cmp     al, 0x20
        je      system_memory_map
        cmp     al, 0x01
        jne     system_refuse
        ; E801h: KiB between 1 and 16 MiB, and 64 KiB units above, in two ways
        call    memory_below_16m
        mov     [bp + caller.ax], ax
        mov     [bp + caller.cx], ax
        mov     [bp + caller.bx], dx
        mov     [bp + caller.dx], dx
        clear_carry
        ret

; E820h: the range number EBX to ES:DI
system_memory_map:
        cmp     edx, "PAMS"
        jne     system_refuse
        mov     edx, [bp + caller.ecx]
        cmp     edx, 20
        jb      system_refuse
        mov     ecx, [bp + caller.ebx]
        mov     di, [bp + caller.di]
        cmp     ecx, 4
        ja      system_refuse
        je      .high
        cmp     ecx, 3
        je      .memory
        imul    si, cx, 12
        add     si, .fixed
        mov     eax, [cs:si]
        mov     [es:di], eax
        mov     eax, [cs:si + 4]
        mov     [es:di + 8], eax
        mov     eax, [cs:si + 8]
        mov     [es:di + 16], eax
        mov     dword [es:di + 4], 0
        mov     dword [es:di + 12], 0
        inc     ecx
        jmp     .answer
.memory:
        call    memory_below_16m
        shl     eax, 10
        shl     edx, 16
        add     eax, edx
        mov     dword [es:di], 0x100000
        mov     dword [es:di + 4], 0
        mov     [es:di + 8], eax
        mov     dword [es:di + 12], 0
        mov     dword [es:di + 16], 1
        call    memory_above_4g
        xor     ecx, ecx
        test    eax, eax
        jz      .answer
        mov     cl, 4
        jmp     .answer
.high:  call    memory_above_4g
        test    eax, eax
        jz      system_refuse
        mov     dword [es:di], 0
        mov     dword [es:di + 4], 1
        mov     edx, eax
        shl     eax, 16
        shr     edx, 16
        mov     [es:di + 8], eax
        mov     [es:di + 12], edx
        mov     dword [es:di + 16], 1
        xor     ecx, ecx
.answer:
        mov     [bp + caller.ebx], ecx
        mov     dword [bp + caller.ecx], 20
        mov     dword [bp + caller.eax], "PAMS"
        clear_carry
        ret

.fixed: dd      0, conventional_kib << 10, 1
        dd      ebda_segment << 4, 0xa0000 - (ebda_segment << 4), 2
        dd      0xf0000, 0x10000, 2

; EAX: 64 KiB units above 4 GiB.
memory_above_4g:
        read_cmos cmos_memory_above_4g + 2
        movzx   eax, al
        shl     eax, 16
        push    ax
        read_cmos cmos_memory_above_4g + 1
        mov     ah, al
        read_cmos cmos_memory_above_4g
        mov     dx, ax
        pop     ax
        mov     ax, dx
        ret

; 90h, 91h: a device is waited for, or is ready
system_device:
        jmp     system_good

; C0h: what the machine has
system_configuration:
        mov     word [bp + caller.es], cs
        mov     word [bp + caller.bx], .table
        jmp     system_good

.table: dw      8
        db      0xfc, 0x00, 0x01        ; an AT
        db      0x74                    ; two interrupt controllers, a clock, calls of 4Fh, an extended data area
        db      0x40, 0x00, 0x00, 0x00  ; the enhanced keyboard's services

; C1h
system_extended_data:
        mov     word [bp + caller.es], ebda_segment
        jmp     system_good

; Tells how much memory there is.
memory_print:
        call    memory_below_16m
        shl     edx, 6
        add     eax, edx
        add     eax, 1024
        mov     ecx, eax
        call    memory_above_4g
        shl     eax, 6
        add     eax, ecx
        shr     eax, 10
        call    print_number
        mov     si, .text
        jmp     print

.text:  db      " MiB of memory", 13, 10, 0
