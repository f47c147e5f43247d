MODULES += platform
platform.SOURCES := platform/board.c platform/board_index.c \
                    platform/board_places.c \
                    platform/board_look.c platform/board_picture.c platform/board_show.c \
                    platform/debug.c platform/debug_history.c \
                    platform/debug_memory.c platform/debug_query.c \
                    platform/debug_registers.c platform/debug_reverse.c \
                    platform/debug_run.c platform/debug_travel.c \
                    platform/debug_types.c \
                    platform/gdb_packet.c platform/guest.c platform/guest_switch.c \
                    platform/guest_acpi.c platform/guest_aml.c \
                    platform/guest_board.c platform/guest_dsdt.c \
                    platform/guest_dtb.c platform/guest_dtb_choose.c \
                    platform/guest_file.c platform/guest_firmware.c \
                    platform/guest_image.c platform/guest_smbios.c \
                    platform/guest_view.c platform/machine.c \
                    platform/machine_build.c platform/machine_map.c \
                    platform/machine_reset.c platform/machine_run.c \
                    platform/machine_wire.c platform/psci.c platform/semihosting.c \
                    platform/semihosting_files.c platform/snapshot.c \
                    platform/snapshot_chain.c platform/snapshot_events.c \
                    platform/snapshot_file.c platform/snapshot_head.c \
                    platform/snapshot_origin.c platform/snapshot_show.c \
                    platform/snapshot_source.c
platform.SOURCES += platform/machine_parallel.c platform/report.c platform/standstill.c platform/agent.c platform/agent_caliptra.c \
                    platform/agent_fuses.c platform/agent_script.c \
                    platform/agent_verbs.c
platform.TESTS   := platform/agent_test.c platform/board_test.c \
                    platform/debug_aarch64_test.c \
                    platform/debug_reverse_test.c platform/debug_test.c \
                    platform/gdb_packet_test.c platform/guest_aml_test.c \
                    platform/guest_dtb_test.c platform/guest_firmware_test.c \
                    platform/guest_image_test.c platform/guest_test.c \
                    platform/machine_test.c \
                    platform/psci_test.c platform/secure_test.c platform/semihosting_test.c platform/snapshot_chain_test.c \
                    platform/snapshot_events_test.c \
                    platform/snapshot_file_test.c platform/snapshot_map_test.c platform/snapshot_origin_test.c \
                    platform/snapshot_test.c

# Built-in boards: every boards/*.dts, compiled and embedded.
BOARD_BLOBS := $(patsubst %.dts,$(OUT)/%.dtb,$(wildcard boards/*.dts))
platform.GENERATED := $(OUT)/gen/board_builtins.o $(OUT)/gen/version.o

$(OUT)/boards/%.dtb: boards/%.dts $(wildcard boards/*.dtsi)
	$(call say,DTC,$<)
	@mkdir -p $(@D)
	$(Q)dtc -q -@ -I dts -O dtb -o $@ $<

$(OUT)/gen/board_builtins.c: $(BOARD_BLOBS) build/embed-boards
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)build/embed-boards $(BOARD_BLOBS) >$@
$(OUT)/gen/version.c: Makefile
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)printf '#include "include/cairn/cairn.h"\nconst char *cairn_version(void)\n{\n    return "%s";\n}\nconst char *cairn_version_date(void)\n{\n    return "%s";\n}\n' '$(VERSION)' '$(DATE)' >$@
platform.FUZZERS += platform/agent_fuzz.c platform/board_fuzz.c \
                    platform/gdb_packet_fuzz.c \
                    platform/snapshot_fuzz.c
CHECKS += tests/install-test.sh
