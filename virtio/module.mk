# Virtio devices without a transport: the core, and a file for each kind.
MODULES += virtio

# Transports, and what connects the devices to a machine.
virtio.ELSEWHERE := \
    devices/virtio/mmio_empty_test.c \
    devices/virtio/mmio_legacy_test.c \
    devices/virtio/rtc_test.c \
    devices/virtio/nodes_test.c \
    devices/virtio/transport_test.c

# A driver, and kinds of devices, for tests.
VIRTIO_DRIVER := $(wildcard virtio/test_*.c)
$(foreach t,$(call files,virtio,*_test.c) $(call files,virtio,*_fuzz.c),$(eval $(t).SOURCES += $(VIRTIO_DRIVER)))
virtio/hostile_test.c.SOURCES += $(filter-out %_test.c,$(wildcard virtio/hostile_*.c))
virtio.WITHOUT := $(VIRTIO_DRIVER) $(virtio/hostile_test.c.SOURCES)
