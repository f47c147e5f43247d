# Instructions as tables, their decoders and disassembly.
MODULES += isa
isa.GENERATED := $(OUT)/gen/isa/riscv/decoder.o $(OUT)/gen/isa/aarch64/decoder.o \
                 $(OUT)/gen/isa/t32/decoder.o

RISCV_ROWS := $(wildcard isa/riscv/*.def)

$(OUT)/gen/generate-riscv-decoder: build/generate-riscv-decoder.c $(RISCV_ROWS)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(BUILD_CC) -std=gnu11 -O1 -Wall -Wextra -Werror -I. $(filter %.c,$^) -o $@

$(OUT)/gen/isa/riscv/decoder.c: $(OUT)/gen/generate-riscv-decoder
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)$< >$@.part && mv $@.part $@

AARCH64_ROWS := $(wildcard isa/aarch64/*.def)

$(OUT)/gen/generate-aarch64-decoder: build/generate-aarch64-decoder.c build/encodings.c build/encodings.h isa/aarch64/decode.h $(AARCH64_ROWS)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(BUILD_CC) -std=gnu11 -O1 -Wall -Wextra -Werror -I. $(filter %.c,$^) -o $@

$(OUT)/gen/isa/aarch64/decoder.c: $(OUT)/gen/generate-aarch64-decoder
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)$< >$@.part && mv $@.part $@

T32_ROWS := $(wildcard isa/t32/*.def)

$(OUT)/gen/generate-t32-decoder: build/generate-t32-decoder.c build/encodings.c build/encodings.h isa/t32/decode.h isa/t32/tables.h $(T32_ROWS)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(BUILD_CC) -std=gnu11 -O1 -Wall -Wextra -Werror -I. $(filter %.c,$^) -o $@

$(OUT)/gen/isa/t32/decoder.c: $(OUT)/gen/generate-t32-decoder
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)$< >$@.part && mv $@.part $@
