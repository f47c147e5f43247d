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

virtio.TESTS := \
    virtio/balloon_test.c \
    virtio/blk_test.c \
    virtio/blk_types_test.c \
    virtio/console_test.c \
    virtio/core_test.c \
    virtio/gpio_test.c \
    virtio/hostile_test.c \
    virtio/i2c_test.c \
    virtio/input_test.c \
    virtio/kinds_test.c \
    virtio/net_control_test.c \
    virtio/net_test.c \
    virtio/queue_life_test.c \
    virtio/queue_test.c \
    virtio/record_test.c \
    virtio/rng_test.c \
    virtio/rtc_clocks_test.c \
    virtio/rtc_test.c \
    virtio/share_test.c \
    virtio/states_test.c \
    virtio/vsock_packets_test.c \
    virtio/vsock_room_test.c \
    virtio/vsock_test.c

# Transports, and what connects the devices to a machine.
virtio.ELSEWHERE := \
    devices/virtio/mmio_empty_test.c \
    devices/virtio/mmio_legacy_test.c \
    devices/virtio/rtc_test.c \
    devices/virtio/nodes_test.c \
    devices/virtio/transport_test.c

virtio.FUZZERS := virtio/virtio_fuzz.c virtio/vsock_fuzz.c

# A driver, and kinds of devices, for tests.
VIRTIO_DRIVER := virtio/test_driver.c virtio/test_kinds.c virtio/test_share.c \
                 virtio/test_small.c
$(foreach t,$(virtio.TESTS) $(virtio.FUZZERS),$(eval $(t).SOURCES += $(VIRTIO_DRIVER)))
virtio/hostile_test.c.SOURCES += virtio/hostile_device.c virtio/hostile_ring.c \
                                 virtio/hostile_net.c virtio/hostile_rtc.c \
                                 virtio/hostile_vsock.c
