# Programs for bare machines. Included before the module.mk files, which come in
# the order of their names.
#
# Guests do not depend on BUILD: their objects and images are under GUEST_OUT,
# and hold no absolute path.

GUEST_OUT := build/out/guest
VIRT_OUT  := $(GUEST_OUT)/virt

GUEST_REPRODUCIBLE := -fdebug-compilation-dir=. -ffile-prefix-map=$(CURDIR)=.
GUEST_AARCH64 := --target=aarch64-none-elf -march=armv8-a -mgeneral-regs-only \
                 -mstrict-align -fno-pic

# $(call guest_objects,OUT,FOLDER,SAY,FLAGS): objects in OUT of the files of
# FOLDER, or with FOLDER empty of any file by its path.
define guest_objects_rules
$(1)/%.o: $(2)%.c
	$$(call say,$(3)CC,$$<)
	@mkdir -p $$(@D)
	$$(Q)$$(GUEST_CC) $(4) $$(LAST_CFLAGS) -MMD -MP -c $$< -o $$@

$(1)/%.o: $(2)%.S
	$$(call say,$(3)AS,$$<)
	@mkdir -p $$(@D)
	$$(Q)$$(GUEST_CC) $(4) -MMD -MP -c $$< -o $$@

-include $(shell find $(1) -name '*.d' 2>/dev/null)
endef
guest_objects = $(eval $(call guest_objects_rules,$(1),$(2),$(3),$(4)))

$(call guest_objects,$(VIRT_OUT),,A64,$(GUEST_AARCH64) $(GUEST_CFLAGS) $(GUEST_REPRODUCIBLE))
$(call guest_objects,$(GUEST_OUT)/rv32,,RV32,$(GUEST_RV32) $(GUEST_CFLAGS) $(GUEST_REPRODUCIBLE))

# $(call a64_program,NAME,SOURCES,SCRIPT,OPTIONS) and rv32_program: NAME.elf below
# GUEST_OUT, of SOURCES, placed by the linker's SCRIPT and OPTIONS.
define guest_program
$(GUEST_OUT)/$(1).elf: $(patsubst %,$(5)/%.o,$(basename $(2))) $(3)
	$$(call say,$(6)LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(GUEST_CC) $(7) -nostdlib -fuse-ld=lld -Wl,--build-id=none \
	    -T $(3) $(addprefix -Xlinker ,$(4)) $$(filter %.o,$$^) -o $$@
endef
a64_program  = $(eval $(call guest_program,$(1),$(2),$(3),$(4),$(VIRT_OUT),A64,$(GUEST_AARCH64) -static))
rv32_program = $(eval $(call guest_program,$(1),$(2),$(3),--gc-sections $(4),$(GUEST_OUT)/rv32,RV32,$(GUEST_RV32)))

# $(call virt_program,NAME,SOURCES): build/out/guest/virt/NAME.elf, a kernel for
# the machine virt with main() in one of SOURCES.
virt_program = $(call a64_program,virt/$(1),$(2) guest/kit/boot/virt.S guest/kit/memory/memory.c,guest/kit/boot/virt.ld)

# $(call guest_image,NAME,OBJECTS,SCRIPT): NAME.bin below GUEST_OUT, without tables
# of symbols and sections.
define guest_image_rules
$(GUEST_OUT)/$(1).elf: $(2) $(3)
	$$(call say,A64LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(GUEST_LD) -T $(3) --gc-sections --build-id=none $$(filter %.o,$$^) -o $$@
endef
guest_image = $(eval $(call guest_image_rules,$(1),$(2),$(3)))

$(GUEST_OUT)/%.bin: $(GUEST_OUT)/%.elf
	$(call say,OBJCOPY,$@)
	$(Q)$(GUEST_OBJCOPY) -O binary $< $@

# What programs that are Images (guest/kit/boot/image.ld) take of the kit.
IMAGE_KIT := $(patsubst %,$(VIRT_OUT)/guest/kit/%.o,mmio/mmio pl011/pl011 print/print)
