# Micro-libraries of guest programs, one folder each: a header and sources that
# a program lists by path. Rules that compile any guest file for RV32 are here.
#
# Guests do not depend on BUILD: their objects and images are under GUEST_OUT,
# and hold no absolute path.

GUEST_OUT := build/out/guest

GUEST_REPRODUCIBLE := -fdebug-compilation-dir=. -ffile-prefix-map=$(CURDIR)=.

rv32_objects = $(patsubst %,$(GUEST_OUT)/rv32/%.o,$(basename $(1)))

$(GUEST_OUT)/rv32/%.o: %.c
	$(call say,RV32CC,$<)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_RV32) $(GUEST_CFLAGS) $(GUEST_REPRODUCIBLE) $(LAST_CFLAGS) -MMD -MP -c $< -o $@

$(GUEST_OUT)/rv32/%.o: %.S
	$(call say,RV32AS,$<)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_RV32) $(GUEST_CFLAGS) $(GUEST_REPRODUCIBLE) -MMD -MP -c $< -o $@

-include $(shell find $(GUEST_OUT)/rv32 -name '*.d' 2>/dev/null)
