# Applications of the Non-secure world, each a folder.

$(eval $(call virt_program,hello,guest/apps/hello/main.c guest/kit/mmio/mmio.c))

all: $(VIRT_OUT)/hello.elf
