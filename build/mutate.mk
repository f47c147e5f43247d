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
MUTANT_SCRIPTS := tests/chain/quote-test.sh tests/chain/report-test.sh tests/chain/update-walk-test.sh
tests_in = $(filter $(1:%=tests/%),$(tests.TESTS))
mutants.guest/bootmcu  := $(call tests_in,$(addprefix bootmcu/,boot_% banks_% update_% trial_% flash_%) \
    $(addprefix chain/,bless_% chain_% mkeficapsule_% power_% reset_domains_% spoil_% update_%))
mutants.guest/ast2700  := $(call tests_in,ast2700/chain_% ast2700/spoil_% ast2700/update_%)
mutants.guest/monitor  := tests/bootmcu/monitor_test.c $(mutants.guest/bootmcu)
mutants.guest/caliptra := $(call tests_in,caliptra/%) $(mutants.guest/bootmcu)
mutants.guest/kit      := tests/bootmcu/pkcs7_test.c $(mutants.guest/caliptra)

mutants.session        := $(commands.TESTS) tests/caliptra/rot-server-test.py \
    tests/mprofile/slots-test.sh \
    $(patsubst %,tests/program/%-test.sh,debug kept record reset-at sandbox snapshot verdict)

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
