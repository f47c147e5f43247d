# Programs that print figures beside a peer's; see build/bench.mk.
PROGRAMS += bench/caliptra
bench/caliptra.SOURCES := bench/caliptra.c tests/caliptra_soc.c

PROGRAMS += bench/rv32
bench/rv32.SOURCES := bench/rv32.c
bench/rv32.LDLIBS  := -lm

BENCH_RV32 := build/out/guest/bench/rv32
$(BENCH_RV32).bin: bench/rv32_kernels.c
	$(call say,GUEST,$@)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_RV32) $(GUEST_CFLAGS) -O2 -fuse-ld=lld \
	    -Wl,-Ttext=0x80000000,--entry=kernel_start,--gc-sections $< -o $(BENCH_RV32).elf
	$(Q)$(GUEST_OBJCOPY) -O binary $(BENCH_RV32).elf $@

$(OUT)/bench/rv32: | $(BENCH_RV32).bin

# A kernel Image that runs one of the benchmarks of bench/a64/kernels.def; the
# tests of determinism run it too.
BENCH_A64 := build/out/guest/bench/a64
BENCH_A64_OBJECTS := $(patsubst %,build/out/guest/%.o,bench/a64/start bench/a64/main \
                       bench/a64/compute bench/a64/system)
BENCH_A64_CFLAGS := $(filter-out -Os,$(GUEST_CFLAGS)) -O2 --target=aarch64-unknown-none \
                    -march=armv8-a+crypto -fno-vectorize -fno-slp-vectorize

build/out/guest/bench/a64/%.o: bench/a64/%.c bench/a64/kernels.h bench/a64/kernels.def
	$(call say,GUEST,$@)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(BENCH_A64_CFLAGS) -c $< -o $@

build/out/guest/bench/a64/%.o: bench/a64/%.S
	$(call say,GUEST,$@)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(BENCH_A64_CFLAGS) -c $< -o $@

$(BENCH_A64).bin: $(BENCH_A64_OBJECTS) bench/a64/image.ld
	$(call say,GUEST,$@)
	$(Q)$(GUEST_LD) -T bench/a64/image.ld --gc-sections --build-id=none $(BENCH_A64_OBJECTS) -o $(BENCH_A64).elf
	$(Q)$(GUEST_OBJCOPY) -O binary $(BENCH_A64).elf $@

PROGRAMS += bench/aarch64
bench/aarch64.SOURCES := bench/aarch64.c bench/linux.c bench/measure.c bench/peer.c
bench/aarch64.LDLIBS  := -lm

$(OUT)/bench/aarch64: | $(BENCH_A64).bin

# ROWS='words' picks rows by their names.
bench-aarch64: $(OUT)/bench/aarch64 all
	@$(OUT)/bench/aarch64 $(ROWS)
bench-interpreter: bench-rv32 bench-aarch64
.PHONY: bench-aarch64 bench-interpreter

bench-rv32: $(OUT)/bench/rv32
	@$(OUT)/bench/rv32
.PHONY: bench-rv32
