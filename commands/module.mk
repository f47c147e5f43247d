# One file for each command of the program.
MODULES += commands
commands.SOURCES := commands/arguments.c commands/board.c commands/boards.c commands/claims.c commands/command.c \
                    commands/completion.c commands/confine.c commands/disk.c commands/disk_convert.c \
                    commands/disk_draft.c commands/disk_format.c commands/disk_option.c commands/virtio_options.c \
                    commands/embedded_none.c commands/help.c commands/image_key.c \
                    commands/inspect.c commands/inspect_aspeed.c commands/inspect_hex.c commands/inspect_kind.c commands/inspect_manifest.c commands/inspect_mcuboot.c commands/inspect_output.c commands/judged.c commands/keys.c commands/life_cycle.c commands/manual.c \
                    commands/needs.c commands/pack_ast2700.c commands/pack_caliptra.c \
                    commands/pack_capsule.c commands/pack_flash.c commands/pack_mcuboot.c \
                    commands/pack_mcuboot_custom.c commands/pack_mcuboot_payload.c \
                    commands/pack_recipe.c commands/pass_phrase.c \
                    commands/progress.c commands/report.c commands/run.c \
                    commands/run_inputs.c commands/run_needs.c commands/run_origin.c commands/run_origin_options.c \
                    commands/run_lines.c commands/run_output.c commands/run_choices.c commands/run_plug.c commands/run_images.c commands/run_measure.c commands/run_request.c commands/run_share.c \
                    commands/sandbox_page.c commands/serve.c commands/serve_output.c commands/unknown_file.c \
                    commands/verify_quote.c commands/verify_token.c

PROGRAMS += cairn cairn-bare
cairn.SOURCES := commands/main.c commands/embedded_files.c
cairn.OBJECTS := $(OUT)/commands/embedded.o
cairn.LIBRARIES := $(OUT)/libcommands.a
cairn-bare.SOURCES := commands/main.c
cairn-bare.LIBRARIES := $(OUT)/libcommands.a
commands/run_power_cut_test.c.NEEDS := $(VIRT_OUT)/flash.elf
commands/run_exit_status_test.c.NEEDS := $(VIRT_OUT)/console.elf build/out/guest/caliptra/rom.bin \
    build/out/guest/caliptra/embedded/firmware.bundle
commands/run_net_test.c.NEEDS := $(VIRT_OUT)/console.elf
commands/command_test.c.NEEDS := build/out/guest/caliptra/embedded/firmware.bundle
commands/run_origin_test.c.NEEDS := build/out/guest/bench/a64.bin
commands/run_statistics_test.c.NEEDS := build/out/guest/bench/a64.bin
commands/run_perf_map_test.c.NEEDS := build/out/guest/bench/a64.bin
commands/run_profile_test.c.NEEDS := $(VIRT_OUT)/profile.elf build/out/guest/bench/a64.bin \
    build/out/guest/litmus/litmus.bin \
    build/out/guest/caliptra/embedded/firmware.bundle
commands/run_pictures_test.c.NEEDS := build/out/guest/mprofile/power.elf
commands/run_power_test.c.NEEDS := build/out/guest/mprofile/power.elf \
    build/out/guest/litmus/litmus.bin \
    build/out/guest/caliptra/embedded/firmware.bundle
commands/run_hashes_test.c.NEEDS := $(VIRT_OUT)/hello.elf build/out/guest/caliptra/embedded/firmware.bundle
commands/pack_test.c.NEEDS := $(addprefix build/out/guest/caliptra/embedded/,firmware.bundle firmware-2.bundle firmware-2-lms.bundle)
commands/cut_test.c.NEEDS := build/out/guest/caliptra/embedded/firmware.bundle
