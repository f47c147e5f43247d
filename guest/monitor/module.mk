# Monitor at EL3 of board trust.
#
#   build/out/guest/virt/monitor.elf   at 0x0e000000, Secure memory

monitor.SOURCES := $(sort $(wildcard guest/monitor/*.[cS])) \
    $(patsubst %,guest/kit/%.c,gic/gic memory/memory mmio/mmio pl011/pl011 print/print)

$(call a64_program,virt/monitor,$(monitor.SOURCES),guest/monitor/monitor.ld,--gc-sections)

all: $(VIRT_OUT)/monitor.elf
