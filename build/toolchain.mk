# Compilers and flags. Host code is gcc; guests are clang with lld, so that one
# compiler serves every guest ISA.

CC      := gcc
BUILD_CC := gcc # for programs that run during the build
AR      := gcc-ar
OBJCOPY := objcopy
GUEST_CC      := clang
FUZZ_CC       := clang
GUEST_LD      := ld.lld
GUEST_OBJCOPY := llvm-objcopy
PKG_CONFIG    := pkg-config

# The host that is built for: some files are for one kind alone.
MACHINE := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes \
            -Wmissing-prototypes -Wundef -Wvla -Wimplicit-fallthrough \
            -Wwrite-strings -Wcast-qual -Wno-unused-parameter -Werror

CPPFLAGS := -I. -Iinclude -D_GNU_SOURCE
# One set of objects serves programs and the shared library, which shows what
# the public headers declare and nothing else.
CFLAGS   := -std=gnu11 -g -fPIC -fvisibility=hidden $(WARNINGS)
LDFLAGS  :=
LDLIBS   := -lcbor -lcrypto -lfdt -lyaml -lz -lzstd -lpthread
# Flags for C files that are no reason to compile anything anew: build/mutate
# silences warnings by them.
LAST_CFLAGS :=
# What of these the library of users needs.
LIBRARY_LDLIBS := -lcrypto -lfdt -lz -lzstd -lpthread
# Programs carry these libraries: relocating libcrypto was a good part of a cold
# start (docs/dependencies.md).
PROGRAM_LDLIBS := -Wl,-Bstatic -lcrypto -lfdt -lyaml -lz -lzstd -Wl,-Bdynamic -lcbor -lpthread

CFLAGS_release  := -O2 -fno-semantic-interposition
# CAIRN_DEBUG: debug_assert of base/assert.h tests its condition.
CFLAGS_debug    := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all \
                   -fno-omit-frame-pointer -DCAIRN_DEBUG
CFLAGS_coverage := -O0 --coverage
CFLAGS_thread   := -O1 -fsanitize=thread -fno-omit-frame-pointer -Wno-tsan \
                   -DCAIRN_DEBUG
LDFLAGS_debug    := -fsanitize=address,undefined
LDFLAGS_coverage := --coverage
LDFLAGS_thread   := -fsanitize=thread

ifeq ($(origin CFLAGS_$(BUILD)),undefined)
$(error BUILD=$(BUILD): expected release, debug, coverage or thread)
endif

CFLAGS  += $(CFLAGS_$(BUILD))
LDFLAGS += $(LDFLAGS_$(BUILD))

GUEST_CFLAGS := -std=gnu11 -Os -g -ffreestanding -fno-builtin -nostdlib \
                -fno-stack-protector -ffunction-sections -fdata-sections \
                -Wall -Wextra -Wshadow -Wstrict-prototypes \
                -Wmissing-prototypes -Wundef -Wvla -Wcast-qual \
                -Wno-unused-parameter -Werror -I.
GUEST_RV32   := --target=riscv32-unknown-elf -march=rv32imc -mabi=ilp32 \
                -mcmodel=medany -mno-relax
