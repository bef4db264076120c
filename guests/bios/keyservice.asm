; Interrupt 16h: what has been typed (the BIOS reference, "Interrupt 16H").

int16:
        service_begin
        sti
        service_dispatch key_functions, (key_functions_end - key_functions) / 2 - 1
        service_end

key_functions:
        dw      key_read, key_peek, key_shifts, key_rate, key_none, key_write, key_none, key_none
        dw      key_none, key_abilities, key_identity, key_none, key_none, key_none, key_none, key_none
        dw      key_read_enhanced, key_peek_enhanced, key_shifts_enhanced
        dw      key_none
key_functions_end:

key_none:
        ret

; 00h: the next key; programs of old know none of the enhanced keyboard's, so those look like their twins or are passed over
key_read:
        call    key_wait
        call    key_take
        call    key_old
        jc      key_read
        mov     [bp + caller.ax], ax
        ret

key_read_enhanced:
        call    key_wait
        call    key_take
        call    key_new
        mov     [bp + caller.ax], ax
        ret

; 01h: the next key without taking it; the zero flag tells that there is none
key_peek:
        call    key_next
        jz      key_no_key
        call    key_old
        jnc     key_is_there
        call    key_take
        jmp     key_peek

key_peek_enhanced:
        call    key_next
        jz      key_no_key
        call    key_new
key_is_there:
        mov     [bp + caller.ax], ax
        and     word [bp + caller.flags], ~flag_zero
        ret
key_no_key:
        or      word [bp + caller.flags], flag_zero
        ret

key_shifts:
        mov     al, [bda_shift]
        mov     [bp + caller.al], al
        ret

key_shifts_enhanced:
        mov     al, [bda_shift]
        mov     ah, [bda_shift_held]
        and     ah, 0x73                ; the right keys' bits come from the other byte
        mov     bl, [bda_keyboard_flags]
        and     bl, 0x0c
        or      ah, bl
        mov     [bp + caller.ax], ax
        ret

key_rate:
        ret

; 05h: CX as if it had been typed
key_write:
        mov     ax, cx
        cli
        call    key_store
        sti
        setc    [bp + caller.al]
        ret

; 09h: what this service can: read and set rates no, an enhanced keyboard yes
key_abilities:
        mov     byte [bp + caller.al], 0x20
        ret

; 0Ah: the keyboard's number
key_identity:
        mov     word [bp + caller.bx], 0x41ab
        ret

key_wait:
        call    key_next
        jnz     .came
        sti
        hlt
        jmp     key_wait
.came:  ret

; The next key in AX, or the zero flag. On a machine without a display, keys come from the serial line too.
key_next:
        cli
        mov     si, [bda_key_head]
        cmp     si, [bda_key_tail]
        jne     .there
        call    serial_key
        mov     si, [bda_key_head]
        cmp     si, [bda_key_tail]
        jne     .there
        sti
        ret
.there: mov     ax, [si]
        sti
        ret

key_take:
        cli
        mov     si, [bda_key_head]
        add     si, 2
        cmp     si, [bda_keys_end_at]
        jb      .in_place
        mov     si, [bda_keys_start_at]
.in_place:
        mov     [bda_key_head], si
        sti
        ret

key_new:
        cmp     al, 0xf0                ; a mark of keys that the enhanced keyboard has with Alt
        jne     .end
        test    ah, ah
        jz      .end
        mov     al, 0
.end:   ret

; AX as a keyboard of old would have it; carry when that has no such key.
key_old:
        cmp     ah, 0xe0
        je      .pad
        cmp     ah, 0x84
        ja      .none
        cmp     al, 0xe0
        jne     .known
        test    ah, ah
        jz      .known
        mov     al, 0
.known: clc
        ret
.pad:   mov     ah, 0x1c
        cmp     al, "/"
        jne     .known
        mov     ah, 0x35
        clc
        ret
.none:  stc
        ret
