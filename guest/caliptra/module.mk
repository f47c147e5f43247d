# Our own ROM, FMC and runtime of the Caliptra 1.x core; FMC and runtime of the
# 2.x core.
#
#   build/out/guest/caliptra/rom.bin      48 KiB, sealed with its own digest
#   build/out/guest/caliptra/fmc.elf      at 0x40000000
#   build/out/guest/caliptra/runtime.elf  at 0x40004000
#   build/out/guest/caliptra/{fmc,runtime}-2.elf  the same for 2.x

caliptra.OUT := $(GUEST_OUT)/caliptra

# $(call caliptra.in,FOLDER,NAMES): C files of a folder.
caliptra.in = $(patsubst %,guest/caliptra/$(1)/%.c,$(2))

caliptra.SHARED := $(call caliptra.in,hardware,console fatal mailbox soc_ifc) \
    guest/caliptra/hardware/traps.S $(call caliptra.in,hardware,vault version) \
    guest/kit/memory/memory.c guest/kit/mmio/mmio.c

# A layer of DICE and its certificate.
caliptra.IDENTITY := $(call caliptra.in,hardware,ecc hmac sha2 trng) \
    $(call caliptra.in,identity,identity measure x509 x509_parts) guest/kit/der/der.c

# Where the generations differ.
caliptra.1 := guest/caliptra/hardware/generation_1.c
caliptra.2 := guest/caliptra/hardware/generation_2.c

caliptra.ROM := $(caliptra.SHARED) $(caliptra.IDENTITY) $(caliptra.1) \
    $(call caliptra.in,hardware,known_answers lms) \
    $(filter-out %/seal.c,$(sort $(wildcard guest/caliptra/rom/*.[cS]))) guest/kit/sha1/sha1.c

caliptra.1 += guest/caliptra/handoff/handoff_1.c
caliptra.2 += guest/caliptra/handoff/handoff_2.c

caliptra.FMC := $(caliptra.SHARED) $(caliptra.IDENTITY) \
    $(call caliptra.in,firmware,fmc rt_alias) guest/caliptra/firmware/start.S

caliptra.RUNTIME := $(caliptra.SHARED) $(caliptra.IDENTITY) \
    guest/caliptra/firmware/start.S $(call caliptra.in,hardware,known_answers lms) \
    $(call caliptra.in,runtime,certificate command inform module pcr runtime stash verify) \
    guest/kit/hart/hart.c
caliptra.RUNTIME_1 := $(call caliptra.in,runtime,authorise commands_1 dpe \
    dpe_attest dpe_certificate dpe_context dpe_export dpe_key dpe_tag manifest)
caliptra.RUNTIME_2 := $(call caliptra.in,runtime,commands_2 inform_2 without_dpe)

$(call rv32_program,caliptra/rom,$(caliptra.ROM),guest/caliptra/rom/rom.ld)

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

# $(call caliptra.program,NAME,BASE,SIZE,SOURCES,STACK_END)
caliptra.program = $(call rv32_program,caliptra/$(1),$(4),guest/caliptra/firmware/firmware.ld,\
    --defsym=firmware_base=$(2) --defsym=firmware_size=$(3) --defsym=stack_end=$(5))

$(call caliptra.program,fmc,0x40000000,0x4000,$(caliptra.FMC) $(caliptra.1),0x50020000)
$(call caliptra.program,runtime,0x40004000,0x1c000,$(caliptra.RUNTIME) $(caliptra.1) $(caliptra.RUNTIME_1),0x50020000)
$(call caliptra.program,fmc-2,0x40000000,0x4000,$(caliptra.FMC) $(caliptra.2),0x50030000)
$(call caliptra.program,runtime-2,0x40004000,0x3c000,$(caliptra.RUNTIME) $(caliptra.2) $(caliptra.RUNTIME_2),0x50030000)

caliptra.IMAGES := $(addprefix $(caliptra.OUT)/,rom.bin fmc.elf runtime.elf fmc-2.elf runtime-2.elf)
all: $(caliptra.IMAGES)
CHECKS_NEED += $(caliptra.IMAGES)

# What of it can be tested on the host, over registers of the test's own.
caliptra.HOST := \
    $(call caliptra.in,hardware,ecc generation_1 lms sha2 soc_ifc trng vault) \
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
