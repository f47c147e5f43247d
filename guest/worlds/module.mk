# A test guest at EL3 of the board virt: goes through both worlds and all
# exception levels, and says on two serial ports what it may touch.
#
#   build/out/guest/worlds/worlds.bin   firmware for the first flash

worlds.OUT := build/out/guest/worlds
worlds.OBJECTS := $(patsubst %,$(worlds.OUT)/%.o,start worlds controller probe)
worlds.CFLAGS := $(GUEST_CFLAGS) $(GUEST_REPRODUCIBLE) --target=aarch64-unknown-none \
                 -march=armv8-a -mgeneral-regs-only -mstrict-align

$(worlds.OUT)/%.o: guest/worlds/%.c guest/worlds/worlds.h
	$(call say,A64CC,$<)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(worlds.CFLAGS) -c $< -o $@

$(worlds.OUT)/%.o: guest/worlds/%.S
	$(call say,A64AS,$<)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(worlds.CFLAGS) -c $< -o $@

$(worlds.OUT)/worlds.bin: $(worlds.OBJECTS) guest/worlds/worlds.ld
	$(call say,A64LD,$@)
	$(Q)$(GUEST_LD) -T guest/worlds/worlds.ld --gc-sections --build-id=none $(worlds.OBJECTS) -o $(@:.bin=.elf)
	$(Q)$(GUEST_OBJCOPY) -O binary $(@:.bin=.elf) $@
