; The table of processors and interrupts (MultiProcessor Specification 1.4, chapter 4), for systems that look for no other. It
; is in the memory behind the ROM, where there is any.

mp_most_processors      equ 64
mp_io_apic              equ 0xfec00000
mp_local_apic           equ 0xfee00000
mp_bus                  equ 0

processors_setup:
        cmp     byte [cs:shadow_is_memory], 0
        je      .none
        mov     ax, fw_processors
        call    fw_word
        test    ax, ax
        jz      .none
        cmp     ax, mp_most_processors
        jbe     .count
        mov     ax, mp_most_processors
.count: mov     bp, ax
        push    cs
        pop     es
        mov     di, mp_table + mp_header_length
        xor     bl, bl
.processor:
        mov     al, 0                   ; 4.3.1
        stosb
        mov     al, bl
        stosb
        mov     al, 0x14                ; the version of its APIC
        stosb
        cmp     bl, 1                   ; it is there; and the first is the one that starts
        mov     al, 3
        jb      .flags
        mov     al, 1
.flags: stosb
        call    processor_identity
        stosd
        mov     eax, edx
        stosd
        xor     eax, eax
        stosd
        stosd
        inc     bl
        mov     al, bl
        cbw
        cmp     ax, bp
        jb      .processor
        mov     si, mp_fixed
        mov     cx, mp_fixed_end - mp_fixed
        cs rep movsb
        mov     cx, 16
        xor     bl, bl
.interrupt:                             ; 4.3.4: those of the old bus, at the inputs with their numbers, the timer at 2
        cmp     bl, 2
        je      .next
        mov     ax, 0x0003
        stosw
        mov     ax, 0                   ; polarity and trigger of the bus
        cmp     bl, 10
        jb      .edge
        cmp     bl, 11
        ja      .edge
        mov     ax, 0x000d              ; of PCI devices: high here, and levels
.edge:  stosw
        mov     al, mp_bus
        mov     ah, bl
        stosw
        mov     al, 0
        mov     ah, bl
        test    bl, bl
        jnz     .input
        mov     ah, 2
.input: stosw
.next:  inc     bl
        loop    .interrupt
        mov     si, mp_local
        mov     cx, mp_local_end - mp_local
        cs rep movsb

        mov     cx, di
        sub     cx, mp_table            ; the header, 4.2
        mov     [cs:mp_table + 4], cx
        add     bp, mp_entries_beside
        mov     [cs:mp_table + 34], bp
        mov     si, mp_table
        mov     di, mp_table + 7
        call    .checksum
        mov     si, mp_pointer
        mov     di, mp_pointer + 10
        mov     cx, 16
        mov     dword [cs:mp_pointer], "_MP_"
.checksum:                              ; the CX bytes at SI become zero in sum, by the one at DI
        mov     ah, 0
.sum:   cs lodsb
        add     ah, al
        loop    .sum
        sub     [cs:di], ah
.none:  ret

; What processor this is, in EAX, and its features in EDX; a 486 and what it must have where CPUID is not there, which a flag tells
; that cannot be changed (SDM volume 2, "CPUID").
processor_identity:
        pushfd
        pop     eax
        mov     edx, eax
        xor     eax, 0x200000
        push    eax
        popfd
        pushfd
        pop     eax
        xor     eax, edx
        push    edx
        popfd
        mov     edx, 0x00000201         ; a coprocessor and an APIC
        test    eax, 0x200000
        mov     eax, 0x00000400
        jz      .end
        push    ebx
        push    ecx
        mov     eax, 1
        cpuid
        pop     ecx
        pop     ebx
.end:   ret

; The first processor's APIC passes the 8259s' interrupts on (MultiProcessor Specification 3.6.2.2, virtual wire mode; SDM volume 3,
; "Advanced programmable interrupt controller"). It is beyond the first MiB, which a segment with a larger limit reaches.
apic_setup:
        call    processor_identity
        test    edx, 0x200
        jz      .none
        cs lgdt [.table_pointer]
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        mov     bx, 8
        mov     gs, bx
        and     al, 0xfe
        mov     cr0, eax
        mov     edi, mp_local_apic
        mov     dword [gs:edi + 0xf0], 0x1ff    ; on
        mov     dword [gs:edi + 0x350], 0x700   ; the 8259s at input 0
        mov     dword [gs:edi + 0x360], 0x400   ; NMI at input 1
        xor     bx, bx
        mov     gs, bx
.none:  ret

        align   8, db 0
.table: dq      0
        dq      0x008f93000000ffff
.table_pointer:
        dw      $ - .table - 1
        dd      0xf0000 + .table

mp_entries_beside       equ 2 + 15 + 2  ; buses and I/O APIC, interrupts, local interrupts

mp_fixed:
        db      1, mp_bus               ; 4.3.2
        db      "ISA   "
        db      2, 0, 0x11, 1           ; 4.3.3: identity 0, version, there
        dd      mp_io_apic
mp_fixed_end:

mp_local:                               ; 4.3.5: the 8259s at input 0, NMI at input 1, of all
        db      4, 3
        dw      0
        db      mp_bus, 0, 0xff, 0
        db      4, 1
        dw      0
        db      mp_bus, 0, 0xff, 1
mp_local_end:

        align   16, db 0
mp_pointer:                             ; 4.1; it has its signature only when the table is there
        dd      0
        dd      0xf0000 + mp_table
        db      1, 4, 0, 0
        dd      0

mp_table:
        db      "PCMP"
        dw      0
        db      4, 0
        db      "MIMUS   "
        db      "PC          "
        dd      0
        dw      0, 0
        dd      mp_local_apic
        dd      0
mp_header_length        equ $ - mp_table
        times   mp_most_processors * 20 + 256 db 0
