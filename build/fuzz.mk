# Fuzzers: clang's libFuzzer over the sources themselves, so that coverage
# reaches every line. A fuzzer FOLDER/NAME_fuzz.c starts from the corpus in
# tests/corpus/NAME and keeps what it finds under build/out.

SECONDS  ?= 30
FUZZ_OUT := build/out/fuzz
FUZZ_FLAGS := -std=gnu11 -g -O1 -fno-sanitize-recover=all -DCAIRN_DEBUG

$(FUZZ_OUT)/%.o: %.c
	$(call say,FUZZCC,$<)
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(CPPFLAGS) $(FUZZ_FLAGS) $($<.CFLAGS) \
	    -fsanitize=fuzzer-no-link,address,undefined -MMD -MP -c $< -o $@

FUZZED_MODULES := $(filter-out commands tests,$(MODULES))
FUZZED_OBJECTS := $(patsubst %.c,$(FUZZ_OUT)/%.o,$(foreach m,$(FUZZED_MODULES),$($(m).SOURCES)))

# Generated tables are data: they come from the build at hand as they are.
$(FUZZ_OUT)/libcairn.a: $(FUZZED_OBJECTS) $(foreach m,$(FUZZED_MODULES),$($(m).GENERATED))
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) qcs $@ $^

define fuzzer
$(FUZZ_OUT)/$(1:.c=): $(patsubst %.c,$(FUZZ_OUT)/%.o,$(1) $($(1).SOURCES)) $(FUZZ_OUT)/libcairn.a
	$$(call say,FUZZLD,$$@)
	$$(Q)$(FUZZ_CC) -fsanitize=fuzzer,address,undefined $$^ $(LDLIBS) -o $$@
FUZZ_PROGRAMS += $(FUZZ_OUT)/$(1:.c=)
FUZZ_PARTS += $(patsubst %.c,$(FUZZ_OUT)/%.o,$($(1).SOURCES))
endef
FUZZ_PROGRAMS :=
FUZZ_PARTS :=
$(foreach m,$(MODULES),$(foreach f,$($(m).FUZZERS),$(eval $(call fuzzer,$(f)))))
-include $(patsubst %.o,%.d,$(FUZZED_OBJECTS) $(FUZZ_PARTS)) $(FUZZ_PROGRAMS:=.d)

.SECONDARY: $(FUZZED_OBJECTS)

fuzz: $(FUZZ_PROGRAMS)
	@build/run-fuzzers $(SECONDS) $^

.PHONY: fuzz
