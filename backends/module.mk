# The host's side of devices: characters, blocks, networks and shared
# folders.
MODULES += backends
backends.SOURCES := backends/block.c backends/block_file.c backends/block_volatile.c backends/character.c backends/file.c \
                    backends/listener.c backends/loopback.c backends/pty.c backends/socket.c \
                    backends/stdio.c backends/stream.c backends/tpm.c backends/vsock.c backends/vsock_program.c
backends.SOURCES += $(addprefix backends/share/,files.c fuse.c fuse_files.c fuse_locks.c \
                        fuse_names.c locks.c names.c ninep.c ninep_files.c \
                        ninep_names.c nodes.c owners.c share.c values.c)
backends.ELSEWHERE := commands/disk_test.c
backends.SOURCES += $(addprefix backends/image,.c _copy.c _file.c _format.c _raw.c)
backends.SOURCES += $(addprefix backends/qcow2/,create.c header.c metadata.c qcow2.c read.c \
                        refcounts.c repair.c sync.c tables.c write.c)

# The user network, where the headers of libslirp are; the library itself is
# loaded when it is asked for.
SLIRP_SOURCE := $(if $(shell echo '\#include <slirp/libslirp.h>' | \
    $(CC) -E - >/dev/null 2>&1 && echo yes),backends/network_user.c,backends/network_user_absent.c)
backends.SOURCES += $(addprefix backends/,network.c network_dgram.c network_log.c network_none.c \
                        network_socket.c network_stream.c network_switch.c \
                        network_tap.c network_user_frames.c network_user_options.c) \
                    $(SLIRP_SOURCE)
backends.WITHOUT := $(if $(filter %/network_user.c,$(SLIRP_SOURCE)),,backends/network_user_test.c)
