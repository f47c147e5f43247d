# A machine from a board: build, run, snapshot, debug, agent.
MODULES += platform

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
