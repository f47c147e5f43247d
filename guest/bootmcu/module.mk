# Firmware of board trust's boot MCU, all of it in ROM.
#
#   build/out/guest/bootmcu/rom.bin   at 0x80000000

bootmcu.OUT := build/out/guest/bootmcu

bootmcu.SOURCES := \
    guest/bootmcu/authorise.c \
    guest/bootmcu/bank.c \
    guest/bootmcu/boot.c \
    guest/bootmcu/caliptra.c \
    guest/bootmcu/capsule.c \
    guest/bootmcu/console.c \
    guest/bootmcu/flash.c \
    guest/bootmcu/images.c \
    guest/bootmcu/metadata.c \
    guest/bootmcu/nor.c \
    guest/bootmcu/report.c \
    guest/bootmcu/service.c \
    guest/bootmcu/soc.c \
    guest/bootmcu/start.S \
    guest/bootmcu/uart.c \
    guest/bootmcu/update.c \
    guest/kit/hart/hart.c \
    guest/kit/memory/memory.c \
    guest/kit/mmio/mmio.c \
    guest/kit/pkcs7/pkcs7.c \
    guest/kit/print/print.c \
    guest/kit/rsa/rsa.c \
    guest/kit/sha256/sha256.c

$(bootmcu.OUT)/rom.elf: $(patsubst %,build/out/guest/rv32/%.o,$(basename $(bootmcu.SOURCES))) guest/bootmcu/bootmcu.ld
	$(call say,RV32LD,$@)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_RV32) -nostdlib -fuse-ld=lld -Wl,--gc-sections \
	    -Wl,--build-id=none -T guest/bootmcu/bootmcu.ld $(filter %.o,$^) -o $@

$(bootmcu.OUT)/rom.bin: $(bootmcu.OUT)/rom.elf
	$(call say,OBJCOPY,$@)
	$(Q)$(GUEST_OBJCOPY) -O binary $< $@

all: $(bootmcu.OUT)/rom.bin
CHECKS_NEED += $(bootmcu.OUT)/rom.bin
