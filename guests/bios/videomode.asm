; The modes of the screen, and what programs ask about the display (the same reference; registers: IBM PS/2 Hardware Interface
; Technical Reference, "Video subsystem", its tables of register values by mode).

; 00h: mode AL; bit 7 keeps what is there
video_set_mode:
        mov     ah, al
        and     al, 0x7f
        cmp     al, 3
        ja      video_none
        mov     byte [bp + caller.al], 0x30
        mov     [bda_video_mode], al
        and     ah, 0x80
        or      ah, 0x60                ; 256 KiB, and a VGA
        mov     [bda_video_control], ah
        mov     byte [bda_video_switches], 0xf9
        mov     byte [bda_video_flags], 0x11
        mov     word [bda_crt], 0x3d4
        mov     byte [bda_last_row], 24
        mov     word [bda_character_height], 16
        mov     byte [bda_crt_palette], 0x30
        mov     byte [bda_page], 0
        mov     word [bda_page_start], 0
        mov     si, crt_values_40
        mov     bx, 40
        mov     cx, 0x0800
        cmp     al, 2
        mov     al, 0x28
        jb      .narrow
        mov     si, crt_values_80
        mov     bx, 80
        mov     cx, 0x1000
        mov     al, 0x29
.narrow:
        mov     [bda_crt_mode], al
        mov     [bda_columns], bx
        mov     [bda_page_size], cx
        mov     word [bda_cursor_shape], 0x0d0e
        push    ds
        pop     es
        mov     di, bda_cursors
        xor     ax, ax
        mov     cx, 8
        rep stosw
        call    display_registers
        call    display_colors
        call    display_font
        test    byte [bda_video_control], 0x80
        jnz     .kept
        push    word screen_segment
        pop     es
        xor     di, di
        mov     ax, blank
        mov     cx, 0x4000
        rep stosw
.kept:  jmp     cursor_show

; All registers; those of the CRT controller are at CS:SI.
display_registers:
        mov     dx, 0x1ce               ; the extended modes off ("Bochs VBE extensions": register 4)
        mov     ax, 4
        out     dx, ax
        inc     dx
        xor     ax, ax
        out     dx, ax
        mov     dx, 0x3c2
        mov     al, 0x67
        out     dx, al
        mov     dx, 0x3c4
        mov     ax, 0x0300
        out     dx, ax
        mov     ax, 0x0001
        cmp     word [bda_columns], 80
        je      .wide
        mov     ah, 0x08                ; half the dots
.wide:  out     dx, ax
        mov     ax, 0x0302
        out     dx, ax
        mov     ax, 0x0003
        out     dx, ax
        mov     ax, 0x0204
        out     dx, ax
        mov     dx, 0x3d4
        mov     ax, 0x0e11              ; registers 0 to 7 are protected until now
        out     dx, ax
        mov     ax, 0
        mov     cx, crt_values_40 - crt_values_80
        call    .series
        mov     dx, 0x3ce
        mov     si, graphics_values
        mov     ax, 0
        mov     cx, attribute_values - graphics_values
        call    .series
        mov     dx, 0x3da               ; the next access to 3C0h is an index
        in      al, dx
        mov     dx, 0x3c0
        mov     si, attribute_values
        mov     cx, attribute_values_end - attribute_values
        mov     ah, 0
.attribute:
        mov     al, ah
        out     dx, al
        cs lodsb
        out     dx, al
        inc     ah
        loop    .attribute
        mov     al, 0x20                ; show
        out     dx, al
        ret

.series:                                ; CX values at CS:SI to the registers from AL on
        push    ax
        mov     ah, [cs:si]
        inc     si
        out     dx, ax
        pop     ax
        inc     al
        loop    .series
        ret

crt_values_80:
        db      0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0x00
        db      0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff
crt_values_40:
        db      0x2d, 0x27, 0x28, 0x90, 0x2b, 0xa0, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0x00
        db      0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f, 0x14, 0x1f, 0x96, 0xb9, 0xa3, 0xff
graphics_values:
        db      0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0e, 0x00, 0xff
attribute_values:
        db      0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f
        db      0x0c, 0x00, 0x0f, 0x08, 0x00
attribute_values_end:

; The first 64 colours are those of the EGA: bits 0 to 2 of the number are two thirds of blue, green and red, bits 3 to 5 a third.
display_colors:
        mov     dx, 0x3c6
        mov     al, 0xff
        out     dx, al
        mov     dx, 0x3c8
        xor     al, al
        out     dx, al
        inc     dx
        xor     bx, bx                  ; BL: the colour
.color: mov     bh, bl
        mov     cl, 3
.component:                             ; red is in bits 2 and 5
        xor     al, al
        test    bh, 0x04
        jz      .third
        mov     al, 0x2a
.third: test    bh, 0x20
        jz      .write
        add     al, 0x15
.write: out     dx, al
        shl     bh, 1
        dec     cl
        jnz     .component
        inc     bl
        cmp     bl, 64
        jb      .color
        ret

; 10h: of the palette's functions, blinking (AL = 03h)
video_palette:
        cmp     al, 0x03
        jne     video_none
        mov     dx, 0x3da
        in      al, dx
        mov     dx, 0x3c0
        mov     al, 0x10 | 0x20
        out     dx, al
        mov     al, 0x04
        test    bl, bl
        jz      .write
        mov     al, 0x0c
.write: out     dx, al
        ret

; 11h: of the fonts' functions, where they are (AL = 30h)
video_font:
        cmp     al, 0x30
        jne     video_none
        mov     word [bp + caller.cx], 16
        mov     al, [bda_last_row]
        mov     [bp + caller.dl], al
        mov     word [bp + caller.es], cs
        mov     word [bp + caller.bp], font
        ret

; 12h: what display there is (BL = 10h): colour, 256 KiB
video_alternate:
        cmp     bl, 0x10
        jne     video_none
        mov     word [bp + caller.bx], 0x0003
        mov     word [bp + caller.cx], 0x0009
        ret

; 1Ah: a VGA with a coloured screen, and no other
video_combination:
        cmp     al, 0
        jne     video_none
        mov     byte [bp + caller.al], 0x1a
        mov     word [bp + caller.bx], 0x0008
        ret
