# Address spaces, registers as tables, lines and the clock.
MODULES += bus
bus.SOURCES := bus/clock.c bus/countdown.c bus/cover.c bus/description.c bus/device.c bus/device_access.c \
               bus/device_check.c bus/device_document.c bus/device_state.c \
               bus/device_type.c bus/dma.c bus/fabric.c bus/line.c bus/omission.c bus/region.c bus/region_create.c \
               bus/space.c bus/state.c bus/ticks.c
bus.TESTS   := bus/clock_test.c bus/countdown_test.c bus/cover_test.c bus/description_test.c bus/device_check_test.c \
               bus/device_document_test.c bus/device_properties_test.c bus/device_state_test.c \
               bus/device_test.c bus/device_type_test.c bus/dma_test.c bus/fabric_test.c bus/line_test.c \
               bus/omission_test.c \
               bus/reentrant_test.c bus/region_file_test.c bus/region_test.c bus/space_access_test.c bus/space_test.c \
               bus/state_test.c bus/ticks_test.c
bus.FUZZERS := bus/state_fuzz.c
