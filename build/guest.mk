# Programs for bare AArch64 machines. Included before the module.mk files, which
# come in the order of their names.

VIRT_OUT := build/out/guest/virt
GUEST_AARCH64 := --target=aarch64-none-elf -march=armv8-a -mgeneral-regs-only \
                 -mstrict-align -fno-pic

$(VIRT_OUT)/%.o: %.c
	$(call say,A64CC,$<)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_AARCH64) $(GUEST_CFLAGS) $(GUEST_REPRODUCIBLE) $(LAST_CFLAGS) -MMD -MP -c $< -o $@

$(VIRT_OUT)/%.o: %.S
	$(call say,A64AS,$<)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_AARCH64) $(GUEST_CFLAGS) $(GUEST_REPRODUCIBLE) -MMD -MP -c $< -o $@

# What programs that are Images (guest/kit/boot/image.ld) take of the kit.
IMAGE_KIT := $(patsubst %,$(VIRT_OUT)/guest/kit/%.o,mmio/mmio pl011/pl011 print/print)

# $(call virt_program,NAME,SOURCES): build/out/guest/virt/NAME.elf, a kernel for
# the machine virt with main() in one of SOURCES.
define virt_program
$(VIRT_OUT)/$(1).elf: $(patsubst %,$(VIRT_OUT)/%.o,$(basename $(2) guest/kit/boot/virt.S \
                              guest/kit/memory/memory.c)) guest/kit/boot/virt.ld
	$$(call say,A64LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(GUEST_CC) $$(GUEST_AARCH64) -nostdlib -static -fuse-ld=lld -Wl,--build-id=none \
	    -T guest/kit/boot/virt.ld $$(filter %.o,$$^) -o $$@
endef

-include $(shell find $(VIRT_OUT) -name '*.d' 2>/dev/null)
