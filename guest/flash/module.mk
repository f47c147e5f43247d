# A program for bare AArch64 machines that keeps a record in the second flash.

$(eval $(call virt_program,flash,guest/flash/main.c guest/kit/mmio/mmio.c))
