; The PCI bus: what firmware sets up for systems that do not, and the services of interrupt 1Ah (PCI BIOS Specification 2.1).

port_pci_address        equ 0xcf8
port_pci_data           equ 0xcfc

pci_host_440fx          equ 0x12378086
pci_host_q35            equ 0x29c08086
pci_bridge_piix3        equ 0x70008086

shadow_copy             equ 0x1000      ; a segment that nobody uses yet

; Functions of the bus by number: device in bits 3 to 7, function in bits 0 to 2

; The doubleword at byte DI of function BX, in EAX.
pci_read:
        call    pci_address
        in      eax, dx
        ret

; EAX to it.
pci_write:
        call    pci_address
        out     dx, eax
        ret

pci_address:
        push    eax
        movzx   eax, bx
        shl     eax, 8
        push    di
        and     di, 0xfc
        or      ax, di
        pop     di
        or      eax, 0x80000000
        mov     dx, port_pci_address
        out     dx, eax
        mov     dx, port_pci_data
        pop     eax
        ret

; AL to byte DI of function BX.
pci_write_byte:
        call    pci_address
        push    di
        and     di, 0x03
        add     dx, di
        pop     di
        out     dx, al
        ret

pci_setup:
        xor     bx, bx
        xor     di, di
        call    pci_read
        mov     di, 0x59                ; the attributes of the memory behind ROMs (82441FX data sheet, "PAM")
        cmp     eax, pci_host_440fx
        je      .shadow
        mov     di, 0x90                ; the same of the Q35
        cmp     eax, pci_host_q35
        jne     .wires
.shadow:                                ; a copy of the ROM copies itself behind the ROM, when that is all memory
        push    ds
        push    cs
        pop     ds
        push    word shadow_copy
        pop     es
        call    .copy
        jmp     shadow_copy:.in_copy
.in_copy:
        mov     al, 0x30
        call    pci_write_byte
        push    ds
        push    es
        pop     ds
        pop     es
        call    .copy
        jmp     0xf000:.shadowed
.copy:  push    di
        xor     si, si
        xor     di, di
        mov     cx, 0x4000
        rep movsd
        pop     di
        ret
.shadowed:
        pop     ds
        mov     byte [cs:shadow_is_memory], 1
.wires: mov     bx, 1 << 3
        xor     di, di
        call    pci_read
        cmp     eax, pci_bridge_piix3
        jne     .end
        mov     di, 0x60                ; the four wires to interrupts 10, 10, 11 and 11, which are levels
        mov     eax, 0x0b0b0a0a
        call    pci_write
        mov     dx, 0x4d0
        xor     al, al
        out     dx, al
        inc     dx
        mov     al, 0x0c
        out     dx, al
        xor     bx, bx
.device:
        xor     di, di
        call    pci_read
        cmp     ax, 0xffff
        je      .next
        mov     di, 0x3c                ; the pin, and the interrupt at which it arrives
        call    pci_read
        test    ah, ah
        jz      .next
        mov     cl, bl
        shr     cl, 3
        add     cl, ah
        sub     cl, 2                   ; the bridge is device 1, and pins count from 1
        mov     al, 10
        test    cl, 0x02
        jz      .interrupt
        mov     al, 11
.interrupt:
        call    pci_write_byte
.next:  inc     bx
        cmp     bx, 256
        jb      .device
.end:   ret

shadow_is_memory:
        db      0

; B1h of interrupt 1Ah
pci_service:
        cmp     al, 0x01
        je      .present
        cmp     al, 0x02
        je      .find_device
        cmp     al, 0x03
        je      .find_class
        cmp     al, 0x08
        jb      .unknown
        cmp     al, 0x0d
        ja      .unknown
        ; 08h to 0Dh: read and write byte DI of function BX, in three widths
        cmp     bh, 0
        jne     .absent
        movzx   si, al
        shl     si, 1
        call    pci_address
        push    di
        and     di, 0x03
        add     dx, di
        pop     di
        call    [cs:si + .accesses - 0x08 * 2]
        jmp     .good
.accesses:
        dw      .read_byte, .read_word, .read_double, .write_byte, .write_word, .write_double
.read_byte:
        in      al, dx
        mov     [bp + caller.cl], al
        ret
.read_word:
        in      ax, dx
        mov     [bp + caller.cx], ax
        ret
.read_double:
        in      eax, dx
        mov     [bp + caller.ecx], eax
        ret
.write_byte:
        mov     al, cl
        out     dx, al
        ret
.write_word:
        mov     ax, cx
        out     dx, ax
        ret
.write_double:
        mov     eax, ecx
        out     dx, eax
        ret
.present:
        mov     dword [bp + caller.edx], "PCI "
        mov     word [bp + caller.bx], 0x0210
        mov     byte [bp + caller.cl], 0        ; the last bus
        mov     byte [bp + caller.al], 0x01     ; configuration mechanism 1
        jmp     .good
.find_device:                           ; number SI with device CX and vendor DX
        shl     ecx, 16
        mov     cx, dx
        mov     edi, 0
        mov     dl, 0
        jmp     .find
.find_class:                            ; number SI with the class in ECX
        shl     ecx, 8
        mov     di, 0x08
        mov     dl, 8
.find:  mov     si, [bp + caller.si]
        mov     bx, 0
.next:  push    di
        push    dx
        xor     di, di
        call    pci_read
        pop     dx
        pop     di
        cmp     ax, 0xffff
        je      .other
        push    dx
        call    pci_read
        pop     dx
        cmp     dl, 0
        je      .compare
        mov     al, 0                   ; without the revision
.compare:
        cmp     eax, ecx
        jne     .other
        sub     si, 1
        jc      .found
.other: inc     bx
        cmp     bx, 256
        jb      .next
.absent:
        mov     byte [bp + caller.ah], 0x86
        set_carry
        ret
.found: mov     [bp + caller.bx], bx
.good:  mov     byte [bp + caller.ah], 0
        clear_carry
        ret
.unknown:
        mov     byte [bp + caller.ah], 0x81
        set_carry
        ret
