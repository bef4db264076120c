; The BIOS of Mimus: what a PC starts with where nobody gives it another. It makes the devices ready, answers the services that
; boot loaders and 16-bit systems ask for, and starts the first drive that can be started.
;
; The image is the 64 KiB from F000:0000; the processor begins at F000:FFF0. Services are those of the IBM Personal System/2 and
; Personal Computer BIOS Interface Technical Reference ("the BIOS reference" in comments), of the Enhanced Disk Drive
; specification ("EDD") and of the ACPI specification's system address map.

        cpu     586                     ; CPUID, where there is one; else no more than a 386 has
        bits    16
        org     0

%include "data.inc"
%include "service.inc"

%include "post.asm"
%include "interrupts.asm"
%include "video.asm"
%include "videomode.asm"
%include "videofont.asm"
%include "keyboard.asm"
%include "keyservice.asm"
%include "disk.asm"
%include "disktransfer.asm"
%include "ata.asm"
%include "floppy.asm"
%include "system.asm"
%include "multiprocessor.asm"
%include "pci.asm"
%include "clock.asm"
%include "serial.asm"
%include "boot.asm"

; Places that programs know (IBM Personal Computer AT Technical Reference, "System BIOS", compatibility)

%macro  at_place 1
        times   %1 - ($ - $$) db 0xff
%endmacro

        at_place 0xe05b
        jmp     post

        at_place 0xefc7
diskette_parameters_table:              ; interrupt 1Eh, for 1.44 MB: "Diskette base table"
        db      0xaf, 0x02, 0x25, 2, diskette_sectors, 0x1b, 0xff, 0x6c, 0xf6, 0x0f, 0x08

        at_place 0xfa6e
%include "font.asm"

        at_place 0xfff0
        jmp     0xf000:post
        db      "11/21/26"              ; the date of the BIOS, at F000:FFF5
        db      0xff
        db      0xfc                    ; an AT
        db      0xff
