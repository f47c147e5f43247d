# One file for each command of the program.
MODULES += commands
commands.WITHOUT := commands/main.c commands/embedded_files.c

PROGRAMS += cairn cairn-bare
cairn.SOURCES := commands/main.c commands/embedded_files.c
cairn.OBJECTS := $(OUT)/commands/embedded.o
cairn.LIBRARIES := $(OUT)/libcommands.a
cairn-bare.SOURCES := commands/main.c
cairn-bare.LIBRARIES := $(OUT)/libcommands.a
commands/run/power_cut_test.c.NEEDS := $(VIRT_OUT)/flash.elf
commands/run/exit_status_test.c.NEEDS := $(VIRT_OUT)/console.elf build/out/guest/caliptra/rom.bin \
    build/out/guest/caliptra/embedded/firmware.bundle
commands/run/net_test.c.NEEDS := $(VIRT_OUT)/console.elf
commands/command_test.c.NEEDS := build/out/guest/caliptra/embedded/firmware.bundle
commands/run/origin_test.c.NEEDS := build/out/guest/bench/a64.bin
commands/run/statistics_test.c.NEEDS := build/out/guest/bench/a64.bin
commands/run/perf_map_test.c.NEEDS := build/out/guest/bench/a64.bin
commands/run/profile_test.c.NEEDS := $(VIRT_OUT)/profile.elf build/out/guest/bench/a64.bin \
    build/out/guest/litmus/litmus.bin \
    build/out/guest/caliptra/embedded/firmware.bundle
commands/run/pictures_test.c.NEEDS := build/out/guest/mprofile/power.elf
commands/run/power_test.c.NEEDS := build/out/guest/mprofile/power.elf \
    build/out/guest/litmus/litmus.bin \
    build/out/guest/caliptra/embedded/firmware.bundle
commands/run/hashes_test.c.NEEDS := $(VIRT_OUT)/hello.elf build/out/guest/caliptra/embedded/firmware.bundle
commands/pack/pack_test.c.NEEDS := $(addprefix build/out/guest/caliptra/embedded/,firmware.bundle firmware-2.bundle firmware-2-lms.bundle)
commands/cut_test.c.NEEDS := build/out/guest/caliptra/embedded/firmware.bundle
