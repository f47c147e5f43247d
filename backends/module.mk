# The host's side of devices: characters, blocks, networks and shared
# folders.
MODULES += backends
backends.ELSEWHERE := commands/disk/disk_test.c

# The user network, where the headers of libslirp are; the library itself is
# loaded when it is asked for.
backends.WITHOUT := $(if $(shell echo '\#include <slirp/libslirp.h>' | \
    $(CC) -E - >/dev/null 2>&1 && echo yes),backends/network_user_absent.c,\
    backends/network_user.c backends/network_user_test.c)

# Kinds of virtio devices over back ends, without a machine.
backends/virtio/disk_test.c.SOURCES := virtio/test_driver.c
