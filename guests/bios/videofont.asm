; The shapes of characters, in the display's memory (the same reference, "Video subsystem", character generator).

; The characters' shapes, into plane 2 of the display's memory: 16 rows each, of which the first half of them has eight, shown
; twice. Of the others the lines of boxes and the blocks are drawn.
display_font:
        mov     si, .to_font
        call    .registers
        push    word 0xa000
        pop     es
        xor     di, di
        mov     si, font
        mov     cx, 128
.character:
        push    cx
        mov     cx, 8
.row:   cs lodsb
        mov     ah, al
        stosw
        loop    .row
        add     di, 16                  ; each has room for 32 rows
        pop     cx
        loop    .character
        xor     al, al
        mov     cx, 128 * 32
        rep stosb
        mov     si, line_shapes
.line:  cs lodsb
        mov     ah, al
        movzx   di, al
        shl     di, 5
        cs lodsb
        call    draw_line
        cmp     si, line_shapes_end
        jb      .line
        mov     si, block_shapes
.block: cs lodsb
        movzx   di, al
        shl     di, 5
        xor     bx, bx                  ; BL: the row; its shape is that of its half, the even or the odd one
.block_row:
        mov     bh, 0
        push    bx
        shr     bl, 2
        and     bl, 0x02
        mov     al, bl
        pop     bx
        push    bx
        and     bl, 0x01
        or      bl, al
        mov     al, [cs:si + bx]
        pop     bx
        stosb
        inc     bl
        cmp     bl, 16
        jb      .block_row
        add     si, 4
        cmp     si, block_shapes_end
        jb      .block
        mov     si, .to_text
.registers:
        mov     cx, 5
.register:
        cs lodsb
        mov     dl, al
        mov     dh, 0x03
        cs lodsw
        out     dx, ax
        loop    .register
        ret

%macro  display_register 3              ; port, register, value
        db      %1 & 0xff
        dw      %2 | %3 << 8
%endmacro

.to_font:
        display_register 0x3c4, 2, 0x04
        display_register 0x3c4, 4, 0x06
        display_register 0x3ce, 4, 0x02
        display_register 0x3ce, 5, 0x00
        display_register 0x3ce, 6, 0x04
.to_text:
        display_register 0x3c4, 2, 0x03
        display_register 0x3c4, 4, 0x02
        display_register 0x3ce, 4, 0x00
        display_register 0x3ce, 5, 0x10
        display_register 0x3ce, 6, 0x0e

; The lines AL at ES:DI, two bits to each side: from the highest up, down, left, right; 1 a single line, 2 a double one.
draw_line:
        pusha
        mov     bl, al
        mov     cx, 16                  ; CX: rows to go
.row:   mov     dl, bl                  ; upright lines: up in the first half, down in the second
        shr     dl, 6
        cmp     cx, 9
        jae     .upright
        mov     dl, bl
        shr     dl, 4
        and     dl, 0x03
.upright:
        mov     al, 0
        cmp     dl, 1
        jb      .level
        mov     al, 0x18
        je      .level
        mov     al, 0x66
.level: mov     dh, 0x08                ; a level line is in the middle, a double one around it
        mov     dl, bl
        shr     dl, 2
        and     dl, 0x03
        call    .side
        jne     .right
        or      al, 0xf8
.right: mov     dl, bl
        and     dl, 0x03
        call    .side
        jne     .write
        or      al, 0x1f
.write: stosb
        loop    .row
        popa
        ret
.side:                                  ; equal: a line of kind DL is in row CX
        cmp     dl, 1
        je      .single
        cmp     dl, 2
        jne     .out
        cmp     cx, 10
        je      .out
        cmp     cx, 7
        ret
.single:
        cmp     cl, dh
.out:   ret

%macro  line_shape 5                    ; character, up, down, left, right
        db      %1, %2 << 6 | %3 << 4 | %4 << 2 | %5
%endmacro

line_shapes:
        line_shape 0xb3, 1, 1, 0, 0
        line_shape 0xb4, 1, 1, 1, 0
        line_shape 0xb5, 1, 1, 2, 0
        line_shape 0xb6, 2, 2, 1, 0
        line_shape 0xb7, 0, 2, 1, 0
        line_shape 0xb8, 0, 1, 2, 0
        line_shape 0xb9, 2, 2, 2, 0
        line_shape 0xba, 2, 2, 0, 0
        line_shape 0xbb, 0, 2, 2, 0
        line_shape 0xbc, 2, 0, 2, 0
        line_shape 0xbd, 2, 0, 1, 0
        line_shape 0xbe, 1, 0, 2, 0
        line_shape 0xbf, 0, 1, 1, 0
        line_shape 0xc0, 1, 0, 0, 1
        line_shape 0xc1, 1, 0, 1, 1
        line_shape 0xc2, 0, 1, 1, 1
        line_shape 0xc3, 1, 1, 0, 1
        line_shape 0xc4, 0, 0, 1, 1
        line_shape 0xc5, 1, 1, 1, 1
        line_shape 0xc6, 1, 1, 0, 2
        line_shape 0xc7, 2, 2, 0, 1
        line_shape 0xc8, 2, 0, 0, 2
        line_shape 0xc9, 0, 2, 0, 2
        line_shape 0xca, 2, 0, 2, 2
        line_shape 0xcb, 0, 2, 2, 2
        line_shape 0xcc, 2, 2, 0, 2
        line_shape 0xcd, 0, 0, 2, 2
        line_shape 0xce, 2, 2, 2, 2
        line_shape 0xcf, 1, 0, 2, 2
        line_shape 0xd0, 2, 0, 1, 1
        line_shape 0xd1, 0, 1, 2, 2
        line_shape 0xd2, 0, 2, 1, 1
        line_shape 0xd3, 2, 0, 0, 1
        line_shape 0xd4, 1, 0, 0, 2
        line_shape 0xd5, 0, 1, 0, 2
        line_shape 0xd6, 0, 2, 0, 1
        line_shape 0xd7, 2, 2, 1, 1
        line_shape 0xd8, 1, 1, 2, 2
        line_shape 0xd9, 1, 0, 1, 0
        line_shape 0xda, 0, 1, 0, 1
line_shapes_end:

block_shapes:                           ; character, two rows of its upper half and two of its lower
        db      0xb0, 0x22, 0x88, 0x22, 0x88
        db      0xb1, 0x55, 0xaa, 0x55, 0xaa
        db      0xb2, 0xdd, 0x77, 0xdd, 0x77
        db      0xdb, 0xff, 0xff, 0xff, 0xff
        db      0xdc, 0x00, 0x00, 0xff, 0xff
        db      0xdd, 0xf0, 0xf0, 0xf0, 0xf0
        db      0xde, 0x0f, 0x0f, 0x0f, 0x0f
        db      0xdf, 0xff, 0xff, 0x00, 0x00
block_shapes_end:
