# What a module.mk may say, for a folder F (paths rooted at the repository):
#
#   MODULES   += F             the folder builds a library
#   F.WITHOUT  := ...          its C files that are no part of it: this host has
#                              no use for them, or a program or test names them
#   F.ELSEWHERE := ...         *_test.c files and scripts of other folders that
#                              `make check-F` runs, too
#   PROGRAMS  += P             a program, with P.SOURCES
#   PATH.CFLAGS := ...         further flags for one C file
#   TEST.SOURCES := ...        further C files for one *_test.c or *_fuzz.c file
#   TEST.LDLIBS := ...         further libraries for one *_test.c file
#   TEST.NEEDS  := ...         files that must exist before the test runs
#   CHECKS    += ...           programs that `make check` runs as tests: their
#                              last line is "N passed, N failed"
#   CHECKS_NEED += ...         files that must be built before them and scripts
#
# F.TESTS are all *_test.c files of the folder and those in it, one program each,
# F.FUZZERS all *_fuzz.c files (clang, libFuzzer), F.SOURCES the others, where
# module.mk does not list them; *-test.sh under tests/ are CHECKS. A C file of
# tests/ that is in no program stops the build.
#
# Libraries link in the order of ORDER, users before used libraries; a test of
# a folder links the folder's library and those after it. Tests under tests/
# and programs link all libraries but commands.

OUT := build/out/$(BUILD)
Q   := $(if $(V),,@)
say  = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(2)')

ORDER := tests commands session platform devices backends virtio engine trust crypto bus host isa base

MODULES :=
PROGRAMS :=
CHECKS :=
CHECKS_NEED :=
files = $(sort $(foreach d,$(1) $(1)/* $(1)/*/* $(1)/*/*/*,$(wildcard $(d)/$(2))))
MODULE_FILES := $(sort $(wildcard */module.mk guest/*/module.mk))
include $(MODULE_FILES)
$(foreach m,$(MODULES),\
    $(eval $(m).TESTS := $(filter-out $($(m).WITHOUT),$(call files,$(m),*_test.c)))\
    $(eval $(m).FUZZERS := $(call files,$(m),*_fuzz.c))\
    $(eval $(m).SOURCES ?= $(filter-out $($(m).WITHOUT) %_test.c %_fuzz.c,$(call files,$(m),*.c))))
CHECKS += $(call files,tests,*-test.sh) $(call files,tests,*-test.py)

PROGRAMS += build/document-registers build/find-mutants
build/document-registers.SOURCES := build/document-registers.c
build/find-mutants.SOURCES := build/find-mutants.c build/mutant_places.c build/c_tokens.c

objects   = $(patsubst %.c,$(OUT)/%.o,$(patsubst %.S,$(OUT)/%.o,$(1)))
module_objects = $(call objects,$($(1).SOURCES)) $($(1).GENERATED)
LIBRARIES := $(foreach m,$(ORDER),$(if $(filter $(m),$(MODULES)),$(OUT)/lib$(m).a))
ARCHIVES  := $(filter-out $(OUT)/libcommands.a $(OUT)/libtests.a,$(LIBRARIES))

ifneq ($(filter-out $(ORDER),$(MODULES)),)
$(error module.mk: '$(filter-out $(ORDER),$(MODULES))' has no place in ORDER of build/rules.mk)
endif

# Holds the flags of the last build; its time moves only when they change, and
# then everything is compiled anew.
$(OUT)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CPPFLAGS) $(CFLAGS)' | cmp -s - $@ || echo '$(CC) $(CPPFLAGS) $(CFLAGS)' >$@
FORCE:

$(OUT)/%.o: %.c $(OUT)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $($<.CFLAGS) $(LAST_CFLAGS) -MMD -MP -c $< -o $@

$(OUT)/%.o: %.S $(OUT)/flags
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $($<.CFLAGS) -MMD -MP -c $< -o $@

$(OUT)/gen/%.o: $(OUT)/gen/%.c $(OUT)/flags
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) -I$(OUT)/gen $(CFLAGS) -MMD -MP -c $< -o $@

# Archives are made from nothing with q: two files of one name in different
# folders are two members. A changed source list changes them too.
define library
$(OUT)/lib$(1).a: $(call module_objects,$(1)) $(filter $(1)/module.mk,$(MODULE_FILES))
	$$(call say,AR,$$@)
	$$(Q)rm -f $$@ && $(AR) qcs $$@ $$(filter %.o,$$^)
endef
$(foreach m,$(MODULES),$(eval $(call library,$(m))))

# The libraries that a test of a folder links.
after = $(if $(2),$(if $(filter $(1),$(firstword $(2))),$(2),$(call after,$(1),$(wordlist 2,$(words $(2)),$(2)))))
below = $(OUT)/libtests.a $(if $(filter tests,$(1)),$(ARCHIVES),$(foreach m,$(call after,$(1),$(ORDER)),$(filter $(OUT)/lib$(m).a,$(LIBRARIES))))

define test_program
$(OUT)/$(2:.c=): $(call objects,$(2) $($(2).SOURCES)) $(call below,$(1)) | $($(2).NEEDS)
	$$(call say,LINK,$$@)
	$$(Q)$(CC) $(LDFLAGS) $$^ $(LDLIBS) $($(2).LDLIBS) -o $$@
TEST_PROGRAMS += $(OUT)/$(2:.c=)
$(1).PROGRAMS += $(OUT)/$(2:.c=)
endef
TEST_PROGRAMS :=
$(foreach m,$(MODULES),$(foreach t,$($(m).TESTS),$(eval $(call test_program,$(m),$(t)))))

# A folder's tests, and what belongs to them elsewhere.
elsewhere = $(patsubst %.c,$(OUT)/%,$($(1).ELSEWHERE))

define check_folder
.PHONY: check-$(1)
check-$(1): $($(1).PROGRAMS) $(call elsewhere,$(1)) $(if $(filter %.sh,$($(1).ELSEWHERE)),all)
	@build/run-tests $($(1).PROGRAMS) $(call elsewhere,$(1))
endef
$(foreach m,$(MODULES),$(if $($(m).TESTS),$(eval $(call check_folder,$(m)))))

define program
$(OUT)/$(1): $(call objects,$($(1).SOURCES)) $($(1).OBJECTS) $($(1).LIBRARIES) $(ARCHIVES)
	$$(call say,LINK,$$@)
	$$(Q)mkdir -p $$(@D) && $(CC) $(LDFLAGS) $$^ $(PROGRAM_LDLIBS) $($(1).LDLIBS) -o $$@
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

ALL_OBJECTS := $(foreach m,$(MODULES),$(call module_objects,$(m)) $(call objects,$($(m).TESTS) \
                   $(foreach t,$($(m).TESTS),$($(t).SOURCES)))) \
               $(foreach p,$(PROGRAMS),$(call objects,$($(p).SOURCES)))
-include $(ALL_OBJECTS:.o=.d)

forgotten := $(filter-out $(foreach m,$(MODULES),$($(m).SOURCES) $($(m).WITHOUT)\
    $(foreach t,$($(m).TESTS) $($(m).FUZZERS),$(t) $($(t).SOURCES)))\
    $(foreach p,$(PROGRAMS),$($(p).SOURCES)) $(caliptra.HOST) tests/guests/%,\
    $(call files,tests,*.c) $(call files,*,*_test.c) $(call files,*,*_fuzz.c))
ifneq ($(forgotten),)
$(error no program or library has '$(forgotten)')
endif

.SECONDARY: $(ALL_OBJECTS)
.DELETE_ON_ERROR:
.PHONY: all clean FORCE
clean:
	rm -rf build/out build/cairn
