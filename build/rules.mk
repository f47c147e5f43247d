# What a module.mk may say, for a folder F (paths rooted at the repository):
#
#   MODULES  += F              the folder builds a library
#   F.SOURCES := ...           its C files
#   F.TESTS   := ...           its *_test.c files, one program each
#   F.FUZZERS := ...           its *_fuzz.c files (clang, libFuzzer)
#   PROGRAMS  += P             a program, with P.SOURCES
#
# Libraries link in the order of ORDER, users before what they use.

OUT := build/out/$(BUILD)
Q   := $(if $(V),,@)
say  = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(2)')

ORDER := commands platform devices engine trust crypto bus host isa base tests

MODULES :=
PROGRAMS :=
GENERATED :=
include $(sort $(wildcard */module.mk guest/*/module.mk))

objects  = $(patsubst %.c,$(OUT)/%.o,$(1))
LIBRARIES := $(foreach m,$(ORDER),$(if $(filter $(m),$(MODULES)),$(OUT)/lib$(m).a))
ARCHIVES  := $(filter-out $(OUT)/libcommands.a $(OUT)/libtests.a,$(LIBRARIES))

all: build/cairn

$(OUT)/%.o: %.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $($<.CFLAGS) -MMD -MP -c $< -o $@

$(OUT)/gen/%.o: $(OUT)/gen/%.c
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) -I$(OUT)/gen $(CFLAGS) -MMD -MP -c $< -o $@

define library
$(OUT)/lib$(1).a: $(call objects,$($(1).SOURCES)) $($(1).GENERATED)
	$$(call say,AR,$$@)
	$$(Q)rm -f $$@ && $(AR) rcs $$@ $$^
endef
$(foreach m,$(MODULES),$(eval $(call library,$(m))))

# A test program links its own object, the harness and every library below its
# folder in ORDER.
below = $(foreach m,$(shell echo '$(ORDER)' | sed 's/.*\b$(1)\b/$(1)/'),$(filter $(OUT)/lib$(m).a,$(LIBRARIES)))

define test_program
$(OUT)/$(2:.c=): $(OUT)/$(2:.c=.o) $(call below,$(1))
	$$(call say,LINK,$$@)
	$$(Q)$(CC) $(LDFLAGS) $$^ $(LDLIBS) $($(2).LDLIBS) -o $$@
TEST_PROGRAMS += $(OUT)/$(2:.c=)
check-$(1): $(OUT)/$(2:.c=)
endef
TEST_PROGRAMS :=
$(foreach m,$(MODULES),$(foreach t,$($(m).TESTS),$(eval $(call test_program,$(m),$(t)))))

define check_folder
.PHONY: check-$(1)
check-$(1):
	@build/run-tests $$(filter $(OUT)/$(1)/%,$$^)
endef
$(foreach m,$(MODULES),$(if $($(m).TESTS),$(eval $(call check_folder,$(m)))))

define program
$(OUT)/$(1): $(call objects,$($(1).SOURCES)) $(ARCHIVES)
	$$(call say,LINK,$$@)
	$$(Q)mkdir -p $$(@D) && $(CC) $(LDFLAGS) $$^ $(LDLIBS) -o $$@
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

ALL_OBJECTS := $(foreach m,$(MODULES),$(call objects,$($(m).SOURCES) $($(m).TESTS))) \
               $(foreach p,$(PROGRAMS),$(call objects,$($(p).SOURCES)))
-include $(ALL_OBJECTS:.o=.d)

# Fuzzers: clang's libFuzzer over the sources themselves, so that coverage
# reaches every line.
FUZZ_OUT := build/out/fuzz
$(FUZZ_OUT)/%.o: %.c
	$(call say,FUZZCC,$<)
	@mkdir -p $(@D)
	$(Q)clang $(CPPFLAGS) -std=gnu11 -g -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -MMD -MP -c $< -o $@

define fuzzer
$(FUZZ_OUT)/$(1:.c=): $(FUZZ_OUT)/$(1:.c=.o) $(patsubst %.c,$(FUZZ_OUT)/%.o,$(foreach m,$(filter-out commands tests,$(MODULES)),$($(m).SOURCES)))
	$$(call say,FUZZLD,$$@)
	$$(Q)clang -fsanitize=fuzzer,address,undefined $$^ $(LDLIBS) -o $$@
FUZZ_PROGRAMS += $(FUZZ_OUT)/$(1:.c=)
endef
FUZZ_PROGRAMS :=
$(foreach m,$(MODULES),$(foreach f,$($(m).FUZZERS),$(eval $(call fuzzer,$(f)))))

.PHONY: all clean
clean:
	rm -rf build/out build/cairn
