# The program, and the files that are made by running it.
#
# cairn embeds the files that `cairn run` boots by default: our own ROM, and a
# bundle that cairn-bare (the same program without them) has packed and signed
# with the development keys; for 2.x, whose ROM the user provides, one bundle for
# each kind of fuses.

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
    build/out/guest/caliptra/runtime.elf commands/pack/caliptra.c \
    $(wildcard trust/*.[ch]) $(EMBEDDED)/keys/made | $(OUT)/cairn-bare
	$(call say,PACK,$(EMBEDDED_BUNDLE))
	$(Q)$(OUT)/cairn-bare pack caliptra --keys $(EMBEDDED)/keys --lms-index 0 \
	    --fmc build/out/guest/caliptra/fmc.elf \
	    --runtime build/out/guest/caliptra/runtime.elf \
	    --out $(EMBEDDED_BUNDLE) --fuses $(EMBEDDED_FUSES) >/dev/null

EMBEDDED_BUNDLE_2     := $(EMBEDDED)/firmware-2.bundle
EMBEDDED_BUNDLE_2_LMS := $(EMBEDDED)/firmware-2-lms.bundle

$(EMBEDDED_BUNDLE_2) $(EMBEDDED_BUNDLE_2_LMS): build/out/guest/caliptra/fmc-2.elf \
    build/out/guest/caliptra/runtime-2.elf commands/pack/caliptra.c \
    $(wildcard trust/*.[ch]) $(EMBEDDED)/keys/made | $(OUT)/cairn-bare
	$(call say,PACK,$@)
	$(Q)$(OUT)/cairn-bare pack caliptra --generation 2.0 \
	    $(if $(filter %-lms.bundle,$@),--lms-index 0,--mldsa) \
	    --keys $(EMBEDDED)/keys \
	    --fmc build/out/guest/caliptra/fmc-2.elf \
	    --runtime build/out/guest/caliptra/runtime-2.elf --out $@ >/dev/null

# The boot flash of board trust, mostly erased: compressed.
EMBEDDED_FLASH := $(EMBEDDED)/trust.img.gz
EMBEDDED_ARRAY := $(EMBEDDED)/trust.fuses
EMBEDDED_MCU   := build/out/guest/bootmcu/rom.bin

$(EMBEDDED_FLASH) $(EMBEDDED_ARRAY) &: boards/trust.yaml \
    build/out/guest/caliptra/fmc.elf build/out/guest/caliptra/runtime.elf \
    $(VIRT_OUT)/monitor.elf $(VIRT_OUT)/hello.elf commands/pack/flash.c \
    $(wildcard trust/*/*.[ch] abi/*.h) $(EMBEDDED)/keys/made | $(OUT)/cairn-bare
	$(call say,PACK,$(EMBEDDED_FLASH))
	$(Q)$(OUT)/cairn-bare pack flash boards/trust.yaml --quiet \
	    --out $(EMBEDDED)/trust.img --fuse-array $(EMBEDDED_ARRAY)
	$(Q)gzip -9nf $(EMBEDDED)/trust.img

# The boot flash of board ast2700, erased up to its flash image: compressed.
EMBEDDED_AST2700       := $(EMBEDDED)/ast2700.img.gz
EMBEDDED_AST2700_ARRAY := $(EMBEDDED)/ast2700.fuses
EMBEDDED_AST2700_MCU   := build/out/guest/ast2700/rom.bin
AST2700_PROGRAMS       := $(addprefix build/out/guest/ast2700/,runtime.elf bl31.elf uboot.elf ssp.elf tsp.elf)

$(EMBEDDED_AST2700) $(EMBEDDED_AST2700_ARRAY) &: boards/ast2700.yaml \
    build/out/guest/caliptra/fmc.elf build/out/guest/caliptra/runtime.elf \
    $(AST2700_PROGRAMS) commands/pack/ast2700.c \
    $(wildcard trust/*/*.[ch] abi/*.h) $(EMBEDDED)/keys/made | $(OUT)/cairn-bare
	$(call say,PACK,$(EMBEDDED_AST2700))
	$(Q)$(OUT)/cairn-bare pack ast2700 boards/ast2700.yaml --quiet \
	    --out $(EMBEDDED)/ast2700.img --fuse-array $(EMBEDDED_AST2700_ARRAY)
	$(Q)gzip -9nf $(EMBEDDED)/ast2700.img

EMBEDDED_FILES := rom=$(EMBEDDED_ROM) bundle=$(EMBEDDED_BUNDLE) \
                  bundle_2=$(EMBEDDED_BUNDLE_2) \
                  bundle_2_lms=$(EMBEDDED_BUNDLE_2_LMS) \
                  fuses=$(EMBEDDED_FUSES) flash=$(EMBEDDED_FLASH) \
                  array=$(EMBEDDED_ARRAY) mcu=$(EMBEDDED_MCU) \
                  ast2700=$(EMBEDDED_AST2700) \
                  ast2700_array=$(EMBEDDED_AST2700_ARRAY) \
                  ast2700_mcu=$(EMBEDDED_AST2700_MCU)

$(OUT)/commands/embedded.o: $(foreach f,$(EMBEDDED_FILES),$(lastword $(subst =, ,$f)))
commands/embedded.S.CFLAGS := $(foreach f,$(EMBEDDED_FILES),-DEMBEDDED_$f)

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
