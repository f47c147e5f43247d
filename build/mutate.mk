# Tests that can fail: `make mutate FOLDER= COUNT= SEED=` changes one thing at a
# time in the code of the folders, and expects a test to fail (build/mutate).

MUTANT_FINDER := $(OUT)/build/find-mutants
MUTANT_PLAN   := $(OUT)/build/mutate.plan

# The code that decides.
FOLDER ?= trust guest/bootmcu guest/ast2700 guest/monitor guest/caliptra devices/caliptra devices/soc
COUNT  ?= 100
SEED   ?= 1

# What a change is held against: what `make check-FOLDER` runs, then the tests of
# tests/ that the linker took it into, and scripts. A guest is an image, that only some
# tests run.
MUTANT_SCRIPTS := tests/quote-test.sh tests/report-test.sh tests/update-walk-test.sh
chain_tests    := boot_mcu boot_mcu_banks boot_mcu_update boot_mcu_trial flash_driver bless chain mkeficapsule power reset_domains spoil update
caliptra_tests := $(filter tests/caliptra_%,$(tests.TESTS)) tests/libcaliptra_test.c \
                  tests/guest_image_test.c
mutants.guest/bootmcu  := $(chain_tests:%=tests/%_test.c)
mutants.guest/ast2700  := $(filter tests/ast2700_chain% tests/ast2700_spoil% tests/ast2700_update%,$(tests.TESTS))
mutants.guest/monitor  := tests/monitor_test.c $(mutants.guest/bootmcu)
mutants.guest/caliptra := $(caliptra_tests) $(mutants.guest/bootmcu)
mutants.guest/kit      := tests/guest_pkcs7_test.c $(mutants.guest/caliptra)

mutants.session        := $(commands.TESTS) tests/rot-server-test.py \
    $(patsubst %,tests/%-test.sh,debug kept record reset-at sandbox slots snapshot verdict)

mutants_first = $(foreach m,$(firstword $(subst /, ,$(1))),$($(m).PROGRAMS) $(call elsewhere,$(m)))
mutants_then  = $(if $(filter guest/%,$(1)),,$(tests.PROGRAMS)) $(patsubst %.c,$(OUT)/%,$(mutants.$(1)))
# Code that only tests link.
mutants_apart = $(filter-out guest/% $(foreach m,$(MODULES) $(PROGRAMS),$($(m).SOURCES)),$(foreach t,$(TEST_PROGRAMS:$(OUT)/%=%.c),$($(t).SOURCES)))

$(MUTANT_PLAN): FORCE
	@mkdir -p $(@D)
	@{ $(foreach f,$(FOLDER),echo '$(f) first $(call mutants_first,$(f))'; \
	    echo '$(f) then $(call mutants_then,$(f)) $(MUTANT_SCRIPTS)';) \
	    echo 'tests apart $(sort $(mutants_apart))'; } >$@

mutate: $(MUTANT_PLAN) $(MUTANT_FINDER) $(TEST_PROGRAMS) $(CHECKS_NEED) all
	@COUNT='$(COUNT)' SEED='$(SEED)' build/mutate $(MUTANT_PLAN) $(MUTANT_FINDER)

.PHONY: mutate
