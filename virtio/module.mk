# Virtio devices without a transport: the core, and a file for each kind.
MODULES += virtio
virtio.SOURCES := \
    virtio/9p.c \
    virtio/balloon.c \
    virtio/blk.c \
    virtio/chain.c \
    virtio/console.c \
    virtio/core.c \
    virtio/fs.c \
    virtio/gpio.c \
    virtio/i2c.c \
    virtio/input.c \
    virtio/net.c \
    virtio/net_control.c \
    virtio/packed.c \
    virtio/queue.c \
    virtio/record.c \
    virtio/rng.c \
    virtio/rtc.c \
    virtio/rtc_clocks.c \
    virtio/share.c \
    virtio/split.c \
    virtio/vsock.c \
    virtio/vsock_lines.c

# Transports, and what connects the devices to a machine.
virtio.ELSEWHERE := \
    devices/virtio/mmio_empty_test.c \
    devices/virtio/mmio_legacy_test.c \
    devices/virtio/rtc_test.c \
    devices/virtio/nodes_test.c \
    devices/virtio/transport_test.c

# A driver, and kinds of devices, for tests.
VIRTIO_DRIVER := virtio/test_driver.c virtio/test_kinds.c virtio/test_share.c \
                 virtio/test_small.c
$(foreach t,$(call files,virtio,*_test.c) $(call files,virtio,*_fuzz.c),$(eval $(t).SOURCES += $(VIRTIO_DRIVER)))
virtio/hostile_test.c.SOURCES += virtio/hostile_device.c virtio/hostile_ring.c \
                                 virtio/hostile_net.c virtio/hostile_rtc.c \
                                 virtio/hostile_vsock.c
