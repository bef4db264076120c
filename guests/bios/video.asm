; Interrupt 10h: the text screen (the BIOS reference, "Interrupt 10H"). Pages are those of text modes; of the modes, the four
; coloured ones with text are there.

screen_segment          equ 0xb800
blank                   equ 0x0720      ; light grey on black

int10:
        service_begin
        service_dispatch video_functions, (video_functions_end - video_functions) / 2 - 1
        service_end

video_functions:
        dw      video_set_mode, video_cursor_shape, video_set_cursor, video_get_cursor, video_none, video_set_page
        dw      video_scroll_up, video_scroll_down, video_read, video_write, video_write_character, video_none
        dw      video_none, video_none, video_teletype, video_get_mode, video_palette, video_font
        dw      video_alternate, video_string, video_none, video_none, video_none, video_none
        dw      video_none, video_none, video_combination
        dw      video_none              ; all others
video_functions_end:

video_none:
        ret

; 01h: the lines of the cursor, CH to CL
video_cursor_shape:
        mov     [bda_cursor_shape], cx
        mov     al, 0x0a
        mov     ah, ch
        call    crt_write
        mov     al, 0x0b
        mov     ah, cl
        jmp     crt_write

; 02h: the cursor of page BH to row DH, column DL
video_set_cursor:
        cmp     bh, 8
        jae     video_none
        movzx   di, bh
        shl     di, 1
        mov     [di + bda_cursors], dx
        cmp     bh, [bda_page]
        jne     video_none
        ; to the CRT controller, as a place in the display's memory
cursor_show:
        pusha
        mov     bh, [bda_page]
        movzx   di, bh
        shl     di, 1
        mov     dx, [di + bda_cursors]
        call    cell
        shr     di, 1
        mov     bx, di
        mov     al, 0x0e
        mov     ah, bh
        call    crt_write
        mov     al, 0x0f
        mov     ah, bl
        call    crt_write
        popa
        ret

; 03h
video_get_cursor:
        mov     ax, [bda_cursor_shape]
        mov     [bp + caller.cx], ax
        xor     ax, ax
        cmp     bh, 8
        jae     .answer
        movzx   di, bh
        shl     di, 1
        mov     ax, [di + bda_cursors]
.answer:
        mov     [bp + caller.dx], ax
        ret

; 05h: show page AL
video_set_page:
        cmp     al, 8
        jae     video_none
        mov     [bda_page], al
        movzx   ax, al
        mul     word [bda_page_size]
        mov     [bda_page_start], ax
        mov     bx, ax
        shr     bx, 1
        mov     al, 0x0c
        mov     ah, bh
        call    crt_write
        mov     al, 0x0d
        mov     ah, bl
        call    crt_write
        jmp     cursor_show

; 06h, 07h: AL lines of the window from CH, CL to DH, DL, the new ones in the colour BH; none for all of it
video_scroll_up:
        mov     ah, 1
        jmp     scroll
video_scroll_down:
        mov     ah, -1

; The same, with the direction in AH.
scroll:
        pusha
        push    es
        cmp     dh, [bda_last_row]
        jbe     .rows_fit
        mov     dh, [bda_last_row]
.rows_fit:
        cmp     dl, [bda_columns]
        jb      .columns_fit
        mov     dl, [bda_columns]
        dec     dl
.columns_fit:
        sub     dl, cl
        jc      .end
        inc     dl                      ; DL: columns
        sub     dh, ch
        jc      .end
        inc     dh                      ; DH: rows
        test    al, al
        jz      .all
        cmp     al, dh
        jbe     .some
.all:   mov     al, dh
.some:  push    word screen_segment
        pop     es
        test    ah, ah
        jns     .from
        add     ch, dh                  ; downwards begins with the last row
        dec     ch
.from:  push    bx
        push    dx
        mov     dx, cx
        mov     bh, [bda_page]
        call    cell                    ; DI: the first row that changes
        pop     dx
        pop     bx
        mov     cx, [bda_columns]
        shl     cx, 1
        movsx   si, ah
        imul    si, cx                  ; SI: from a row to the next
        mov     bl, al
        push    si
        movzx   cx, bl
        imul    si, cx
        mov     cx, si                  ; CX: to the row that comes in its place
        pop     si
        xchg    bl, dh
        sub     bl, dh                  ; BL: rows that move, DH: rows that are new
        jz      .clear
.move:  push    cx
        push    si
        push    di
        mov     si, di
        add     si, cx
        movzx   cx, dl
        rep es movsw
        pop     di
        pop     si
        pop     cx
        add     di, si
        dec     bl
        jnz     .move
.clear: mov     ah, bh
        mov     al, " "
.blank: push    di
        movzx   cx, dl
        rep stosw
        pop     di
        add     di, si
        dec     dh
        jnz     .blank
.end:   pop     es
        popa
        ret

; 08h: the character and the colour under the cursor of page BH
video_read:
        call    cell_of_cursor
        mov     ax, [es:di]
        mov     [bp + caller.ax], ax
        ret

; 09h: the character AL in the colour BL, CX times from the cursor of page BH on
video_write:
        call    cell_of_cursor
        mov     ah, bl
        rep stosw
        ret

; 0Ah: the same in the colours that are there
video_write_character:
        jcxz    .end
        call    cell_of_cursor
.next:  stosb
        inc     di
        loop    .next
.end:   ret

; 0Eh: the character AL at the cursor of the page that is shown, as a terminal does
video_teletype:
        mov     ah, 0
teletype:                               ; AH: 1 for the colour in BL
        call    serial_mirror
        push    bx
        mov     bh, [bda_page]
        call    put
        pop     bx
        jmp     cursor_show

; The character AL at the cursor of page BH; the cursor moves, and the screen when it must.
put:
        pusha
        push    es
        movzx   si, bh
        shl     si, 1
        mov     dx, [si + bda_cursors]
        cmp     al, 7
        je      .end                    ; there is no bell
        cmp     al, 8
        je      .back
        cmp     al, 10
        je      .down
        cmp     al, 13
        je      .return
        call    cell
        push    word screen_segment
        pop     es
        mov     [es:di], al
        test    ah, ah
        jz      .written
        mov     [es:di + 1], bl
.written:
        inc     dl
        cmp     dl, [bda_columns]
        jb      .set
        mov     dl, 0
.down:  inc     dh
        cmp     dh, [bda_last_row]
        jbe     .set
        mov     dh, [bda_last_row]
        push    dx
        call    cell
        push    word screen_segment
        pop     es
        mov     bh, [es:di + 1]         ; new lines have the colour of the last
        xor     cx, cx
        mov     dl, 0xff
        mov     ax, 0x0101
        call    scroll
        pop     dx
        jmp     .set
.return:
        mov     dl, 0
        jmp     .set
.back:  sub     dl, 1
        adc     dl, 0
.set:   mov     [si + bda_cursors], dx
.end:   pop     es
        popa
        ret

; 0Fh
video_get_mode:
        mov     al, [bda_video_mode]
        mov     ah, [bda_columns]
        mov     [bp + caller.ax], ax
        mov     al, [bda_page]
        mov     [bp + caller.bh], al
        ret

; 13h: CX characters at ES:BP, with page BH, from row DH and column DL on. Bit 0 of AL: the cursor goes with them. Bit 1: each has a colour,
; else it is that in BL.
video_string:
        jcxz    .end
        cmp     bh, 8
        jae     .end
        movzx   di, bh
        shl     di, 1
        push    word [di + bda_cursors]
        push    di
        cmp     dh, 0xff                ; from the cursor on
        je      .here
        mov     [di + bda_cursors], dx
.here:  mov     si, [bp + caller.bp]
.next:  mov     al, [es:si]
        inc     si
        test    byte [bp + caller.al], 2
        jz      .put
        mov     bl, [es:si]
        inc     si
.put:   mov     ah, 1
        cmp     bh, [bda_page]
        jne     .other_page
        call    serial_mirror
.other_page:
        call    put
        loop    .next
        pop     di
        pop     ax
        test    byte [bp + caller.al], 1
        jnz     .moved
        mov     [di + bda_cursors], ax
.moved: jmp     cursor_show
.end:   ret

; The place in the display's memory of row DH, column DL of page BH, in DI.
cell:
        push    ax
        push    bx
        push    dx
        movzx   ax, bh
        mul     word [bda_page_size]
        mov     di, ax
        pop     dx
        push    dx
        movzx   ax, dh
        movzx   bx, dl
        mul     word [bda_columns]
        add     ax, bx
        shl     ax, 1
        add     di, ax
        pop     dx
        pop     bx
        pop     ax
        ret

; The same for the cursor of page BH, in ES:DI.
cell_of_cursor:
        push    dx
        push    bx
        and     bh, 7
        movzx   di, bh
        shl     di, 1
        mov     dx, [di + bda_cursors]
        call    cell
        pop     bx
        pop     dx
        push    word screen_segment
        pop     es
        ret

; AH to register AL of the CRT controller.
crt_write:
        push    dx
        mov     dx, [bda_crt]
        out     dx, al
        inc     dx
        xchg    al, ah
        out     dx, al
        pop     dx
        ret
