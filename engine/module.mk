# Interpreter and compiler of guest code, and their tests.
MODULES += engine
engine.GENERATED := $(OUT)/gen/engine/lift/aarch64_lifters.o

$(OUT)/gen/engine/lift/aarch64_lifters.c: $(OUT)/gen/generate-aarch64-decoder
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)$< lifters >$@.part && mv $@.part $@

# Hosts that compiled code runs on; others interpret. Tests of that, and by the
# host's own instructions.
engine.COMPILED_x86_64 := $(wildcard engine/x86_64/*.c engine/*/x86_64/*.c) \
    engine/window_test.c engine/jumps_test.c engine/pinned_test.c \
    engine/returns_test.c engine/softfloat/softfloat_test.c
engine.WITHOUT := $(if $(engine.COMPILED_$(MACHINE)),$(wildcard engine/*/none.c),\
    $(engine.COMPILED_x86_64))

# Held to GNU MPFR, in the tests alone.
engine/softfloat/mpfr_test.c.LDLIBS := -lmpfr -lgmp

# An architecture as an outsider would add it, which only its test has.
engine/toy/toy_test.c.SOURCES := engine/toy/toy.c engine/toy/lift.c
engine.WITHOUT += $(engine/toy/toy_test.c.SOURCES)

# Programs that run here and under QEMU.
engine.ELSEWHERE := $(addprefix tests/engine/,a64_differential_test.c a64_rows_test.c \
                        a64_system_test.c rv32_differential_test.c t32_differential_test.c)
