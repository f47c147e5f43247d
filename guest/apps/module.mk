# Applications of the Non-secure world, each a folder.

apps.KIT := guest/kit/mmio/mmio.c guest/kit/pl011/pl011.c \
            guest/kit/print/print.c guest/kit/smccc/smccc.c

$(call virt_program,hello,guest/apps/hello/main.c $(apps.KIT))
$(call virt_program,bless,guest/apps/bless/main.c $(apps.KIT))

all: $(foreach app,hello bless,$(VIRT_OUT)/$(app).elf)
