# Programs that print figures beside a peer's; see build/bench.mk.
PROGRAMS += bench/caliptra
bench/caliptra.SOURCES := bench/caliptra.c tests/caliptra_soc.c

PROGRAMS += bench/chain
bench/chain.SOURCES := bench/chain.c bench/measure.c

PROGRAMS += bench/rv32
bench/rv32.SOURCES := bench/rv32.c bench/measure.c
bench/rv32.LDLIBS  := -lm

BENCH_RV32 := build/out/guest/bench/rv32
$(BENCH_RV32).bin: bench/rv32_kernels.c
	$(call say,GUEST,$@)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_RV32) $(GUEST_CFLAGS) -O2 -fuse-ld=lld \
	    -Wl,-Ttext=0x80000000,--entry=kernel_start,--gc-sections $< -o $(BENCH_RV32).elf
	$(Q)$(GUEST_OBJCOPY) -O binary $(BENCH_RV32).elf $@

$(OUT)/bench/rv32: | $(BENCH_RV32).bin

PROGRAMS += bench/aarch64
bench/aarch64.SOURCES := bench/aarch64.c bench/linux.c bench/measure.c bench/peer.c
bench/aarch64.LDLIBS  := -lm

$(OUT)/bench/aarch64: | build/out/guest/bench/a64.bin

# ROWS='words' picks rows by their names.
bench-aarch64: $(OUT)/bench/aarch64 all
	@$(OUT)/bench/aarch64 $(ROWS)
bench-engine: bench-rv32 bench-aarch64
bench-interpreter: export CAIRN_BENCH_INTERPRETED := 1
bench-interpreter: bench-rv32 bench-aarch64
.PHONY: bench-aarch64 bench-engine bench-interpreter

bench-rv32: $(OUT)/bench/rv32
	@$(OUT)/bench/rv32
.PHONY: bench-rv32
