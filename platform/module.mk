# A machine from a board: build, run, snapshot, debug, agent.
MODULES += platform
platform.SOURCES := \
    $(addprefix platform/agent/,agent.c caliptra.c fuses.c script.c verbs.c) \
    $(addprefix platform/board/,board.c index.c places.c plug.c) \
    $(addprefix platform/debug/,debug.c gdb_packet.c history.c memory.c processes.c \
        query.c registers.c reverse.c run.c semihosting.c \
        semihosting_files.c semihosting_extension.c travel.c types.c) \
    $(addprefix platform/guest/,acpi.c aml.c board.c dsdt.c dtb.c \
        dtb_choose.c file.c firmware.c guest.c image.c pieces.c \
        smbios.c switch.c tree.c tree_devices.c view.c) \
    $(addprefix platform/machine/,access.c asks.c build.c callback.c capsule.c channel.c cores.c disk.c drive_state.c entropy.c extension.c gain.c images.c \
        input.c interrupts.c lines.c look.c machine.c map.c mapping.c masters.c memories.c \
        network.c nodes.c origin.c pace.c parallel.c part_kinds.c parts.c place.c psci.c reset.c reset_lines.c run.c serial.c servers.c share.c sized.c \
        slots.c sockets.c standstill.c stretch.c tpm.c transfer.c turns.c wire.c) \
    platform/extensions/extensions.c \
    $(addprefix platform/power/,account.c ledger.c) \
    $(addprefix platform/profile/,count.c sample.c stack.c) \
    $(addprefix platform/record/,format.c record.c replay.c) \
    $(addprefix platform/show/,layout.c layout_place.c picture.c report.c show.c) \
    $(addprefix platform/snapshot/,chain.c events.c file.c head.c show.c snapshot.c source.c)
platform.TESTS := \
    $(addprefix platform/agent/,agent_test.c) \
    $(addprefix platform/board/,board_test.c plug_test.c) \
    $(addprefix platform/debug/,aarch64_test.c debug_test.c \
        gdb_packet_test.c reverse_test.c semihosting_test.c serial_test.c) \
    $(addprefix platform/guest/,aml_test.c description_test.c \
        dtb_test.c firmware_test.c guest_test.c image_test.c) \
    $(addprefix platform/machine/,callback_test.c gain_test.c input_test.c machine_test.c memories_test.c mps2_test.c mps2_hostile_test.c origin_test.c parts_test.c psci_test.c \
        secure_test.c sized_test.c simulator_test.c) \
    platform/power/ledger_test.c platform/profile/profile_test.c \
    $(addprefix platform/record/,record_test.c) \
    platform/show/picture_test.c \
    $(addprefix platform/snapshot/,chain_test.c events_test.c file_test.c \
        head_test.c map_test.c \
        snapshot_test.c source_test.c)
platform.FUZZERS := \
    $(addprefix platform/agent/,agent_fuzz.c) \
    $(addprefix platform/machine/,board_fuzz.c) \
    $(addprefix platform/debug/,gdb_packet_fuzz.c semihosting_fuzz.c) \
    $(addprefix platform/record/,record_fuzz.c) \
    $(addprefix platform/snapshot/,snapshot_fuzz.c)

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
CHECKS += tests/program/install-test.sh
