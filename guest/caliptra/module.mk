# Our own ROM, FMC and runtime of the Caliptra 1.x core; FMC and runtime of the
# 2.x core.
#
#   build/out/guest/caliptra/rom.bin      48 KiB, sealed with its own digest
#   build/out/guest/caliptra/fmc.elf      at 0x40000000
#   build/out/guest/caliptra/runtime.elf  at 0x40004000
#   build/out/guest/caliptra/{fmc,runtime}-2.elf  the same for 2.x

caliptra.OUT := build/out/guest/caliptra

caliptra.SHARED := \
    guest/caliptra/hardware/console.c \
    guest/caliptra/hardware/fatal.c \
    guest/caliptra/hardware/mailbox.c \
    guest/caliptra/hardware/soc_ifc.c \
    guest/caliptra/hardware/traps.S \
    guest/caliptra/hardware/vault.c \
    guest/caliptra/hardware/version.c \
    guest/kit/memory/memory.c \
    guest/kit/mmio/mmio.c

# A layer of DICE and its certificate.
caliptra.IDENTITY := \
    guest/caliptra/hardware/ecc.c \
    guest/caliptra/hardware/hmac.c \
    guest/caliptra/hardware/sha2.c \
    guest/caliptra/hardware/trng.c \
    guest/caliptra/identity/identity.c \
    guest/caliptra/identity/measure.c \
    guest/caliptra/identity/x509.c \
    guest/caliptra/identity/x509_parts.c \
    guest/kit/der/der.c

# Where the generations differ.
caliptra.1 := guest/caliptra/hardware/generation_1.c
caliptra.2 := guest/caliptra/hardware/generation_2.c

caliptra.ROM := $(caliptra.SHARED) $(caliptra.IDENTITY) $(caliptra.1) \
    guest/caliptra/hardware/known_answers.c \
    guest/caliptra/hardware/lms.c \
    guest/caliptra/rom/cold.c \
    guest/caliptra/rom/command.c \
    guest/caliptra/rom/fmc_alias.c \
    guest/caliptra/rom/idevid.c \
    guest/caliptra/rom/image.c \
    guest/caliptra/rom/ldevid.c \
    guest/caliptra/rom/load.c \
    guest/caliptra/rom/rom.c \
    guest/caliptra/rom/start.S \
    guest/caliptra/rom/update.c \
    guest/kit/sha1/sha1.c

caliptra.1 += guest/caliptra/handoff/handoff_1.c
caliptra.2 += guest/caliptra/handoff/handoff_2.c

caliptra.FMC := $(caliptra.SHARED) $(caliptra.IDENTITY) \
    guest/caliptra/firmware/fmc.c \
    guest/caliptra/firmware/rt_alias.c \
    guest/caliptra/firmware/start.S
caliptra.FMC_1 := $(caliptra.FMC) $(caliptra.1)
caliptra.FMC_2 := $(caliptra.FMC) $(caliptra.2)

caliptra.RUNTIME := $(caliptra.SHARED) $(caliptra.IDENTITY) \
    guest/caliptra/firmware/start.S \
    guest/caliptra/hardware/known_answers.c \
    guest/caliptra/hardware/lms.c \
    guest/caliptra/runtime/certificate.c \
    guest/caliptra/runtime/command.c \
    guest/caliptra/runtime/inform.c \
    guest/caliptra/runtime/module.c \
    guest/caliptra/runtime/pcr.c \
    guest/caliptra/runtime/runtime.c \
    guest/caliptra/runtime/stash.c \
    guest/caliptra/runtime/verify.c \
    guest/kit/hart/hart.c
caliptra.RUNTIME_1 := $(caliptra.RUNTIME) $(caliptra.1) \
    guest/caliptra/runtime/authorise.c \
    guest/caliptra/runtime/commands_1.c \
    guest/caliptra/runtime/dpe.c \
    guest/caliptra/runtime/dpe_attest.c \
    guest/caliptra/runtime/dpe_certificate.c \
    guest/caliptra/runtime/dpe_context.c \
    guest/caliptra/runtime/dpe_export.c \
    guest/caliptra/runtime/dpe_key.c \
    guest/caliptra/runtime/dpe_tag.c \
    guest/caliptra/runtime/manifest.c
caliptra.RUNTIME_2 := $(caliptra.RUNTIME) $(caliptra.2) \
    guest/caliptra/runtime/commands_2.c \
    guest/caliptra/runtime/inform_2.c \
    guest/caliptra/runtime/without_dpe.c

caliptra.objects = $(patsubst %,build/out/guest/rv32/%.o,$(basename $(1)))
caliptra.LINK = $(GUEST_CC) $(GUEST_RV32) -nostdlib -fuse-ld=lld -Wl,--gc-sections -Wl,--build-id=none

$(caliptra.OUT)/rom.elf: $(call caliptra.objects,$(caliptra.ROM)) guest/caliptra/rom/rom.ld
	$(call say,RV32LD,$@)
	@mkdir -p $(@D)
	$(Q)$(caliptra.LINK) -T guest/caliptra/rom/rom.ld $(filter %.o,$^) -o $@

$(caliptra.OUT)/rom.raw: $(caliptra.OUT)/rom.elf
	$(call say,OBJCOPY,$@)
	$(Q)$(GUEST_OBJCOPY) -O binary $< $@

$(caliptra.OUT)/seal: guest/caliptra/rom/seal.c $(wildcard abi/caliptra*)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -std=gnu11 -O1 -g $(WARNINGS) -Wno-deprecated-declarations $< -lcrypto -o $@

$(caliptra.OUT)/rom.bin: $(caliptra.OUT)/rom.raw $(caliptra.OUT)/seal
	$(call say,SEAL,$@)
	$(Q)$(caliptra.OUT)/seal $< $@

define caliptra.program
$(caliptra.OUT)/$(1).elf: $(call caliptra.objects,$(caliptra.$(4))) guest/caliptra/firmware/firmware.ld
	$$(call say,RV32LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(caliptra.LINK) -T guest/caliptra/firmware/firmware.ld -Wl,--defsym=firmware_base=$(2) -Wl,--defsym=firmware_size=$(3) -Wl,--defsym=stack_end=$(5) $$(filter %.o,$$^) -o $$@
endef
$(eval $(call caliptra.program,fmc,0x40000000,0x4000,FMC_1,0x50020000))
$(eval $(call caliptra.program,runtime,0x40004000,0x1c000,RUNTIME_1,0x50020000))
$(eval $(call caliptra.program,fmc-2,0x40000000,0x4000,FMC_2,0x50030000))
$(eval $(call caliptra.program,runtime-2,0x40004000,0x3c000,RUNTIME_2,0x50030000))

caliptra.IMAGES := $(addprefix $(caliptra.OUT)/,rom.bin fmc.elf runtime.elf fmc-2.elf runtime-2.elf)
all: $(caliptra.IMAGES)
CHECKS_NEED += $(caliptra.IMAGES)

# What of it can be tested on the host, over registers of the test's own.
caliptra.HOST := \
    guest/caliptra/hardware/ecc.c \
    guest/caliptra/hardware/generation_1.c \
    guest/caliptra/hardware/lms.c \
    guest/caliptra/hardware/sha2.c \
    guest/caliptra/hardware/soc_ifc.c \
    guest/caliptra/hardware/trng.c \
    guest/caliptra/hardware/vault.c \
    guest/caliptra/rom/image.c \
    tests/caliptra/guest_registers.c

caliptra.HOST_LIBRARY := build/out/$(BUILD)/guest/caliptra/libhost.a

$(caliptra.HOST_LIBRARY): $(patsubst %.c,build/out/$(BUILD)/%.o,$(caliptra.HOST))
	$(call say,AR,$@)
	$(Q)mkdir -p $(@D) && rm -f $@ && $(AR) qcs $@ $^

build/out/$(BUILD)/tests/caliptra/guest_image_test: $(caliptra.HOST_LIBRARY)
tests/caliptra/guest_image_test.c.LDLIBS := $(caliptra.HOST_LIBRARY) build/out/$(BUILD)/libcrypto.a -lcrypto

check-guest: build/out/$(BUILD)/tests/caliptra/guest_image_test $(caliptra.IMAGES)
	@build/run-tests $<
.PHONY: check-guest
