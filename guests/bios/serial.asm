; Interrupt 14h, the serial lines (the BIOS reference, "Interrupt 14H"), and what is written where nobody looks at the display.

serial_lines            equ 4
serial_patience         equ 0xffff      ; readings of the line status

; Finds the lines: a scratch register that keeps what is written tells that one is there.
serial_setup:
        mov     si, serial_ports
        mov     di, bda_serial
        mov     cx, serial_lines
.next:  cs lodsw
        mov     dx, ax
        add     dx, 7
        mov     al, 0x5a
        out     dx, al
        in      al, dx
        cmp     al, 0x5a
        jne     .absent
        sub     dx, 7
        mov     [di], dx
        add     di, 2
        add     word [bda_equipment], 0x0200
.absent:
        loop    .next
        mov     dx, [bda_serial]
        test    dx, dx
        jz      .end
        mov     ax, 0x00e3              ; 9600 baud, eight bits
        call    serial_parameters
.end:   ret

serial_ports:
        dw      0x3f8, 0x2f8, 0x3e8, 0x2e8

; The character AL to the first line, on machines without a display.
serial_mirror:
        push    es
        push    word ebda_segment
        pop     es
        cmp     byte [es:ebda_headless], 0
        pop     es
        je      .end
        push    ax
        push    dx
        mov     dx, [bda_serial]
        test    dx, dx
        jz      .none
        call    serial_send
.none:  pop     dx
        pop     ax
.end:   ret

; What came on the first line, as a key, on machines without a display.
serial_key:
        push    es
        push    word ebda_segment
        pop     es
        cmp     byte [es:ebda_headless], 0
        pop     es
        je      .end
        push    dx
        mov     dx, [bda_serial]
        test    dx, dx
        jz      .none
        call    serial_status
        test    ah, 0x01
        jz      .none
        in      al, dx
        and     al, 0x7f
        cmp     al, 0x7f                ; what terminals send for Backspace
        jne     .typed
        mov     al, 8
.typed: mov     si, key_table           ; the key that has the character, alone, with Shift or with Control
        mov     cx, key_codes * 4
.find:  cmp     al, [cs:si]
        je      .found
.other: add     si, 2
        loop    .find
        jmp     .none
.found: mov     ax, [cs:si]
        test    al, al
        jz      .other
        call    key_store
.none:  pop     dx
.end:   ret

int14:
        service_begin
        cmp     dx, serial_lines
        jae     .end
        mov     di, dx
        shl     di, 1
        mov     dx, [di + bda_serial]
        test    dx, dx
        jz      .end
        cmp     ah, 4
        jae     .end
        movzx   di, ah
        shl     di, 1
        call    [cs:di + .functions]
.end:   service_end

.functions:
        dw      .initialize, .send, .receive, .status

.initialize:
        call    serial_parameters
.status:
        call    serial_status
        mov     [bp + caller.ax], ax
        ret
.send:
        call    serial_send
        mov     [bp + caller.ah], ah
        ret
.receive:
        mov     cx, serial_patience
.wait:  call    serial_status
        test    ah, 0x01
        jnz     .came
        loop    .wait
        or      ah, 0x80
        mov     [bp + caller.ah], ah
        ret
.came:  in      al, dx
        and     ah, 0x1e
        mov     [bp + caller.ax], ax
        ret

; The line at port DX: rate, parity, stop and data bits as the bits of AL say.
serial_parameters:
        push    bx
        mov     bl, al
        add     dx, 3
        mov     al, 0x80
        out     dx, al
        sub     dx, 3
        movzx   si, bl
        shr     si, 5
        shl     si, 1
        mov     ax, [cs:si + .divisors]
        out     dx, al
        inc     dx
        mov     al, ah
        out     dx, al
        add     dx, 2
        mov     al, bl
        and     al, 0x1f
        out     dx, al
        sub     dx, 2
        xor     al, al
        out     dx, al
        add     dx, 3
        mov     al, 0x03                ; ready, and wants to send
        out     dx, al
        sub     dx, 4
        pop     bx
        ret

.divisors:
        dw      1047, 768, 384, 192, 96, 48, 24, 12

; The character AL to the line at port DX; its status in AH, with bit 7 when the line did not take it.
serial_send:
        push    cx
        push    bx
        mov     bl, al
        mov     cx, serial_patience
.wait:  call    serial_status
        test    ah, 0x20
        jnz     .ready
        loop    .wait
        or      ah, 0x80
        jmp     .end
.ready: mov     al, bl
        out     dx, al
.end:   mov     al, bl
        pop     bx
        pop     cx
        ret

; AH: line status, AL: modem status, of the line at port DX.
serial_status:
        add     dx, 5
        in      al, dx
        mov     ah, al
        inc     dx
        in      al, dx
        sub     dx, 6
        ret

; Interrupt 17h: there are no printers.
int17:
        service_begin
        mov     byte [bp + caller.ah], 0x01
        service_end
