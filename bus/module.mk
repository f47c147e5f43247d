# Address spaces, registers as tables, lines and the clock.
MODULES += bus
bus.SOURCES := bus/clock.c bus/countdown.c bus/cover.c bus/description.c bus/device.c bus/device_access.c \
               bus/device_check.c bus/device_document.c bus/device_state.c \
               bus/device_type.c bus/dma.c bus/fabric.c bus/line.c bus/omission.c bus/region.c bus/region_create.c \
               bus/space.c bus/state.c bus/ticks.c
