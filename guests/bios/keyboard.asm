; The keyboard: its controller, interrupt 9 and interrupt 16h (the BIOS reference, "Interrupt 16H" and "Keyboard").

; Bits of bda_shift
shift_right             equ 0x01
shift_left              equ 0x02
shift_control           equ 0x04
shift_alternate         equ 0x08
shift_scroll_lock       equ 0x10
shift_number_lock       equ 0x20
shift_capitals_lock     equ 0x40
shift_insert            equ 0x80

; Bits of bda_keyboard_flags
key_after_e1            equ 0x01
key_after_e0            equ 0x02
key_enhanced            equ 0x10

; Codes of set 1
code_control            equ 0x1d
code_left_shift         equ 0x2a
code_right_shift        equ 0x36
code_alternate          equ 0x38
code_capitals_lock      equ 0x3a
code_number_lock        equ 0x45
code_scroll_lock        equ 0x46
code_home               equ 0x47
code_insert             equ 0x52
code_delete             equ 0x53

; The controller translates and interrupts (PS/2 Hardware Interface Technical Reference, "Keyboard and auxiliary device controller").
keyboard_setup:
        mov     byte [bda_keyboard_flags], key_enhanced
        mov     bl, 0xae                ; keyboard on
        call    controller_command
.drain: in      al, port_keyboard_command
        test    al, 0x01
        jz      .empty
        in      al, port_keyboard
        jmp     .drain
.empty: mov     bl, 0x60                ; the command byte
        call    controller_command
        call    controller_ready
        mov     al, 0x61                ; translation, no mouse, the keyboard's interrupt
        out     port_keyboard, al
        call    controller_ready
        mov     al, 0xf4                ; keys are sent
        out     port_keyboard, al
        mov     cx, 0xffff
.answer:
        in      al, port_keyboard_command
        test    al, 0x01
        loopz   .answer
        in      al, port_keyboard
        ret

controller_command:
        call    controller_ready
        mov     al, bl
        out     port_keyboard_command, al
        ret

controller_ready:
        push    cx
        mov     cx, 0xffff
.next:  in      al, port_keyboard_command
        test    al, 0x02
        loopnz  .next
        pop     cx
        ret

interrupt_keyboard:
        service_begin
        in      al, port_keyboard
        mov     ah, 0x4f                ; programs may change the code, or take it
        stc
        int     0x15
        jnc     .end
        call    key_code
.end:   mov     al, end_of_interrupt
        out     port_pic1, al
        service_end

; What the code AL means.
key_code:
        mov     dl, [bda_keyboard_flags]
        cmp     al, 0xe0
        je      .e0
        cmp     al, 0xe1
        je      .e1
        and     byte [bda_keyboard_flags], ~key_after_e0
        test    dl, key_after_e1
        jnz     .in_pause
        mov     ah, al
        and     al, 0x7f
        call    key_modifier
        jnc     .end
        test    ah, 0x80
        jnz     .released
        jmp     key_pressed
.released:
        ret
.in_pause:                              ; Pause: E1 1D 45, then the same released
        mov     ah, al
        and     ah, 0x7f
        cmp     ah, code_number_lock
        jne     .end
        and     byte [bda_keyboard_flags], ~key_after_e1
.end:   ret
.e0:    or      byte [bda_keyboard_flags], key_after_e0
        ret
.e1:    or      byte [bda_keyboard_flags], key_after_e1
        ret

; A key that changes others: AL the key, bit 7 of AH when it is let go, bit 1 of DL behind E0h. Carry: it is none of them.
key_modifier:
        mov     si, .held
.next_held:
        cmp     al, [cs:si]
        je      .is_held
        add     si, 3
        cmp     si, .locks
        jb      .next_held
.next_lock:
        cmp     al, [cs:si]
        je      .is_lock
        add     si, 2
        cmp     si, .end
        jb      .next_lock
        stc
        ret

.is_held:
        test    dl, key_after_e0
        jz      .left
        cmp     al, code_left_shift     ; the shifts that the keyboard puts around keys of the second block
        je      .done
        cmp     al, code_right_shift
        je      .done
.left:  mov     bl, [cs:si + 1]
        mov     bh, [cs:si + 2]         ; the bit of the left one in bda_shift_held; of the right one in bda_keyboard_flags, two up
        test    ah, 0x80
        jnz     .let_go
        or      [bda_shift], bl
        test    dl, key_after_e0
        jnz     .right_held
        or      [bda_shift_held], bh
        clc
        ret
.right_held:
        shl     bh, 2
        or      [bda_keyboard_flags], bh
        clc
        ret
.let_go:
        not     bl
        test    dl, key_after_e0
        jnz     .right_let_go
        not     bh
        and     [bda_shift_held], bh
        not     bh
        shl     bh, 2
        test    [bda_keyboard_flags], bh
        jmp     .other
.right_let_go:
        mov     cl, bh
        shl     cl, 2
        not     cl
        and     [bda_keyboard_flags], cl
        test    [bda_shift_held], bh
.other: jnz     .done                   ; the other one is held yet
        and     [bda_shift], bl
.done:  cmp     al, code_alternate      ; a character by its number ends with this key
        jne     .none
        test    ah, 0x80
        jz      .none
        xor     al, al
        xchg    al, [bda_keypad_number]
        test    al, al
        jz      .none
        mov     ah, 0
        call    key_store
.none:  clc
        ret

.is_lock:
        cmp     al, code_number_lock
        jne     .toggle
        test    byte [bda_shift], shift_control
        jnz     .none
.toggle:
        cmp     al, code_insert
        je      .insert
        mov     bl, [cs:si + 1]
        test    ah, 0x80
        jnz     .lock_let_go
        test    [bda_shift_held], bl
        jnz     .none                   ; it repeats
        or      [bda_shift_held], bl
        xor     [bda_shift], bl
        clc
        ret
.lock_let_go:
        not     bl
        and     [bda_shift_held], bl
        clc
        ret
.insert:                                ; it is a key as well
        test    ah, 0x80
        jnz     .as_key
        test    byte [bda_shift], shift_alternate
        jnz     .as_key
        xor     byte [bda_shift], shift_insert
.as_key:
        stc
        ret

.held:  db      code_left_shift, shift_left, 0
        db      code_right_shift, shift_right, 0
        db      code_control, shift_control, 0x01
        db      code_alternate, shift_alternate, 0x02
.locks: db      code_capitals_lock, shift_capitals_lock
        db      code_number_lock, shift_number_lock
        db      code_scroll_lock, shift_scroll_lock
        db      code_insert, shift_insert
.end:

; The key AL, which is pressed: the word that it stands for into the buffer.
key_pressed:
        mov     bl, [bda_shift]
        test    bl, shift_control
        jz      .usual
        test    bl, shift_alternate
        jz      .control
        cmp     al, code_delete
        je      .restart
.control:
        cmp     al, code_scroll_lock
        jne     .usual
        test    dl, key_after_e0
        jnz     .break
.usual: test    dl, key_after_e0
        jnz     .second_block
        test    bl, shift_alternate
        jz      .find
        cmp     al, code_home
        jb      .find
        cmp     al, code_insert
        jbe     .number
.find:  movzx   si, al
        cmp     si, key_codes
        jae     .end
        imul    si, si, 8
        add     si, key_table
        test    bl, shift_alternate
        jnz     .alternate
        test    bl, shift_control
        jnz     .with_control
        mov     cl, bl
        and     cl, shift_left | shift_right
        setnz   cl
        cmp     al, code_home           ; the number pad: locked, or with a shift
        jb      .letters
        cmp     al, code_delete
        ja      .choose
        test    bl, shift_number_lock
        jz      .choose
        xor     cl, 1
        jmp     .choose
.letters:
        test    bl, shift_capitals_lock
        jz      .choose
        mov     ch, [cs:si]             ; only letters have capitals
        sub     ch, "a"
        cmp     ch, 26
        jae     .choose
        xor     cl, 1
.choose:
        movzx   cx, cl
        shl     cx, 1
        add     si, cx
        jmp     .store
.with_control:
        add     si, 4
        jmp     .store
.alternate:
        add     si, 6
.store: mov     ax, [cs:si]
        test    ax, ax
        jz      .end
        jmp     key_store
.end:   ret

.restart:
        mov     word [bda_reset_flag], 0x1234
        mov     al, 0xfe                ; the controller pulls the reset line
        out     port_keyboard_command, al
        hlt
        jmp     .restart

.break: mov     ax, bda_keys
        mov     [bda_key_head], ax
        mov     [bda_key_tail], ax
        mov     byte [bda_break], 0x80
        int     0x1b
        xor     ax, ax
        jmp     key_store

.number:                                ; a decimal digit of a character's number
        movzx   si, al
        mov     al, [cs:si + .digits - code_home]
        cmp     al, 10
        jae     .end
        mov     ah, [bda_keypad_number]
        xchg    al, ah
        aad
        mov     [bda_keypad_number], al
        ret
.digits:
        db      7, 8, 9, 10, 4, 5, 6, 10, 1, 2, 3, 0

; Keys whose code has E0h in front: the grey ones have E0h in place of a character, and the number pad's two their own.
.second_block:
        mov     si, .grey
.next_grey:
        cmp     al, [cs:si]
        je      .is_grey
        add     si, 7
        cmp     si, .grey_end
        jb      .next_grey
        ret
.is_grey:
        inc     si
        test    bl, shift_alternate
        jnz     .grey_alternate
        test    bl, shift_control
        jz      .grey_usual
        add     si, 2
.grey_usual:
        jmp     .store
.grey_alternate:
        add     si, 4
        jmp     .store

%macro  grey 4
        db      %1
        dw      %2, %3, %4
%endmacro

.grey:  grey    0x1c, 0xe00d, 0xe00a, 0xa600    ; Enter
        grey    0x35, 0xe02f, 0x9500, 0xa400    ; /
        grey    0x47, 0x47e0, 0x77e0, 0x9700    ; Home
        grey    0x48, 0x48e0, 0x8de0, 0x9800    ; up
        grey    0x49, 0x49e0, 0x84e0, 0x9900    ; Page Up
        grey    0x4b, 0x4be0, 0x73e0, 0x9b00    ; left
        grey    0x4d, 0x4de0, 0x74e0, 0x9d00    ; right
        grey    0x4f, 0x4fe0, 0x75e0, 0x9f00    ; End
        grey    0x50, 0x50e0, 0x91e0, 0xa000    ; down
        grey    0x51, 0x51e0, 0x76e0, 0xa100    ; Page Down
        grey    0x52, 0x52e0, 0x92e0, 0xa200    ; Insert
        grey    0x53, 0x53e0, 0x93e0, 0xa300    ; Delete
.grey_end:

; AX into the buffer; where it is full the key is lost.
key_store:
        mov     di, [bda_key_tail]
        mov     si, di
        add     si, 2
        cmp     si, [bda_keys_end_at]
        jb      .in_place
        mov     si, [bda_keys_start_at]
.in_place:
        cmp     si, [bda_key_head]
        je      .full
        mov     [di], ax
        mov     [bda_key_tail], si
        clc
        ret
.full:  stc
        ret

%include "keys.asm"
