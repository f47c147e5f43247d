# Tests of whole machines, and what tests share.
MODULES += tests
tests.SOURCES := tests/harness.c
tests.TESTS += tests/caliptra/guest_image_test.c tests/harness_test.c
tests.SOURCES += tests/ast2700/board.c tests/caliptra/dpe.c tests/caliptra/part.c \
                 tests/caliptra/soc.c tests/capsule_signer.c tests/carried.c tests/issuer.c \
                 tests/facts.c tests/key_rings.c tests/told.c \
                 tests/chain/trust_board.c tests/chain/trust_capsule.c \
                 tests/chain/trust_guest.c
tests.FUZZERS += tests/hostile/a64_fuzz.c tests/hostile/bus_fuzz.c tests/hostile/debug_fuzz.c \
                 tests/hostile/parsers_fuzz.c \
                 tests/hostile/firmware_fuzz.c tests/hostile/signed_fuzz.c
tests/hostile/parsers_fuzz.c.SOURCES := tests/hostile/fuzz_images.c tests/hostile/fuzz_ring.c tests/hostile/fuzz_texts.c
tests/hostile/signed_fuzz.c.SOURCES := tests/hostile/fuzz_ring.c
tests.TESTS += tests/hostile/corpus_test.c

# Keys of tests, by the names of their seeds: LMS trees take seconds to grow, so
# they are grown once.
TEST_KEYS := build/out/test-keys
$(TEST_KEYS)/%/made: trust/keys/keys.c crypto/lms.c | $(OUT)/cairn-bare
	$(call say,KEYS,$(@D))
	$(Q)rm -rf $(@D) && mkdir -p $(TEST_KEYS)
	$(Q)$(OUT)/cairn-bare keys new --seed '$*' $(@D) >/dev/null
	@touch $@

PART_RINGS := $(TEST_KEYS)/bundle/made $(TEST_KEYS)/manifest/made
tests/caliptra/guest_image_test.c.NEEDS += $(TEST_KEYS)/guest-image/made
tests/caliptra/rom_test.c.NEEDS += $(TEST_KEYS)/rom/made
tests/caliptra/rom_2_test.c.NEEDS += $(TEST_KEYS)/2.x/made
$(foreach t,attest derivation dpe export firmware_2 identity names reset runtime services,\
    $(eval tests/caliptra/$(t)_test.c.NEEDS += $(PART_RINGS)))

# The black-box suite: released ROMs join it through CAIRN_CALIPTRA_ROMS.
tests.TESTS += tests/caliptra/rom_test.c
ROM_TESTS += tests/caliptra/rom_test.c
tests.TESTS += tests/caliptra/identity_test.c
ROM_TESTS += tests/caliptra/identity_test.c
tests.TESTS += tests/caliptra/runtime_test.c
ROM_TESTS += tests/caliptra/runtime_test.c
tests.TESTS += tests/caliptra/services_test.c
ROM_TESTS += tests/caliptra/services_test.c
tests.TESTS += tests/caliptra/dpe_test.c
ROM_TESTS += tests/caliptra/dpe_test.c
tests.TESTS += tests/caliptra/attest_test.c
ROM_TESTS += tests/caliptra/attest_test.c
tests.TESTS += tests/caliptra/derivation_test.c
ROM_TESTS += tests/caliptra/derivation_test.c
tests.TESTS += tests/caliptra/export_test.c
ROM_TESTS += tests/caliptra/export_test.c
tests.TESTS += tests/caliptra/names_test.c
ROM_TESTS += tests/caliptra/names_test.c
tests.TESTS += tests/caliptra/reset_test.c
ROM_TESTS += tests/caliptra/reset_test.c
tests.TESTS += tests/caliptra/libcaliptra_test.c
ROM_TESTS += tests/caliptra/libcaliptra_test.c
tests/caliptra/libcaliptra_test.c.NEEDS := build/out/guest/caliptra/embedded/firmware.bundle
tests.TESTS += tests/caliptra/rom_2_test.c
ROM_TESTS += tests/caliptra/rom_2_test.c
tests.TESTS += tests/caliptra/firmware_2_test.c
ROM_TESTS += tests/caliptra/firmware_2_test.c
tests/caliptra/firmware_2_test.c.NEEDS += \
    build/out/guest/caliptra/embedded/firmware-2.bundle \
    build/out/guest/caliptra/embedded/firmware-2-lms.bundle
CHECKS += tests/engine/determinism-test.sh tests/engine/engines-test.sh
CHECKS += tests/program/files-test.sh tests/program/full-disk-test.sh tests/program/verdict-test.sh
CHECKS_NEED += build/out/guest/bench/a64.bin
CHECKS += tests/program/debug-test.sh tests/mprofile/debug-test.sh
CHECKS += tests/ast2700/debug-test.sh tests/ast2700/firmware-test.sh
CHECKS += tests/ast2700/devices-test.sh
CHECKS += tests/program/sandbox-test.sh tests/program/snapshot-test.sh
CHECKS += tests/guests/guests-test.sh
# Test suites of others join by CAIRN_SUITES.
CHECKS += tests/engine/suites-test.sh
CHECKS += tests/guests/linux-test.sh tests/chain/linux-test.sh tests/virtio/share-test.sh
# A root of trust over a socket; released ROMs join by CAIRN_CALIPTRA_ROMS.
CHECKS += tests/caliptra/rot-server-test.py
CHECKS_NEED += build/out/guest/caliptra/embedded/firmware.bundle
CHECKS += tests/chain/update-walk-test.sh
# A page as people see it; chromium draws it where there is one.
CHECKS += tests/chain/report-test.sh tests/chain/quote-test.sh tests/program/reset-at-test.sh
# imgtool joins by CAIRN_IMGTOOL, a token of TF-M by CAIRN_MPROFILE.
CHECKS += tests/mprofile/mcuboot-test.sh tests/mprofile/token-test.sh
tests.TESTS += tests/machine/hostile_test.c
# The program with files of strangers; `make check-hostile` has more of them.
tests.TESTS += tests/hostile/strangers_test.c
tests/hostile/strangers_test.c.SOURCES := tests/hostile/stranger_images.c tests/hostile/stranger_talk.c tests/hostile/strangers.c
tests/hostile/strangers_test.c.NEEDS := $(OUT)/cairn build/out/guest/bootmcu/rom.bin \
    build/out/guest/caliptra/embedded/trust.img.gz

# The same run every time; `make check-determinism` boots Linux to its end.
tests.TESTS += tests/engine/determinism_test.c
tests/engine/determinism_test.c.NEEDS := build/out/guest/bench/a64.bin \
    build/out/guest/litmus/litmus.bin \
    build/out/guest/caliptra/embedded/firmware.bundle

# A core that waits by WFE beside one that works.
tests.TESTS += tests/engine/dozing_test.c

# Both worlds of the board virt, from EL3 down; QEMU is the control.
tests.TESTS += tests/engine/worlds_test.c
tests/engine/worlds_test.c.NEEDS := build/out/guest/worlds/worlds.bin
tests.TESTS += tests/program/terminal_test.c
tests/program/terminal_test.c.NEEDS := $(OUT)/cairn $(VIRT_OUT)/console.elf

# Random programs and system steps of each architecture, here and under QEMU.
A64_TESTS  := $(addprefix tests/engine/a64_,differential_test.c system_test.c)
RV32_TESTS := tests/engine/rv32_differential_test.c
T32_TESTS  := tests/engine/t32_differential_test.c
tests.TESTS += $(A64_TESTS) $(RV32_TESTS) $(T32_TESTS) tests/engine/a64_rows_test.c
$(foreach a,a64 rv32 t32,$(eval tests/engine/$(a)_differential_test.c.SOURCES := \
    tests/engine/differential.c $(wildcard tests/engine/$(a)_random*.c tests/engine/$(a)_explain.c)))
tests/engine/a64_system_test.c.SOURCES := tests/engine/differential.c tests/engine/a64_random.c \
    $(filter-out %_test.c,$(wildcard tests/engine/a64_system*.c))
tests/engine/a64_rows_test.c.SOURCES := $(tests/engine/a64_system_test.c.SOURCES)
tests/engine/t32_differential_test.c.NEEDS := build/out/guest/t32/driver.bin

# Sets and reads the state of random T32 steps (tests/engine/t32_random.c).
T32_OUT := build/out/guest/t32
$(T32_OUT)/driver.bin: tests/engine/t32_driver.S tests/engine/t32_random_layout.h
	$(call say,T32AS,$@)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) --target=thumbv8m.main-none-eabi -I. -c $< -o $(@:.bin=.o)
	$(Q)$(GUEST_LD) -Ttext 0 -e 0 --build-id=none $(@:.bin=.o) -o $(@:.bin=.elf)
	$(Q)$(GUEST_OBJCOPY) -O binary $(@:.bin=.elf) $@

# What devices/example/ adds, in machines.
tests.TESTS += tests/machine/example_channel_test.c tests/machine/example_disk_test.c \
    tests/machine/example_dma_test.c tests/machine/example_pci_test.c

# The TPM of a board, by swtpm.
tests.TESTS += tests/machine/tpm_test.c

# Board trust, from fuses to the first application.
tests.TESTS += tests/chain/chain_test.c
ROM_TESTS += tests/chain/chain_test.c
tests.TESTS += tests/chain/spoil_test.c
tests/chain/spoil_test.c.SOURCES := tests/chain/spoil.c
tests/chain/spoil_test.c.NEEDS := build/out/guest/bootmcu/rom.bin \
    build/out/guest/caliptra/embedded/trust.img.gz
tests.TESTS += tests/chain/update_test.c
tests.TESTS += tests/chain/mkeficapsule_test.c
tests/chain/mkeficapsule_test.c.NEEDS := build/out/guest/bootmcu/rom.bin \
    build/out/guest/caliptra/embedded/trust.img.gz
tests.TESTS += tests/chain/power_test.c
tests/chain/power_test.c.NEEDS := build/out/guest/bootmcu/rom.bin \
    build/out/guest/caliptra/embedded/trust.img.gz
tests/chain/update_test.c.NEEDS := build/out/guest/bootmcu/rom.bin \
    build/out/guest/caliptra/embedded/trust.img.gz
tests/chain/chain_test.c.NEEDS := build/out/guest/bootmcu/rom.bin \
    build/out/guest/caliptra/embedded/trust.img.gz
tests.TESTS += tests/chain/bless_test.c
tests/chain/bless_test.c.NEEDS := build/out/guest/bootmcu/rom.bin \
    build/out/guest/caliptra/embedded/trust.img.gz \
    $(VIRT_OUT)/bless.elf $(VIRT_OUT)/regret.elf
tests.TESTS += tests/machine/peek_test.c
# Its allocator is in the place of the sanitizers'.
ifeq ($(BUILD),release)
tests.TESTS += tests/machine/short_memory_test.c
endif
tests.TESTS += tests/chain/reset_lines_test.c
tests/chain/reset_lines_test.c.NEEDS := build/out/guest/bootmcu/rom.bin \
    build/out/guest/caliptra/embedded/trust.img.gz
tests.TESTS += tests/ast2700/interrupts_test.c
tests.TESTS += tests/ast2700/reset_test.c
tests.TESTS += tests/ast2700/chain_test.c
ROM_TESTS += tests/ast2700/chain_test.c
tests/ast2700/chain_test.c.NEEDS := build/out/guest/ast2700/rom.bin \
    build/out/guest/caliptra/rom.bin \
    build/out/guest/caliptra/embedded/ast2700.img.gz
tests.TESTS += tests/ast2700/update_test.c
tests/ast2700/update_test.c.NEEDS := $(tests/ast2700/chain_test.c.NEEDS) \
    $(addprefix build/out/guest/ast2700/,runtime.elf bl31.elf uboot.elf ssp.elf tsp.elf)
tests.TESTS += tests/ast2700/spoil_test.c
tests/ast2700/spoil_test.c.NEEDS := build/out/guest/ast2700/rom.bin \
    build/out/guest/caliptra/rom.bin \
    build/out/guest/caliptra/embedded/ast2700.img.gz
tests.TESTS += tests/chain/reset_domains_test.c
ROM_TESTS += tests/chain/reset_domains_test.c
tests/chain/reset_domains_test.c.NEEDS := $(VIRT_OUT)/cores.elf $(VIRT_OUT)/idle.elf \
    $(tests/chain/bless_test.c.NEEDS)

# Firmware of the boot MCU on the host.
BOOT_MCU_ON_HOST := $(addprefix guest/bootmcu/,authorise.c bank.c boot.c caliptra.c report.c soc.c capsule.c \
    console.c images.c metadata.c service.c uart.c update.c) \
    guest/kit/pkcs7/pkcs7.c guest/kit/print/print.c guest/kit/rsa/rsa.c \
    guest/kit/sha256/sha256.c tests/bootmcu/rot.c \
    tests/bootmcu/set.c tests/bootmcu/soc.c
tests.TESTS += tests/bootmcu/boot_test.c
tests/bootmcu/boot_test.c.SOURCES := $(BOOT_MCU_ON_HOST)
tests.TESTS += tests/bootmcu/banks_test.c
tests/bootmcu/banks_test.c.SOURCES := $(BOOT_MCU_ON_HOST)
tests.TESTS += tests/bootmcu/update_test.c
tests/bootmcu/update_test.c.SOURCES := $(BOOT_MCU_ON_HOST)
tests.TESTS += tests/bootmcu/trial_test.c
tests/bootmcu/trial_test.c.SOURCES := $(BOOT_MCU_ON_HOST)

tests.TESTS += tests/bootmcu/flash_driver_test.c
tests/bootmcu/flash_driver_test.c.SOURCES := guest/bootmcu/flash.c guest/bootmcu/nor.c tests/register_file.c

# The monitor on the host.
tests.TESTS += tests/bootmcu/monitor_test.c
tests/bootmcu/monitor_test.c.SOURCES := $(addprefix guest/monitor/,console.c \
    interrupts.c main.c psci.c service.c update.c) guest/kit/gic/gic.c \
    guest/kit/pl011/pl011.c guest/kit/print/print.c

# Drivers of the Caliptra firmware on the host.
tests.TESTS += tests/caliptra/drivers_test.c
tests/caliptra/drivers_test.c.SOURCES := $(addprefix guest/caliptra/hardware/,\
    ecc.c generation_1.c hmac.c vault.c)
tests.TESTS += tests/caliptra/registers_test.c
tests/caliptra/registers_test.c.SOURCES := tests/register_file.c \
    $(addprefix guest/caliptra/hardware/,console.c fatal.c generation_1.c \
    mailbox.c soc_ifc.c vault.c)
tests.TESTS += tests/caliptra/mailbox_test.c
tests/caliptra/mailbox_test.c.SOURCES := tests/register_file.c \
    $(addprefix guest/caliptra/hardware/,console.c mailbox.c version.c)
tests.TESTS += tests/caliptra/digests_test.c
tests/caliptra/digests_test.c.SOURCES := tests/register_file.c \
    $(addprefix guest/caliptra/hardware/,generation_1.c lms.c sha2.c trng.c)

# Their layers over stand-ins for drivers.
CALIPTRA_LAYERS := tests/register_file.c tests/caliptra/stand_ins.c \
    $(addprefix guest/caliptra/hardware/,mailbox.c soc_ifc.c vault.c version.c) \
    $(addprefix guest/caliptra/identity/,identity.c measure.c x509.c \
    x509_parts.c) guest/kit/der/der.c
tests.TESTS += tests/caliptra/layers_test.c
tests/caliptra/layers_test.c.SOURCES := $(CALIPTRA_LAYERS) \
    guest/caliptra/hardware/generation_1.c $(addprefix guest/caliptra/rom/,\
    cold.c command.c fmc_alias.c idevid.c ldevid.c load.c rom.c update.c) \
    guest/kit/sha1/sha1.c
CALIPTRA_FMC := $(CALIPTRA_LAYERS) guest/caliptra/firmware/rt_alias.c \
    tests/caliptra/handoff.c
tests.TESTS += tests/caliptra/fmc_test.c
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
tests.TESTS += tests/caliptra/commands_test.c tests/caliptra/invoke_test.c
tests/caliptra/commands_test.c.SOURCES := $(CALIPTRA_COMMANDS_1)
tests/caliptra/invoke_test.c.SOURCES := $(CALIPTRA_COMMANDS_1)
tests.TESTS += tests/caliptra/generation_2_test.c
tests/caliptra/generation_2_test.c.SOURCES := \
    $(sort $(CALIPTRA_FMC) $(CALIPTRA_COMMANDS)) \
    guest/caliptra/hardware/generation_2.c guest/caliptra/handoff/handoff_2.c \
    $(addprefix guest/caliptra/runtime/,commands_2.c inform_2.c without_dpe.c)
tests.TESTS += tests/caliptra/main_test.c
tests/caliptra/main_test.c.SOURCES := $(CALIPTRA_LAYERS) \
    guest/caliptra/hardware/generation_1.c guest/caliptra/runtime/runtime.c
tests.TESTS += tests/caliptra/accelerator_test.c
tests/caliptra/accelerator_test.c.SOURCES := tests/register_file.c \
    $(addprefix guest/caliptra/hardware/,ecc.c generation_1.c hmac.c \
    known_answers.c lms.c sha2.c soc_ifc.c trng.c vault.c)
# Guests take error codes for words, without a cast.
guest/caliptra/hardware/known_answers.c.CFLAGS := -Wno-sign-conversion
guest/caliptra/rom/rom.c.CFLAGS := -Wno-sign-conversion
guest/caliptra/runtime/module.c.CFLAGS := -Wno-sign-conversion

# Micro-libraries of guests that verify, on the host.
tests.TESTS += tests/bootmcu/pkcs7_test.c
tests/bootmcu/pkcs7_test.c.SOURCES := guest/kit/pkcs7/pkcs7.c \
    guest/kit/rsa/rsa.c guest/kit/sha256/sha256.c

# Micro-libraries of guests that talk, on the host.
tests.TESTS += tests/machine/spoilt_state_test.c
# Each omission of each device is logged when a guest relies on it.
tests.TESTS += tests/machine/omissions_test.c
tests/machine/omissions_test.c.SOURCES := tests/machine/omissions.c
tests.TESTS += tests/bootmcu/kit_test.c
tests/bootmcu/kit_test.c.SOURCES := guest/kit/gic/gic.c guest/kit/pl011/pl011.c \
    guest/kit/print/print.c

# What processors that run at the same time see of each other, and Linux on
# them.
CHECKS += tests/engine/parallel-test.sh
tests.TESTS += tests/engine/litmus_test.c tests/engine/parallel_test.c
tests/engine/litmus_test.c.NEEDS := build/out/guest/litmus/litmus.bin
tests/engine/parallel_test.c.NEEDS := build/out/guest/litmus/litmus.bin

# Code planted in the process, against the table of capabilities. The program is
# this test's alone: neither built by `all` nor installed.
PROGRAMS += planted
planted.SOURCES := commands/main.c tests/planted/attempts.c tests/planted/devices.c
planted.LIBRARIES := $(OUT)/libcommands.a
tests.TESTS += tests/planted/planted_test.c
tests/planted/planted_test.c.NEEDS := $(OUT)/planted
