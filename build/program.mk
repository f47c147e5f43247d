# The program, and the files that are made by running it.
#
# cairn carries what `cairn run` boots when told nothing: our own ROM, and a
# bundle that cairn-bare (the same program without them) packed and signed with
# the development keys.

EMBEDDED        := build/out/guest/caliptra/embedded
EMBEDDED_ROM    := build/out/guest/caliptra/rom.bin
EMBEDDED_BUNDLE := $(EMBEDDED)/firmware.bundle
EMBEDDED_FUSES  := $(EMBEDDED)/part.fuses

# The seed makes the keys, and so the bundle, the same everywhere: they guard
# nothing. LMS trees take seconds to grow, so they are grown once.
$(EMBEDDED)/keys/made: | $(OUT)/cairn-bare
	$(call say,KEYS,$(@D))
	$(Q)mkdir -p $(EMBEDDED) && rm -rf $(@D)
	$(Q)$(OUT)/cairn-bare keys new --seed 'embedded default of cairn' $(@D) >/dev/null
	@touch $@

$(EMBEDDED_BUNDLE) $(EMBEDDED_FUSES) &: build/out/guest/caliptra/fmc.elf \
    build/out/guest/caliptra/runtime.elf commands/pack_caliptra.c \
    $(wildcard trust/*.[ch]) $(EMBEDDED)/keys/made | $(OUT)/cairn-bare
	$(call say,PACK,$(EMBEDDED_BUNDLE))
	$(Q)$(OUT)/cairn-bare pack caliptra --keys $(EMBEDDED)/keys --lms-index 0 \
	    --fmc build/out/guest/caliptra/fmc.elf \
	    --runtime build/out/guest/caliptra/runtime.elf \
	    --out $(EMBEDDED_BUNDLE) --fuses $(EMBEDDED_FUSES) >/dev/null

$(OUT)/commands/embedded.o: $(EMBEDDED_ROM) $(EMBEDDED_BUNDLE) $(EMBEDDED_FUSES)
commands/embedded.S.CFLAGS := -DEMBEDDED_ROM=$(EMBEDDED_ROM) \
    -DEMBEDDED_BUNDLE=$(EMBEDDED_BUNDLE) -DEMBEDDED_FUSES=$(EMBEDDED_FUSES)

MAN_PAGES  := $(OUT)/man
COMPLETION := $(OUT)/completion

all: $(if $(filter release,$(BUILD)),build/cairn) $(OUT)/cairn

build/cairn: build/out/release/cairn
	@ln -f $< $@ 2>/dev/null || cp $< $@

$(MAN_PAGES)/cairn.1: $(OUT)/cairn $(wildcard docs/man/*)
	$(call say,MAN,$(MAN_PAGES))
	@mkdir -p $(MAN_PAGES)
	$(Q)$(OUT)/cairn help --man-pages $(MAN_PAGES)
	$(Q)$(if $(wildcard docs/man/*.[1-9]),cp $(wildcard docs/man/*.[1-9]) $(MAN_PAGES)/)

$(COMPLETION)/cairn: $(OUT)/cairn
	$(call say,GEN,$@)
	@mkdir -p $(COMPLETION)
	$(Q)$(OUT)/cairn help --completion bash >$@
	$(Q)$(OUT)/cairn help --completion zsh >$(COMPLETION)/_cairn
