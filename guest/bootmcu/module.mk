# Firmware of board trust's boot MCU, all of it in ROM.
#
#   build/out/guest/bootmcu/rom.bin   at 0x80000000

bootmcu.SOURCES := $(sort $(wildcard guest/bootmcu/*.[cS])) $(BOOT_KIT)

$(call rv32_program,bootmcu/rom,$(bootmcu.SOURCES),guest/bootmcu/bootmcu.ld)

all: $(GUEST_OUT)/bootmcu/rom.bin
CHECKS_NEED += $(GUEST_OUT)/bootmcu/rom.bin
