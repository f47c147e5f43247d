# Tests of whole machines, a folder for each subject, and what tests share.
MODULES += tests
tests.SOURCES := $(filter-out %_test.c tests/register_file.c,$(wildcard tests/*.c)) \
    tests/ast2700/board.c $(addprefix tests/caliptra/,dpe.c part.c soc.c) \
    $(wildcard tests/chain/trust_*.c)

# FOLDER TESTS FILES: what the tests need, and C files that they have besides.
needs   = $(foreach t,$(2),$(eval tests/$(1)/$(t)_test.c.NEEDS += $(3)))
sources = $(foreach t,$(2),$(eval tests/$(1)/$(t)_test.c.SOURCES += $(3)))
CALIPTRA_BUNDLE := build/out/guest/caliptra/embedded/firmware.bundle
CHECKS_NEED += build/out/guest/bench/a64.bin $(CALIPTRA_BUNDLE)

# Keys of tests, by the names of their seeds: LMS trees take seconds to grow, so
# they are grown once.
TEST_KEYS := build/out/test-keys
$(TEST_KEYS)/%/made: trust/keys/keys.c crypto/lms.c | $(OUT)/cairn-bare
	$(call say,KEYS,$(@D))
	$(Q)rm -rf $(@D) && mkdir -p $(TEST_KEYS)
	$(Q)$(OUT)/cairn-bare keys new --seed '$*' $(@D) >/dev/null
	@touch $@

$(call needs,caliptra,guest_image,$(TEST_KEYS)/guest-image/made)
$(call needs,caliptra,rom,$(TEST_KEYS)/rom/made)
$(call needs,caliptra,rom_2,$(TEST_KEYS)/2.x/made)
$(call needs,caliptra,attest derivation dpe ensure export firmware_2 identity names reset \
    runtime services,$(TEST_KEYS)/bundle/made $(TEST_KEYS)/manifest/made)
$(call needs,caliptra,libcaliptra,$(CALIPTRA_BUNDLE))
$(call needs,caliptra,firmware_2,$(addprefix build/out/guest/caliptra/embedded/,\
    firmware-2.bundle firmware-2-lms.bundle))

# The black-box suite: released ROMs join it through CAIRN_CALIPTRA_ROMS.
ROM_TESTS += $(patsubst %,tests/caliptra/%_test.c,rom identity runtime services dpe attest \
    derivation export names reset libcaliptra rom_2 firmware_2) \
    tests/chain/chain_test.c tests/ast2700/chain_test.c tests/chain/reset_domains_test.c

# The program with files of strangers; `make check-hostile` has more of them.
tests/hostile/parsers_fuzz.c.SOURCES := $(wildcard tests/hostile/fuzz_*.c)
tests/hostile/signed_fuzz.c.SOURCES := tests/hostile/fuzz_ring.c
$(call sources,hostile,strangers,$(wildcard tests/hostile/stranger_*.c) tests/hostile/strangers.c)

# The same run every time; `make check-determinism` boots Linux to its end.
$(call needs,engine,determinism,build/out/guest/bench/a64.bin $(CALIPTRA_BUNDLE))
# What processors that run at the same time see of each other.
$(call needs,engine,determinism litmus parallel,build/out/guest/litmus/litmus.bin)
# Both worlds of the board virt, from EL3 down; QEMU is the control.
$(call needs,engine,worlds,build/out/guest/worlds/worlds.bin)
$(call needs,program,terminal,$(OUT)/cairn $(VIRT_OUT)/console.elf)

# Random programs and system steps of each architecture, here and under QEMU.
A64_TESTS  := $(addprefix tests/engine/a64_,differential_test.c system_test.c)
RV32_TESTS := tests/engine/rv32_differential_test.c
T32_TESTS  := tests/engine/t32_differential_test.c
$(call sources,engine,a64_differential rv32_differential t32_differential a64_system a64_rows,\
    tests/engine/differential.c)
$(foreach a,a64 rv32 t32,$(call sources,engine,$(a)_differential,\
    $(wildcard tests/engine/$(a)_random*.c tests/engine/$(a)_explain.c)))
$(call sources,engine,a64_system a64_rows,tests/engine/a64_random.c \
    $(filter-out %_test.c,$(wildcard tests/engine/a64_system*.c)))
$(call needs,engine,t32_differential,build/out/guest/t32/driver.bin)

# A back end of the compiler as an outsider would begin it.
$(call sources,engine,stub_host,tests/engine/stub_host.c)

# Sets and reads the state of random T32 steps (tests/engine/t32_random.c).
T32_OUT := build/out/guest/t32
$(T32_OUT)/driver.bin: tests/engine/t32_driver.S tests/engine/t32_random_layout.h
	$(call say,T32AS,$@)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) --target=thumbv8m.main-none-eabi -I. -c $< -o $(@:.bin=.o)
	$(Q)$(GUEST_LD) -Ttext 0 -e 0 --build-id=none $(@:.bin=.o) -o $(@:.bin=.elf)
	$(Q)$(GUEST_OBJCOPY) -O binary $(@:.bin=.elf) $@

# Board trust, from fuses to the first application.
TRUST_FILES := build/out/guest/bootmcu/rom.bin build/out/guest/caliptra/embedded/trust.img.gz
$(call sources,chain,spoil,tests/chain/spoil.c)
$(call needs,chain,bless chain mkeficapsule power reset_domains reset_lines spoil update,$(TRUST_FILES))
$(call needs,chain,bless reset_domains,$(VIRT_OUT)/bless.elf $(VIRT_OUT)/regret.elf)
$(call needs,chain,reset_domains,$(VIRT_OUT)/cores.elf $(VIRT_OUT)/idle.elf)
$(call needs,hostile,strangers,$(OUT)/cairn $(TRUST_FILES))
$(call needs,ast2700,chain spoil update,$(addprefix build/out/guest/,ast2700/rom.bin \
    caliptra/rom.bin caliptra/embedded/ast2700.img.gz))
$(call needs,ast2700,update,$(addprefix build/out/guest/ast2700/,\
    runtime.elf bl31.elf uboot.elf ssp.elf tsp.elf))

# Its allocator is in the place of the sanitizers'.
tests.WITHOUT := $(if $(filter release,$(BUILD)),,tests/machine/short_memory_test.c)

# Each omission of each device is logged when a guest relies on it.
$(call sources,machine,omissions,tests/machine/omissions.c)

# Firmware of the boot MCU on the host.
BOOT_MCU_ON_HOST := $(addprefix guest/bootmcu/,authorise.c bank.c boot.c caliptra.c report.c soc.c capsule.c \
    console.c images.c metadata.c service.c uart.c update.c) \
    guest/kit/pkcs7/pkcs7.c guest/kit/print/print.c guest/kit/rsa/rsa.c \
    guest/kit/sha256/sha256.c tests/bootmcu/rot.c \
    tests/bootmcu/set.c tests/bootmcu/soc.c
$(call sources,bootmcu,boot banks update trial,$(BOOT_MCU_ON_HOST))
tests/bootmcu/flash_driver_test.c.SOURCES := guest/bootmcu/flash.c guest/bootmcu/nor.c tests/register_file.c

# The monitor on the host.
tests/bootmcu/monitor_test.c.SOURCES := $(addprefix guest/monitor/,console.c \
    interrupts.c main.c psci.c service.c update.c) guest/kit/gic/gic.c \
    guest/kit/pl011/pl011.c guest/kit/print/print.c

# Drivers of the Caliptra firmware on the host.
tests/caliptra/drivers_test.c.SOURCES := $(addprefix guest/caliptra/hardware/,\
    ecc.c generation_1.c hmac.c vault.c)
tests/caliptra/registers_test.c.SOURCES := tests/register_file.c \
    $(addprefix guest/caliptra/hardware/,console.c fatal.c generation_1.c \
    mailbox.c soc_ifc.c vault.c)
tests/caliptra/mailbox_test.c.SOURCES := tests/register_file.c \
    $(addprefix guest/caliptra/hardware/,console.c mailbox.c version.c)
tests/caliptra/digests_test.c.SOURCES := tests/register_file.c \
    $(addprefix guest/caliptra/hardware/,generation_1.c lms.c sha2.c trng.c)

# Their layers over stand-ins for drivers.
CALIPTRA_LAYERS := tests/register_file.c tests/caliptra/stand_ins.c \
    $(addprefix guest/caliptra/hardware/,mailbox.c soc_ifc.c vault.c version.c) \
    $(addprefix guest/caliptra/identity/,identity.c measure.c x509.c \
    x509_parts.c) guest/kit/der/der.c
tests/caliptra/layers_test.c.SOURCES := $(CALIPTRA_LAYERS) \
    guest/caliptra/hardware/generation_1.c $(addprefix guest/caliptra/rom/,\
    cold.c command.c fmc_alias.c idevid.c ldevid.c load.c rom.c update.c) \
    guest/kit/sha1/sha1.c
CALIPTRA_FMC := $(CALIPTRA_LAYERS) guest/caliptra/firmware/rt_alias.c \
    tests/caliptra/handoff.c
tests/caliptra/fmc_test.c.SOURCES := $(CALIPTRA_FMC) \
    guest/caliptra/hardware/generation_1.c guest/caliptra/handoff/handoff_1.c
CALIPTRA_COMMANDS := $(CALIPTRA_LAYERS) tests/caliptra/commands.c \
    $(addprefix guest/caliptra/runtime/,certificate.c command.c inform.c \
    module.c pcr.c stash.c verify.c)
CALIPTRA_COMMANDS_1 := $(CALIPTRA_COMMANDS) \
    guest/caliptra/hardware/generation_1.c \
    $(addprefix guest/caliptra/runtime/,authorise.c commands_1.c dpe.c \
    dpe_attest.c dpe_certificate.c dpe_context.c dpe_export.c dpe_key.c \
    dpe_tag.c manifest.c)
$(call sources,caliptra,commands invoke,$(CALIPTRA_COMMANDS_1))
tests/caliptra/generation_2_test.c.SOURCES := \
    $(sort $(CALIPTRA_FMC) $(CALIPTRA_COMMANDS)) \
    guest/caliptra/hardware/generation_2.c guest/caliptra/handoff/handoff_2.c \
    $(addprefix guest/caliptra/runtime/,commands_2.c inform_2.c without_dpe.c)
tests/caliptra/main_test.c.SOURCES := $(CALIPTRA_LAYERS) \
    guest/caliptra/hardware/generation_1.c guest/caliptra/runtime/runtime.c
tests/caliptra/accelerator_test.c.SOURCES := tests/register_file.c \
    $(addprefix guest/caliptra/hardware/,ecc.c generation_1.c hmac.c \
    known_answers.c lms.c sha2.c soc_ifc.c trng.c vault.c)
# Guests take error codes for words, without a cast.
guest/caliptra/hardware/known_answers.c.CFLAGS := -Wno-sign-conversion
guest/caliptra/rom/rom.c.CFLAGS := -Wno-sign-conversion
guest/caliptra/runtime/module.c.CFLAGS := -Wno-sign-conversion

# Micro-libraries of guests that verify and that talk, on the host.
tests/bootmcu/pkcs7_test.c.SOURCES := guest/kit/pkcs7/pkcs7.c \
    guest/kit/rsa/rsa.c guest/kit/sha256/sha256.c
tests/bootmcu/kit_test.c.SOURCES := guest/kit/gic/gic.c guest/kit/pl011/pl011.c \
    guest/kit/print/print.c

# Code planted in the process, against the table of capabilities. The program is
# this test's alone: neither built by `all` nor installed.
PROGRAMS += planted
planted.SOURCES := commands/main.c tests/planted/attempts.c tests/planted/devices.c
planted.LIBRARIES := $(OUT)/libcommands.a
tests/planted/planted_test.c.NEEDS := $(OUT)/planted
