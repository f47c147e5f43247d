# A program for bare AArch64 machines that tries semihosting:
# build/out/guest/semihosting/semihosting.elf

GUEST_AARCH64 := --target=aarch64-none-elf -march=armv8-a -mgeneral-regs-only \
                 -mstrict-align -fno-pic

semihosting.OUT     := build/out/guest/semihosting
semihosting.OBJECTS := $(patsubst %,$(semihosting.OUT)/%.o,guest/semihosting/main \
                       guest/semihosting/start guest/kit/memory/memory)

$(semihosting.OUT)/%.o: %.c
	$(call say,A64CC,$<)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_AARCH64) $(GUEST_CFLAGS) $(GUEST_REPRODUCIBLE) -c $< -o $@

$(semihosting.OUT)/%.o: %.S
	$(call say,A64AS,$<)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_AARCH64) $(GUEST_CFLAGS) $(GUEST_REPRODUCIBLE) -c $< -o $@

$(semihosting.OUT)/semihosting.elf: $(semihosting.OBJECTS) guest/semihosting/semihosting.ld
	$(call say,A64LD,$@)
	$(Q)$(GUEST_CC) $(GUEST_AARCH64) -nostdlib -fuse-ld=lld -Wl,--build-id=none -static \
	    -T guest/semihosting/semihosting.ld $(semihosting.OBJECTS) -o $@

CHECKS_NEED += $(semihosting.OUT)/semihosting.elf
CHECKS += tests/semihosting-test.sh
