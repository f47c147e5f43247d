MODULES += engine
engine.SOURCES := engine/code.c engine/core.c engine/memory.c engine/vcpu.c \
                  engine/interpreter/interpreter.c engine/ir/ir.c \
                  engine/lift/riscv.c engine/lift/riscv_bits.c \
                  engine/lift/riscv_branch.c engine/lift/riscv_integer.c \
                  engine/lift/riscv_memory.c engine/lift/riscv_system.c \
                  engine/riscv/csr.c engine/riscv/pmp.c engine/riscv/riscv.c \
                  engine/riscv/trap.c engine/riscv/veer.c \
                  engine/aarch64/aarch64.c engine/aarch64/access.c \
                  engine/aarch64/core_registers.c \
                  engine/aarch64/exception.c engine/aarch64/helpers.c \
                  engine/aarch64/mmu.c engine/aarch64/registers.c \
                  engine/aarch64/system.c engine/aarch64/timer.c \
                  engine/aarch64/atomic.c engine/lift/aarch64.c \
                  engine/lift/aarch64_branch.c \
                  engine/lift/aarch64_integer.c \
                  engine/lift/aarch64_memory.c \
                  engine/lift/aarch64_system.c

# Last: its weak lifters stand in for those that no file before it has.
engine.SOURCES += engine/lift/aarch64_pending.c
engine.TESTS   := engine/aarch64/aarch64_test.c engine/aarch64/mmu_test.c \
                  engine/core_test.c engine/riscv/pmp_test.c \
                  engine/riscv/vectors_test.c \
                  engine/rv32_differential_test.c

RV32_TESTS := engine/rv32_differential_test.c
# What only this test uses is linked into it alone.
engine/rv32_differential_test.c.NEEDS  := $(OUT)/engine/rv32_random.o
engine/rv32_differential_test.c.LDLIBS := $(OUT)/engine/rv32_random.o \
    $(OUT)/libisa.a $(OUT)/libbase.a
