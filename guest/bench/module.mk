# A kernel Image that runs one of the benchmarks of kernels.def, for
# bench/engine and for the tests of determinism.
BENCH_A64 := build/out/guest/bench/a64
BENCH_A64_OBJECTS := $(patsubst %,$(BENCH_A64)/%.o,start main compute integer_mix pieces system vectors) $(IMAGE_KIT)
BENCH_A64_CFLAGS  := $(filter-out -Os,$(GUEST_CFLAGS)) -O2 --target=aarch64-unknown-none \
                     -march=armv8-a+crypto+crc -fno-vectorize -fno-slp-vectorize -MMD -MP

$(BENCH_A64)/%.o: guest/bench/%.c
	$(call say,A64CC,$<)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(BENCH_A64_CFLAGS) -c $< -o $@

$(BENCH_A64)/%.o: guest/bench/%.S
	$(call say,A64AS,$<)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(BENCH_A64_CFLAGS) -c $< -o $@

$(BENCH_A64).bin: $(BENCH_A64_OBJECTS) guest/kit/boot/image.ld
	$(call say,A64LD,$@)
	$(Q)$(GUEST_LD) -T guest/kit/boot/image.ld --gc-sections --build-id=none $(BENCH_A64_OBJECTS) -o $(BENCH_A64).elf
	$(Q)$(GUEST_OBJCOPY) -O binary $(BENCH_A64).elf $@

-include $(wildcard $(BENCH_A64)/*.d)
