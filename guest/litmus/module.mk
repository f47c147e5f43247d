# A kernel Image with litmus tests of the memory model, for tests/litmus_test.
LITMUS_OUT := build/out/guest/litmus
LITMUS_OBJECTS := $(patsubst %,$(LITMUS_OUT)/%.o,start threads litmus)
LITMUS_CFLAGS  := $(GUEST_CFLAGS) --target=aarch64-unknown-none \
                  -march=armv8.1-a -mgeneral-regs-only

$(LITMUS_OUT)/%.o: guest/litmus/%.c guest/litmus/litmus.def
	$(call say,A64CC,$<)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(LITMUS_CFLAGS) -c $< -o $@

$(LITMUS_OUT)/%.o: guest/litmus/%.S
	$(call say,A64AS,$<)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(LITMUS_CFLAGS) -c $< -o $@

$(LITMUS_OUT)/litmus.bin: $(LITMUS_OBJECTS) guest/bench/image.ld
	$(call say,A64LD,$@)
	$(Q)$(GUEST_LD) -T guest/bench/image.ld --gc-sections --build-id=none $(LITMUS_OBJECTS) -o $(@:.bin=.elf)
	$(Q)$(GUEST_OBJCOPY) -O binary $(@:.bin=.elf) $@
