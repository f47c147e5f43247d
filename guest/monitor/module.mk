# Monitor at EL3 of board trust.
#
#   build/out/guest/virt/monitor.elf   at 0x0e000000, Secure memory

monitor.SOURCES := \
    guest/monitor/console.c \
    guest/monitor/interrupts.c \
    guest/monitor/main.c \
    guest/monitor/psci.c \
    guest/monitor/service.c \
    guest/monitor/start.S \
    guest/monitor/system.c \
    guest/monitor/update.c \
    guest/kit/gic/gic.c \
    guest/kit/memory/memory.c \
    guest/kit/mmio/mmio.c \
    guest/kit/pl011/pl011.c \
    guest/kit/print/print.c

$(VIRT_OUT)/monitor.elf: $(patsubst %,$(VIRT_OUT)/%.o,$(basename $(monitor.SOURCES))) guest/monitor/monitor.ld
	$(call say,A64LD,$@)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_AARCH64) -nostdlib -static -fuse-ld=lld -Wl,--build-id=none \
	    -Wl,--gc-sections -T guest/monitor/monitor.ld $(filter %.o,$^) -o $@

all: $(VIRT_OUT)/monitor.elf
