# Runs, from typed options to an outcome, and their tests.
MODULES += session
session/session_test.c.NEEDS := $(VIRT_OUT)/hello.elf $(VIRT_OUT)/console.elf \
    build/out/guest/ast2700/rom.bin \
    build/out/guest/bootmcu/rom.bin \
    $(addprefix build/out/guest/caliptra/embedded/,firmware.bundle \
        trust.img.gz trust.fuses)
session/refusals_test.c.NEEDS := $(session/session_test.c.NEEDS) build/out/guest/mprofile/power.elf \
    build/out/guest/caliptra/embedded/firmware-2.bundle
session/outcome_test.c.NEEDS := $(session/session_test.c.NEEDS)
session/guest_test.c.NEEDS := $(session/refusals_test.c.NEEDS)
session/plugged_test.c.NEEDS := $(VIRT_OUT)/hello.elf
session/variables_test.c.NEEDS := build/out/guest/caliptra/embedded/firmware.bundle
session/symbol_files_test.c.NEEDS := $(VIRT_OUT)/hello.elf
session/symbols_test.c.NEEDS := build/out/guest/bench/a64.bin
session/rot/core_test.c.NEEDS := build/out/guest/caliptra/rom.bin \
    build/out/guest/caliptra/embedded/firmware.bundle
$(foreach t,client foreign own own_state patience server,$(eval \
    session/rot/$(t)_test.c.NEEDS := $(session/rot/core_test.c.NEEDS)))
