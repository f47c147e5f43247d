# Guests that only test; each folder is a program.

$(call virt_program,idle,guest/tests/idle/main.c $(apps.KIT))
$(call virt_program,regret,guest/tests/regret/main.c $(apps.KIT))
$(call virt_program,cores,guest/tests/cores/main.c guest/tests/cores/second.S $(apps.KIT))

all: $(foreach test,cores idle regret,$(VIRT_OUT)/$(test).elf)

# Takes known shares of time, for tests of profiles.
$(call virt_program,profile,guest/tests/profile/main.c $(apps.KIT))

# Answers keys and buttons.
$(call virt_program,console,guest/tests/console/main.c $(apps.KIT))

CHECKS_NEED += $(VIRT_OUT)/console.elf

# Keeps a record in the second flash.
$(call virt_program,flash,guest/tests/flash/main.c $(apps.KIT))

# Tries semihosting.
$(call virt_program,semihosting,guest/tests/semihosting/main.c guest/tests/semihosting/call.S)

CHECKS_NEED += $(VIRT_OUT)/semihosting.elf

# A kernel Image with litmus tests of the memory model, for tests/engine/litmus_test.
LITMUS_OUT := build/out/guest/litmus
LITMUS_OBJECTS := $(patsubst %,$(LITMUS_OUT)/%.o,start threads litmus) $(IMAGE_KIT)
LITMUS_CFLAGS  := $(GUEST_CFLAGS) --target=aarch64-unknown-none \
                  -march=armv8.1-a -mgeneral-regs-only

$(call guest_objects,$(LITMUS_OUT),guest/tests/litmus/,A64,$(LITMUS_CFLAGS))
$(call guest_image,litmus/litmus,$(LITMUS_OBJECTS),guest/kit/boot/image.ld)

# Goes through both worlds and all exception levels at EL3 of the board virt, and
# says on two serial ports what it may touch.
#
#   build/out/guest/worlds/worlds.bin   firmware for the first flash
worlds.SOURCES := $(addprefix guest/tests/worlds/,start.S worlds.c controller.c probe.S) \
                  guest/kit/gic/gic.c guest/kit/memory/memory.c guest/kit/mmio/mmio.c \
                  guest/kit/pl011/pl011.c guest/kit/print/print.c
$(call guest_image,worlds/worlds,$(patsubst %,$(VIRT_OUT)/%.o,$(basename $(worlds.SOURCES))),guest/tests/worlds/worlds.ld)

# What M-profile cores do at exceptions, with FP and between security states:
# each program prints the same here and on QEMU's model of the board.
MPROFILE_OUT := build/out/guest/mprofile
MPROFILE_CFLAGS := $(GUEST_CFLAGS) -O1 -MMD -MP
exceptions.TARGET := --target=thumbv7m-none-eabi -mcpu=cortex-m3
floating.TARGET := --target=thumbv7em-none-eabi -mcpu=cortex-m4 -mfloat-abi=softfp -mfpu=fpv4-sp-d16
debug.TARGET := --target=thumbv7m-none-eabi -mcpu=cortex-m3
absent.TARGET := --target=thumbv8m.main-none-eabi -mcpu=cortex-m33 -mfpu=none
security.TARGET := --target=thumbv8m.main-none-eabi -mcpu=cortex-m33 -mfpu=none

# The program $1, placed by $2 and by options of the linker.
define mprofile_program
$(MPROFILE_OUT)/$1.elf: guest/tests/mprofile/start.c guest/tests/mprofile/$1.c guest/tests/mprofile/$2.ld
	$$(call say,M32CC,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(GUEST_CC) $$(MPROFILE_CFLAGS) $$($1.TARGET) -c guest/tests/mprofile/start.c -o $$(@:.elf=-start.o)
	$$(Q)$$(GUEST_CC) $$(MPROFILE_CFLAGS) $$($1.TARGET) -c guest/tests/mprofile/$1.c -o $$(@:.elf=.o)
	$$(Q)$$(GUEST_LD) -T guest/tests/mprofile/$2.ld $3 --build-id=none $$(@:.elf=-start.o) $$(@:.elf=.o) -o $$@
endef
$(eval $(call mprofile_program,exceptions,mprofile))
$(eval $(call mprofile_program,debug,mprofile))
$(eval $(call mprofile_program,floating,mprofile))
$(eval $(call mprofile_program,absent,security))
$(eval $(call mprofile_program,security,security))

# A boot loader and images for slots of board an521.
SLOT_PROGRAMS := loader secure_image nonsecure_image
loader.TARGET := $(security.TARGET)
secure_image.TARGET := $(security.TARGET) -mcmse
nonsecure_image.TARGET := $(security.TARGET)
$(eval $(call mprofile_program,loader,slot,--defsym=code=0x10000000 --defsym=stack_top=0x38010000))
$(eval $(call mprofile_program,secure_image,slot,--defsym=code=0x10080400 --defsym=stack_top=0x38020000))
$(eval $(call mprofile_program,nonsecure_image,slot,--defsym=code=0x00100400 --defsym=stack_top=0x00150000))

$(MPROFILE_OUT)/power.elf: guest/tests/mprofile/power.S guest/tests/mprofile/mprofile.ld
	$(call say,M32AS,$@)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) --target=thumbv6m-none-eabi -mcpu=cortex-m0 -c $< -o $(@:.elf=.o)
	$(Q)$(GUEST_LD) -T guest/tests/mprofile/mprofile.ld --build-id=none $(@:.elf=.o) -o $@

-include $(wildcard $(MPROFILE_OUT)/*.d)

CHECKS_NEED += $(foreach test,absent exceptions debug floating security $(SLOT_PROGRAMS),$(MPROFILE_OUT)/$(test).elf)
