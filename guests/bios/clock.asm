; Interrupt 1Ah: the time (the BIOS reference, "Interrupt 1AH").

ticks_a_day             equ 0x1800b0    ; the timer's ticks

; The ticks since midnight, by the clock.
clock_setup:
        mov     al, 0x0b                ; 24 hours, BCD
        out     port_cmos, al
        mov     al, 0x02
        out     port_cmos + 1, al
        call    clock_wait
        mov     al, 0x04
        call    cmos_number
        imul    ecx, eax, 60
        mov     al, 0x02
        call    cmos_number
        add     ecx, eax
        imul    ecx, ecx, 60
        mov     al, 0x00
        call    cmos_number
        add     eax, ecx
        mov     ecx, ticks_a_day        ; a day has 86400 seconds
        mul     ecx
        mov     ecx, 86400
        div     ecx
        mov     [bda_ticks], eax
        ret

; Waits while the clock counts on (MC146818A data sheet, "Update cycle").
clock_wait:
        push    cx
        push    ax
        mov     cx, 0xffff
.next:  read_cmos 0x0a
        test    al, 0x80
        loopnz  .next
        pop     ax
        pop     cx
        ret

; The two decimal digits of register AL, in EAX.
cmos_number:
        call    cmos_read
        mov     ah, al
        shr     al, 4
        and     ah, 0x0f
        xchg    al, ah
        aad
        movzx   eax, ax
        ret

; AH to register AL of the clock.
cmos_write:
        out     port_cmos, al
        xchg    al, ah
        out     port_cmos + 1, al
        ret

int1a:
        service_begin
        cmp     ah, 0xb1
        je      .pci
        service_dispatch time_functions, (time_functions_end - time_functions) / 2 - 1
        service_end
.pci:   call    pci_service
        service_end

time_functions:
        dw      time_get, time_set, time_clock, time_set_clock, time_date, time_set_date, time_set_alarm, time_end_alarm
        dw      time_none
time_functions_end:

time_none:
        set_carry
        ret

time_get:
        mov     ax, [bda_ticks]
        mov     [bp + caller.dx], ax
        mov     ax, [bda_ticks + 2]
        mov     [bp + caller.cx], ax
        xor     al, al
        xchg    al, [bda_midnight]
        mov     [bp + caller.al], al
        clear_carry
        ret

time_set:
        mov     [bda_ticks], dx
        mov     [bda_ticks + 2], cx
        mov     byte [bda_midnight], 0
        clear_carry
        ret

time_clock:
        call    clock_wait
        read_cmos 0x00
        mov     [bp + caller.dh], al
        read_cmos 0x02
        mov     [bp + caller.cl], al
        read_cmos 0x04
        mov     [bp + caller.ch], al
        read_cmos 0x0b
        and     al, 0x01                ; summer time
        mov     [bp + caller.dl], al
        clear_carry
        ret

time_set_clock:
        call    clock_wait
        mov     al, 0x00
        mov     ah, dh
        call    cmos_write
        mov     al, 0x02
        mov     ah, cl
        call    cmos_write
        mov     al, 0x04
        mov     ah, ch
        call    cmos_write
        clear_carry
        ret

time_date:
        call    clock_wait
        read_cmos 0x07
        mov     [bp + caller.dl], al
        read_cmos 0x08
        mov     [bp + caller.dh], al
        read_cmos 0x09
        mov     [bp + caller.cl], al
        read_cmos 0x32
        mov     [bp + caller.ch], al
        clear_carry
        ret

time_set_date:
        call    clock_wait
        mov     al, 0x07
        mov     ah, dl
        call    cmos_write
        mov     al, 0x08
        mov     ah, dh
        call    cmos_write
        mov     al, 0x09
        mov     ah, cl
        call    cmos_write
        mov     al, 0x32
        mov     ah, ch
        call    cmos_write
        clear_carry
        ret

; The alarm belongs to programs that take interrupt 70h for themselves; without, there is none to set.
time_set_alarm:
        set_carry
        ret

time_end_alarm:
        clear_carry
        ret
