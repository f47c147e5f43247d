# Firmware of board ast2700, from the boot MCU's ROM to what its processors run.
#
#   build/out/guest/ast2700/rom.bin      at 0 of the boot MCU
#   build/out/guest/ast2700/runtime.elf  its first mutable code, at 0x14b80000
#   build/out/guest/ast2700/bl31.elf     at 0x430000000
#   build/out/guest/ast2700/uboot.elf    at 0x400000000
#   build/out/guest/ast2700/ssp.elf, tsp.elf   at 0 of these processors

AST2700_OUT := $(GUEST_OUT)/ast2700

# What each boot MCU takes of the kit.
BOOT_KIT := $(patsubst %,guest/kit/%.c,hart/hart memory/memory mmio/mmio \
    pkcs7/pkcs7 print/print rsa/rsa sha256/sha256)

ast2700.SHARED := \
    $(patsubst %,guest/ast2700/%.c,flash image slots soc uart) \
    $(patsubst %,guest/bootmcu/%.c,authorise bank caliptra capsule console \
        metadata nor report update) \
    $(sort $(BOOT_KIT) guest/kit/ns16550/ns16550.c)

$(foreach p,rom runtime,$(call rv32_program,ast2700/$(p),\
    guest/ast2700/$(p).S guest/ast2700/$(p)_main.c $(ast2700.SHARED),guest/ast2700/$(p).ld))

$(call a64_program,ast2700/bl31,guest/ast2700/bl31.S guest/ast2700/bl31_main.c \
    $(patsubst %,guest/kit/%.c,mmio/mmio ns16550/ns16550 print/print),guest/ast2700/bl31.ld)
$(call a64_program,ast2700/uboot,guest/ast2700/uboot.S,guest/ast2700/uboot.ld)

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
