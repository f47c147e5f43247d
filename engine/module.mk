# Interpreter and compiler of guest code, and their tests.
MODULES += engine
engine.SOURCES := engine/code.c engine/code_cache.c engine/core.c engine/device_page.c engine/jumps.c engine/known.c engine/memory.c engine/origins.c engine/spin/spin.c engine/spin/moving.c engine/spin/walk.c engine/tlb.c engine/vcpu.c engine/vcpu_engine.c engine/window.c \
                  engine/interpreter/interpreter.c engine/ir/ir.c \
                  engine/lift/riscv.c engine/lift/riscv_bits.c \
                  engine/lift/riscv_branch.c engine/lift/riscv_integer.c \
                  engine/lift/riscv_memory.c engine/lift/riscv_system.c \
                  engine/riscv/csr.c engine/riscv/ibex.c engine/riscv/pmp.c engine/riscv/riscv.c \
                  engine/riscv/trap.c engine/riscv/veer.c \
                  engine/aarch64/aarch64.c engine/aarch64/abort.c engine/aarch64/access.c \
                  engine/aarch64/core_registers.c \
                  engine/aarch64/core_type.c \
                  engine/aarch64/debug.c engine/aarch64/pmu.c \
                  engine/aarch64/exception.c engine/aarch64/helpers.c \
                  engine/aarch64/banks.c engine/aarch64/mmu.c engine/aarch64/pauth.c \
                  engine/aarch64/qarma.c engine/aarch64/registers.c \
                  engine/aarch64/maintenance.c engine/aarch64/spin.c engine/aarch64/system.c \
                  engine/aarch64/timer.c engine/aarch64/traps.c \
                  engine/aarch64/atomic.c engine/lift/aarch64.c \
                  engine/lift/aarch64_branch.c \
                  engine/lift/aarch64_integer.c \
                  engine/lift/aarch64_memory.c \
                  engine/lift/aarch64_pauth.c \
                  engine/lift/aarch64_system.c
engine.SOURCES += engine/mprofile/access.c engine/mprofile/bitband.c engine/mprofile/debug.c engine/mprofile/entry.c \
                  engine/mprofile/fpstate.c engine/mprofile/itm.c engine/mprofile/leave.c engine/mprofile/models.c \
                  engine/mprofile/mprofile.c \
                  engine/mprofile/mpu.c engine/mprofile/nvic.c \
                  engine/mprofile/registers.c engine/mprofile/sau.c \
                  engine/mprofile/scs.c engine/mprofile/scs_block.c \
                  engine/mprofile/scs_debug.c engine/mprofile/scs_memory.c engine/mprofile/scs_nvic.c \
                  engine/mprofile/secure.c \
                  engine/mprofile/special.c engine/mprofile/system.c \
                  engine/mprofile/systick.c
engine.SOURCES += engine/aarch64/crypto.c engine/aarch64/simd.c \
                  engine/aarch64/simd_fp.c engine/aarch64/simd_integer.c \
                  engine/aarch64/simd_memory.c \
                  engine/aarch64/simd_permute.c \
                  engine/lift/aarch64_crypto.c engine/lift/aarch64_fp.c \
                  engine/lift/aarch64_simd.c engine/softfloat/compare.c \
                  engine/softfloat/convert.c engine/softfloat/estimate.c \
                  engine/softfloat/round.c engine/softfloat/softfloat.c

engine.GENERATED := $(OUT)/gen/engine/lift/aarch64_lifters.o

$(OUT)/gen/engine/lift/aarch64_lifters.c: $(OUT)/gen/generate-aarch64-decoder
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)$< lifters >$@.part && mv $@.part $@

# Hosts that compiled code runs on; others interpret.
engine.COMPILER_x86_64 := \
    engine/x86_64/lower.c engine/x86_64/lower_branch.c \
    engine/x86_64/lower_flags.c \
    engine/x86_64/lower_integer.c engine/x86_64/lower_memory.c \
    engine/x86_64/lower_multiply.c engine/x86_64/lower_t32.c \
    engine/x86_64/lower_vector.c engine/x86_64/lower_window.c \
    engine/x86_64/rows.c engine/x86_64/shared.c engine/x86_64/target.c \
    engine/x86_64/x64.c \
    engine/aarch64/x86_64/lower_aarch64.c engine/aarch64/x86_64/lower_crypto.c \
    engine/aarch64/x86_64/lower_fp.c engine/aarch64/x86_64/lower_fp_compare.c \
    engine/aarch64/x86_64/lower_fp_convert.c \
    engine/aarch64/x86_64/lower_fp_half.c engine/aarch64/x86_64/lower_simd.c \
    engine/aarch64/x86_64/lower_simd_integer.c \
    engine/aarch64/x86_64/lower_simd_memory.c \
    engine/aarch64/x86_64/lower_simd_permute.c \
    engine/aarch64/x86_64/lower_simd_shift.c \
    engine/aarch64/x86_64/lower_system.c \
    engine/mprofile/x86_64/lower_t32_dsp.c \
    engine/mprofile/x86_64/lower_t32_fp.c
engine.SOURCES += engine/compiler/called.c engine/compiler/compiler.c \
                  engine/compiler/survey.c \
                  $(or $(engine.COMPILER_$(MACHINE)),engine/compiler/none.c \
                       engine/aarch64/none.c engine/mprofile/none.c)
# Tests of that, and by the host's own instructions.
engine.ONLY_x86_64 := engine/window_test.c engine/x86_64/x64_test.c \
    engine/jumps_test.c engine/pinned_test.c engine/returns_test.c \
    engine/aarch64/x86_64/lower_flags_test.c \
    engine/aarch64/x86_64/lower_fp_test.c \
    engine/aarch64/x86_64/lower_simd_test.c \
    engine/aarch64/x86_64/lower_system_test.c \
    engine/softfloat/softfloat_test.c
engine.WITHOUT := $(filter-out $(engine.ONLY_$(MACHINE)),$(engine.ONLY_x86_64))

engine.SOURCES += engine/lift/t32.c engine/lift/t32_branch.c \
                  engine/lift/t32_data.c engine/lift/t32_dsp.c \
                  engine/lift/t32_fp.c engine/lift/t32_memory.c \
                  engine/lift/t32_system.c engine/mprofile/dsp.c \
                  engine/mprofile/fp.c

# Cores that run at the same time.
engine.SOURCES += engine/gate.c engine/parallel.c engine/aarch64/parallel.c

# Held to GNU MPFR, in the tests alone.
engine/softfloat/mpfr_test.c.LDLIBS := -lmpfr -lgmp

# An architecture as an outsider would add it, which only its test has.
engine/toy/toy_test.c.SOURCES := engine/toy/toy.c engine/toy/lift.c

# Programs that run here and under QEMU.
engine.ELSEWHERE := $(addprefix tests/engine/,a64_differential_test.c a64_rows_test.c \
                        a64_system_test.c rv32_differential_test.c t32_differential_test.c)
