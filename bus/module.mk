MODULES += bus
bus.SOURCES := bus/clock.c bus/device.c bus/device_access.c bus/device_type.c \
               bus/fabric.c bus/line.c bus/region.c bus/space.c
bus.TESTS   := bus/device_test.c
