# A program for bare AArch64 machines that tries semihosting.

$(eval $(call virt_program,semihosting,guest/semihosting/main.c guest/semihosting/call.S))

CHECKS_NEED += $(VIRT_OUT)/semihosting.elf
CHECKS += tests/semihosting-test.sh
