# Firmware of board ast2700, from the boot MCU's ROM to what its processors run.
#
#   build/out/guest/ast2700/rom.bin      at 0 of the boot MCU
#   build/out/guest/ast2700/runtime.elf  its first mutable code, at 0x14b80000
#   build/out/guest/ast2700/bl31.elf     at 0x430000000
#   build/out/guest/ast2700/uboot.elf    at 0x400000000
#   build/out/guest/ast2700/ssp.elf, tsp.elf   at 0 of these processors

AST2700_OUT := build/out/guest/ast2700

ast2700.SHARED := \
    guest/ast2700/flash.c \
    guest/ast2700/image.c \
    guest/ast2700/slots.c \
    guest/ast2700/soc.c \
    guest/ast2700/uart.c \
    guest/bootmcu/authorise.c \
    guest/bootmcu/bank.c \
    guest/bootmcu/caliptra.c \
    guest/bootmcu/capsule.c \
    guest/bootmcu/console.c \
    guest/bootmcu/metadata.c \
    guest/bootmcu/nor.c \
    guest/bootmcu/report.c \
    guest/bootmcu/update.c \
    guest/kit/hart/hart.c \
    guest/kit/memory/memory.c \
    guest/kit/mmio/mmio.c \
    guest/kit/ns16550/ns16550.c \
    guest/kit/pkcs7/pkcs7.c \
    guest/kit/print/print.c \
    guest/kit/rsa/rsa.c \
    guest/kit/sha256/sha256.c

define ast2700_mcu_program
$(AST2700_OUT)/$(1).elf: $(patsubst %,build/out/guest/rv32/%.o,$(basename guest/ast2700/$(2).S) guest/ast2700/$(1)_main \
                              $(basename $(ast2700.SHARED))) guest/ast2700/$(1).ld
	$$(call say,RV32LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(GUEST_CC) $$(GUEST_RV32) -nostdlib -fuse-ld=lld -Wl,--gc-sections \
	    -Wl,--build-id=none -T guest/ast2700/$(1).ld $$(filter %.o,$$^) -o $$@
endef
$(eval $(call ast2700_mcu_program,rom,rom))
$(eval $(call ast2700_mcu_program,runtime,runtime))

$(AST2700_OUT)/rom.bin: $(AST2700_OUT)/rom.elf
	$(call say,OBJCOPY,$@)
	$(Q)$(GUEST_OBJCOPY) -O binary $< $@

ast2700.BL31 := \
    guest/ast2700/bl31.S \
    guest/ast2700/bl31_main.c \
    guest/kit/mmio/mmio.c \
    guest/kit/ns16550/ns16550.c \
    guest/kit/print/print.c

define ast2700_a35_program
$(AST2700_OUT)/$(1).elf: $(patsubst %,$(VIRT_OUT)/%.o,$(basename $(2))) guest/ast2700/$(1).ld
	$$(call say,A64LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(GUEST_CC) $$(GUEST_AARCH64) -nostdlib -static -fuse-ld=lld -Wl,--build-id=none \
	    -T guest/ast2700/$(1).ld $$(filter %.o,$$^) -o $$@
endef
$(eval $(call ast2700_a35_program,bl31,$(ast2700.BL31)))
$(eval $(call ast2700_a35_program,uboot,guest/ast2700/uboot.S))

# $(call ast2700_m4_program,NAME,TEXT,UART): the processor's name, and its UART.
define ast2700_m4_program
$(AST2700_OUT)/$(1).elf: guest/ast2700/m4.c guest/ast2700/m4.ld
	$$(call say,M32CC,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(GUEST_CC) $$(GUEST_CFLAGS) $$(GUEST_REPRODUCIBLE) --target=thumbv7em-none-eabi \
	    -mcpu=cortex-m4 -mfloat-abi=soft -DM4_NAME='"$(2)"' -DM4_UART=$(3) -c $$< -o $$(@:.elf=.o)
	$$(Q)$$(GUEST_LD) -T guest/ast2700/m4.ld --build-id=none $$(@:.elf=.o) -o $$@
endef
$(eval $(call ast2700_m4_program,ssp,SSP,AST2700_UART4))
$(eval $(call ast2700_m4_program,tsp,TSP,AST2700_UART7))

AST2700_GUESTS := $(AST2700_OUT)/rom.bin $(foreach g,runtime bl31 uboot ssp tsp,$(AST2700_OUT)/$(g).elf)
all: $(AST2700_GUESTS)
CHECKS_NEED += $(AST2700_GUESTS)
