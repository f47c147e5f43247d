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

# Firmware in the first flash, at EL3, that does one of the rows of firmware.def
# for bench/firmware.
BENCH_FIRMWARE := build/out/guest/bench/firmware
BENCH_FIRMWARE_SOURCES := $(addprefix guest/bench/firmware/,start.S copies.S locks.S \
    devices.c interrupts.c levels.c main.c services.c share.c tables.c wait.c work.c) \
    $(addprefix guest/kit/,gic/gic.c memory/memory.c mmio/mmio.c pl011/pl011.c \
    print/print.c sha256/sha256.c smccc/smccc.c)
BENCH_FIRMWARE_OBJECTS := $(patsubst %,$(VIRT_OUT)/%.o,$(basename $(BENCH_FIRMWARE_SOURCES)))

$(BENCH_FIRMWARE).bin: $(BENCH_FIRMWARE_OBJECTS) guest/bench/firmware/firmware.ld
	$(call say,A64LD,$@)
	@mkdir -p $(@D)
	$(Q)$(GUEST_LD) -T guest/bench/firmware/firmware.ld --gc-sections --build-id=none $(BENCH_FIRMWARE_OBJECTS) -o $(BENCH_FIRMWARE).elf
	$(Q)$(GUEST_OBJCOPY) -O binary $(BENCH_FIRMWARE).elf $@
