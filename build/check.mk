# What holds the tree to its promises. Every check is a program whose last line
# is "N passed, N failed"; run-tests adds them up.

CHECKS += build/check-layers build/check-layers-test build/check-form build/check-form-test build/check-headers build/check-format \
          build/check-manual build/check-registers build/check-conformance \
          build/check-doors build/check-firmware build/check-mutate build/check-library
CHECKS_NEED += $(OUT)/build/document-registers $(OUT)/build/find-mutants
long_engine := $(filter command line environment,$(origin STEPS))
hostile_cases := $(if $(filter command line environment,$(origin CASES)),$(CASES),1000)
STEPS ?= 1000000
CASES ?= 20000000
SYSTEM ?= 2000
export OUT BUILD CC

# All tests and checks, JOBS at a time (as many as there are processors), with the
# packages that they need.
check:
	@build/install-dependencies check
	@$(MAKE) --no-print-directory \
	    $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(or $(JOBS),$(shell nproc))) check-all

check-all: $(TEST_PROGRAMS) $(CHECKS_NEED) $(LIBRARIES) all library \
       $(MAN_PAGES)/cairn.1 $(COMPLETION)/cairn
	@build/run-tests $(TEST_PROGRAMS) $(CHECKS)

# The test programs alone, for another build type. With sanitizers flashes are
# spoilt, and power is cut, less often.
ifeq ($(BUILD),debug)
export CAIRN_MUTATIONS ?= 150
export CAIRN_CUTS ?= 1
endif
check-programs: $(TEST_PROGRAMS) $(CHECKS_NEED)
	@build/run-tests $(TEST_PROGRAMS)

# The man pages, made from the options of the commands.
check-manual: all $(MAN_PAGES)/cairn.1 $(COMPLETION)/cairn
	@build/check-manual

check-layers: $(LIBRARIES)
	@build/check-layers . $(OUT)

# The released Caliptra ROMs, found through CAIRN_CALIPTRA_ROMS, and our own
# by the same tests.
check-roms: $(foreach t,$(ROM_TESTS),$(OUT)/$(t:.c=)) $(CHECKS_NEED)
	@build/run-tests $(or $(foreach t,$(ROM_TESTS),$(OUT)/$(t:.c=)),$(error no module.mk names a ROM test))

# `cairn serve rot` by a client in Python, longer than `make check` does, and
# the unit tests of what serves.
check-rot-server: export CAIRN_ROT_LONG := 1
check-rot-server: $(OUT)/session/rot/core_test $(OUT)/session/rot/wire_test all
	@build/run-tests $(OUT)/session/rot/core_test $(OUT)/session/rot/wire_test \
	    tests/caliptra/rot-server-test.py

# kvm-unit-tests, TF-A's tests and OP-TEE's start, found through CAIRN_SUITES.
check-suites: all
	@tests/engine/suites-test.sh

# M-profile: programs of ours beside QEMU, and the firmware of others that
# CAIRN_MPROFILE names the folder of; CASES picks some of that.
check-mprofile: all $(CHECKS_NEED)
	@build/run-tests tests/mprofile/micropython-test.sh tests/mprofile/qemu-test.sh \
	    tests/mprofile/debug-test.sh tests/mprofile/monitor-test.sh tests/mprofile/absent-test.sh \
	    tests/mprofile/firmware-test.sh tests/mprofile/upgrade-test.sh

# With STEPS given, that many random steps of each guest against QEMU and by all
# engines; and guests, whose state must be the same by all engines at every EVERY
# instructions. GUESTS, CASES and JOBS are for tests/guests/guests.sh.
ifneq ($(long_engine),)
check-engine: export CAIRN_RV32_STEPS := $(STEPS)
check-engine: export CAIRN_A64_CASES := $(STEPS)
check-engine: check-engine-guests
endif
check-engine-guests: all build/out/guest/bench/a64.bin
	@tests/engine/engines-test.sh --long

# Random RISC-V instruction streams against qemu-system-riscv32.
check-rv32: $(foreach t,$(RV32_TESTS),$(OUT)/$(t:.c=))
	@CAIRN_RV32_STEPS=$(STEPS) build/run-tests $^

# Linux to its end, over and over, and the start of it by both builds.
check-determinism: $(OUT)/tests/engine/determinism_test all
	@CAIRN_BOOT_MILLIONS=0 $(OUT)/tests/engine/determinism_test
	@CAIRN_BOOT_MILLIONS=60 tests/engine/determinism-test.sh

# Board trust from fuses to the first application; MUTATIONS bytes of its flash
# and of a capsule are changed, one a run, with a table of the outcomes, and
# power is cut CUTS times in each kind of update: in each operation, by default.
MUTATIONS ?= 5000
CUTS ?= 320
check-chain: $(OUT)/tests/chain/chain_test $(OUT)/tests/chain/update_test \
    $(OUT)/tests/chain/bless_test $(OUT)/tests/chain/spoil_test \
    $(OUT)/tests/chain/power_test $(OUT)/tests/chain/mkeficapsule_test all
	@CAIRN_MUTATIONS=$(MUTATIONS) $(OUT)/tests/chain/spoil_test
	@CAIRN_CUTS=$(CUTS) \
	    build/run-tests $(OUT)/tests/chain/chain_test $(OUT)/tests/chain/update_test \
	        $(OUT)/tests/chain/bless_test $(OUT)/tests/chain/power_test \
	        $(OUT)/tests/chain/mkeficapsule_test

# Board ast2700: our firmware, and that of others which CAIRN_AST2700 names the
# folder of; CASES picks some of that by the names of the script's functions.
AST2700_TESTS := $(patsubst %.c,$(OUT)/%,$(wildcard tests/ast2700/*_test.c))
check-ast2700: $(AST2700_TESTS) all
	@build/run-tests $(AST2700_TESTS) \
	    tests/ast2700/debug-test.sh tests/ast2700/firmware-test.sh \
	    tests/ast2700/devices-test.sh

# Board ast2700's flash: MUTATIONS bytes of it are changed, one a run, and power is
# cut CUTS times in an update.
check-ast2700-mutations: $(OUT)/tests/ast2700/spoil_test $(OUT)/tests/ast2700/update_test all
	@CAIRN_MUTATIONS=$(MUTATIONS) $(OUT)/tests/ast2700/spoil_test
	@CAIRN_CUTS=$(CUTS) $(OUT)/tests/ast2700/update_test

# Rights that the sandbox gives up, and what planted code could do after that,
# against the table that the man page shows.
.PHONY: check-sandbox
check-sandbox: $(OUT)/host/sandbox_filter_test $(OUT)/host/sandbox_test $(OUT)/host/keeper_test $(OUT)/tests/planted/planted_test all $(CHECKS_NEED)
	@build/run-tests $(OUT)/host/sandbox_filter_test $(OUT)/host/sandbox_test $(OUT)/host/keeper_test $(OUT)/tests/planted/planted_test tests/program/sandbox-test.sh

# Untrusted files and packets, CASES of each kind from SEED on (1), by the program
# in its sandbox and by the one with sanitizers; KIND= is one kind alone.
check-hostile: export CAIRN_HOSTILE_CASES := $(hostile_cases)
check-hostile: export CAIRN_HOSTILE_SEED := $(SEED)
check-hostile: export CAIRN_HOSTILE_KIND := $(KIND)
check-hostile: export CAIRN_HOSTILE_PROGRAMS := $(OUT)/cairn build/out/debug/cairn
check-hostile: $(OUT)/tests/hostile/strangers_test all
	@$(MAKE) --no-print-directory BUILD=debug build/out/debug/cairn
	@build/run-tests $(OUT)/tests/hostile/strangers_test

# Linux on four processors at the same time, RUNS times, and the litmus tests.
check-parallel: RUNS ?= 3
check-parallel: TURNS ?= 6
check-parallel: export CAIRN_LITMUS ?= 8192
check-parallel: $(OUT)/tests/engine/litmus_test all
	@$(OUT)/tests/engine/litmus_test
	@RUNS=$(RUNS) TURNS=$(TURNS) tests/engine/parallel-test.sh

# What `cairn run --guest linux` boots, fetched from Debian.
guest-linux:
	@guest/linux/guest-linux build/out/guests

# A whole system of Debian on a disk, installed by a machine of ours; some
# minutes, once.
guest-debian: $(OUT)/cairn
	@tests/guests/guest-debian.sh $(OUT)/cairn

# Guests that others built, fetched from Debian, on the board virt; some of them
# by GUESTS="linux uboot" and CASES=REGEXP, see tests/guests/guests.sh.
check-guests: $(OUT)/cairn
	@tests/guests/guests.sh $(OUT)/cairn

# Random T32 streams on four cores against qemu-system-arm: CASES of them.
check-t32: $(foreach t,$(T32_TESTS),$(OUT)/$(t:.c=)) build/out/guest/t32/driver.bin
	@CAIRN_T32_CASES=$(CASES) CAIRN_T32_TABLE=1 $<

# Random A64 instruction streams against qemu-aarch64, and random system
# programs against qemu-system-aarch64. `make check` runs fewer of both.
check-a64: $(foreach t,$(A64_TESTS),$(OUT)/$(t:.c=))
	@for t in $^; do \
	    CAIRN_A64_CASES=$(CASES) CAIRN_A64_SYSTEM=$(SYSTEM) \
	    CAIRN_A64_TABLE=1 $$t || exit 1; \
	done

# Lines by folder, beside the budgets of build/size.txt.
size:
	@build/size $(mutants_apart)
.PHONY: size

# Slow linters; `make check` has the quick ones.
lint:
	@build/run-tests build/check-format build/check-cppcheck build/check-tidy

format:
	clang-format -i $(shell build/list-files '*.c' '*.h')

# Test programs, and those of the scripts that try the program by itself and
# take little time without optimisation.
COVERAGE_CHECKS := build/check-manual tests/program/console-test.sh tests/program/debug-test.sh \
                   tests/program/semihosting-test.sh

coverage:
	@$(MAKE) --no-print-directory BUILD=coverage coverage-report

coverage-report: $(TEST_PROGRAMS) $(CHECKS_NEED) all
	@find $(OUT) -name '*.gcda' -delete
	@rm -rf $(MAN_PAGES) $(COMPLETION)
	@$(MAKE) --no-print-directory $(MAN_PAGES)/cairn.1 $(COMPLETION)/cairn
	@build/run-tests $(TEST_PROGRAMS) $(COVERAGE_CHECKS) || true
	@lcov --quiet --capture --directory $(OUT) --base-directory . --no-external \
	      --output-file $(OUT)/coverage.info 2>/dev/null
	@lcov --quiet --remove $(OUT)/coverage.info '*_test.c' '*/tests/*' \
	      --output-file $(OUT)/coverage.info
	@lcov --list $(OUT)/coverage.info

.PHONY: check check-all check-manual check-programs check-layers check-roms check-rot-server check-suites check-mprofile check-rv32 check-t32 check-engine-guests check-guests guest-linux guest-debian check-chain check-ast2700 check-ast2700-mutations check-hostile check-determinism check-parallel lint format coverage coverage-report
