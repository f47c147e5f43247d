# A program for bare AArch64 machines that answers keys and buttons.

$(eval $(call virt_program,console,guest/console/main.c guest/kit/mmio/mmio.c))

CHECKS_NEED += $(VIRT_OUT)/console.elf
CHECKS += tests/console-test.sh
