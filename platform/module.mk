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
