# Programs that print figures beside a peer's; see build/bench.mk.

# $(call bench_program,NAME,PARTS): prints rows of figures; PARTS are further files.
bench_program = $(eval PROGRAMS += bench/$(1))$(eval bench/$(1).LDLIBS := -lm)\
    $(eval bench/$(1).SOURCES := $(patsubst %,bench/%.c,figures measure peer $(1) $(2)))

PROGRAMS += bench/caliptra
bench/caliptra.SOURCES := bench/caliptra.c bench/measure.c tests/caliptra/soc.c

PROGRAMS += bench/chain
bench/chain.SOURCES := bench/chain.c bench/measure.c

$(call bench_program,snapshot,snapshot_peer)

bench-snapshot: $(OUT)/bench/snapshot all
	@$(OUT)/bench/snapshot
.PHONY: bench-snapshot

$(call bench_program,parallel)
$(OUT)/bench/parallel: | build/out/guest/litmus/litmus.bin

bench-parallel: $(OUT)/bench/parallel $(OUT)/bench/firmware all
	@$(OUT)/bench/parallel
	@$(OUT)/bench/firmware '2 cores' '4 cores' 'core that waits'
.PHONY: bench-parallel

BENCH_RV32 := build/out/guest/bench/rv32
BENCH_RV32_SOURCES := bench/rv32_kernels.c guest/bench/integer_mix.c
$(BENCH_RV32).bin: $(BENCH_RV32_SOURCES)
	$(call say,GUEST,$@)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_RV32) $(GUEST_CFLAGS) -O2 -fuse-ld=lld \
	    -Wl,-Ttext=0x80000000,--entry=kernel_start,--gc-sections \
	    -Wl,--section-start=.rodata=0x80008000,-Tbss=0x80140000 \
	    $(BENCH_RV32_SOURCES) -o $(BENCH_RV32).elf
	$(Q)$(GUEST_OBJCOPY) -O binary $(BENCH_RV32).elf $@

# All that the engine is measured by, with what other programs of the folder
# print in the same form.
$(call bench_program,engine,caliptra_start guests initrd kernels linux programs rv32 translation)

BENCH_ENGINE_OTHERS := $(filter bench/parallel bench/snapshot,$(PROGRAMS))
$(OUT)/bench/engine: | build/out/guest/bench/a64.bin $(BENCH_RV32).bin

# ROWS='words' picks figures by their names.
bench-engine: $(OUT)/bench/engine $(addprefix $(OUT)/,$(BENCH_ENGINE_OTHERS)) all
	@$(OUT)/bench/engine $(ROWS)
bench-interpreter: export CAIRN_BENCH_INTERPRETED := 1
bench-interpreter: bench-engine
bench-rv32: ROWS := RISC-V
bench-rv32: bench-engine
.PHONY: bench-engine bench-interpreter bench-rv32

# Debian's programs, fetched when this runs.
$(call bench_program,real_programs,initrd)

bench-programs: $(OUT)/bench/real_programs all
	@$(OUT)/bench/real_programs $(ROWS)

# The same programs by interpreter and compiler: the same state at their ends.
check-real-programs: export CAIRN_BENCH_ENGINES := 1
check-real-programs: bench-programs
.PHONY: bench-programs check-real-programs

# Firmware, and what other programs of the folder print of it and of
# processors. ROWS='words' picks figures by their names.
$(call bench_program,firmware)
$(OUT)/bench/firmware: | build/out/guest/bench/firmware.bin

# Whole systems of others: their boots, virtio devices, shared folders.
$(call bench_program,systems,guests initrd)

$(call bench_program,processors,guests initrd)

BENCH_FIRMWARE_OTHERS := $(filter bench/caliptra bench/chain \
    bench/processors bench/systems,$(PROGRAMS))

bench-firmware: $(OUT)/bench/firmware $(addprefix $(OUT)/,$(BENCH_FIRMWARE_OTHERS)) all
	@$(OUT)/bench/firmware $(ROWS)
bench-processors: $(OUT)/bench/processors all
	@$(OUT)/bench/processors $(ROWS)
.PHONY: bench-firmware bench-processors

# Test suites of others, in the folder that CAIRN_SUITES names.
$(call bench_program,suites)

bench-suites: $(OUT)/bench/suites all
	@$(OUT)/bench/suites $(ROWS)
.PHONY: bench-suites

# A request to a virtio device in this process, without a guest.
$(call bench_program,virtio_cost)
$(call bench_program,disk_cost)

# Virtio devices, also those of a whole system. ROWS='words' picks figures by
# their names.
bench-virtio: $(addprefix $(OUT)/bench/,disk_cost systems virtio_cost) all
	@$(OUT)/bench/virtio_cost $(ROWS)
	@$(OUT)/bench/disk_cost $(ROWS)
	@$(OUT)/bench/systems virtio $(ROWS)
	@$(OUT)/bench/systems folders $(ROWS)
.PHONY: bench-virtio

# Upstream firmware of board ast2700, from the folder that CAIRN_AST2700 names.
bench-ast2700: all
	@python3 bench/ast2700.py
.PHONY: bench-ast2700

# Cortex-M: kernels of ours, and firmware that CAIRN_MPROFILE names the folder of.
# ROWS='words' picks figures by their names.
BENCH_MPROFILE := build/out/guest/bench/mprofile
$(BENCH_MPROFILE).bin: guest/bench/mprofile/main.c guest/bench/mprofile/mprofile.ld
	$(call say,GUEST,$@)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) --target=thumbv7em-none-eabi -mcpu=cortex-m4 -mfloat-abi=softfp \
	    -mfpu=fpv4-sp-d16 -O2 -ffreestanding -fno-builtin -Wall -Wextra -Werror -nostdlib \
	    -fuse-ld=lld -T guest/bench/mprofile/mprofile.ld -Wl,--build-id=none $< -o $(@:.bin=.elf)
	$(Q)$(GUEST_OBJCOPY) -O binary $(@:.bin=.elf) $@

$(call bench_program,mprofile,kernels)
$(OUT)/bench/mprofile: | $(BENCH_MPROFILE).bin

bench-mprofile: $(OUT)/bench/mprofile all
	@$(OUT)/bench/mprofile $(ROWS)
.PHONY: bench-mprofile

# A root of trust over a socket.
$(call bench_program,rot_server)
$(OUT)/bench/rot_server: | build/out/guest/caliptra/embedded/firmware.bundle

bench-rot-server: $(OUT)/bench/rot_server all
	@$(OUT)/bench/rot_server
.PHONY: bench-rot-server

$(call bench_program,library)
$(OUT)/bench/library: | build/out/guest/caliptra/embedded/firmware.bundle

bench-library: $(OUT)/bench/library all
	@$(OUT)/bench/library
.PHONY: bench-library
