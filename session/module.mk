# Runs, from typed options to an outcome, and their tests.
MODULES += session
session.SOURCES := session/alone.c session/build.c session/chain.c \
                   session/clock.c session/console.c session/dialogue.c \
                   session/disks.c session/pieces.c session/plug.c session/virtio.c \
                   session/error.c session/flash.c session/guest.c \
                   session/guest_folder.c session/hashes.c session/kept.c session/known.c \
                   session/limits.c session/network.c session/observer.c session/options.c \
                   session/perf_map.c session/power_cut.c session/quote.c \
                   session/record.c session/reason.c session/reset_at.c session/roles.c session/run.c session/sandbox.c session/share.c session/slots.c session/start.c \
                   session/statistics.c session/symbol_files.c session/symbols.c session/targets.c session/variables.c \
                   session/verdict.c
session.SOURCES += $(addprefix session/rot/,client.c core.c mailbox.c mbox.c \
                       own.c own_state.c registers.c reset.c server.c wire.c)
session.SOURCES += $(addprefix session/power/,picture.c power.c print.c sum.c)
session.SOURCES += $(addprefix session/profile/,flame.c flame_script.c print.c \
                       profile.c tree.c)
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
