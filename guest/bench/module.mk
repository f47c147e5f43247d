# A kernel Image that runs one of the benchmarks of kernels.def, for
# bench/engine and for the tests of determinism.
BENCH_A64 := $(GUEST_OUT)/bench/a64
BENCH_A64_OBJECTS := $(patsubst %,$(BENCH_A64)/%.o,start main compute integer_mix pieces system vectors) $(IMAGE_KIT)
BENCH_A64_CFLAGS  := $(filter-out -Os,$(GUEST_CFLAGS)) -O2 --target=aarch64-unknown-none \
                     -march=armv8-a+crypto+crc -fno-vectorize -fno-slp-vectorize

$(call guest_objects,$(BENCH_A64),guest/bench/,A64,$(BENCH_A64_CFLAGS))
$(call guest_image,bench/a64,$(BENCH_A64_OBJECTS),guest/kit/boot/image.ld)

# Firmware in the first flash, at EL3, that does one of the rows of firmware.def
# for bench/firmware.
BENCH_FIRMWARE_SOURCES := $(addprefix guest/bench/firmware/,start.S copies.S locks.S \
    devices.c interrupts.c levels.c main.c services.c share.c tables.c wait.c work.c) \
    $(addprefix guest/kit/,gic/gic.c memory/memory.c mmio/mmio.c pl011/pl011.c \
    print/print.c sha256/sha256.c smccc/smccc.c)

$(call guest_image,bench/firmware,$(patsubst %,$(VIRT_OUT)/%.o,$(basename $(BENCH_FIRMWARE_SOURCES))),guest/bench/firmware/firmware.ld)
