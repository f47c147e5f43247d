# Programs that print figures beside a peer's; see build/bench.mk.
PROGRAMS += bench/caliptra
bench/caliptra.SOURCES := bench/caliptra.c tests/caliptra_soc.c

PROGRAMS += bench/interpreter
bench/interpreter.SOURCES := bench/interpreter.c
bench/interpreter.LDLIBS  := -lm

BENCH_RV32 := build/out/guest/bench/rv32
$(BENCH_RV32).bin: bench/rv32_kernels.c
	$(call say,GUEST,$@)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_RV32) $(GUEST_CFLAGS) -O2 -fuse-ld=lld \
	    -Wl,-Ttext=0x80000000,--entry=kernel_start,--gc-sections $< -o $(BENCH_RV32).elf
	$(Q)$(GUEST_OBJCOPY) -O binary $(BENCH_RV32).elf $@

$(OUT)/bench/interpreter: | $(BENCH_RV32).bin

bench-rv32: $(OUT)/bench/interpreter
	@$(OUT)/bench/interpreter
.PHONY: bench-rv32
