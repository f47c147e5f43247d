# The host's side of devices: characters, blocks, networks and shared
# folders.
MODULES += backends
backends.SOURCES := backends/block.c backends/block_file.c backends/block_volatile.c backends/character.c backends/file.c \
                    backends/listener.c backends/loopback.c backends/pty.c backends/socket.c \
                    backends/stdio.c backends/stream.c backends/tpm.c backends/vsock.c backends/vsock_program.c
backends.SOURCES += $(addprefix backends/share/,files.c fuse.c fuse_files.c fuse_locks.c \
                        fuse_names.c locks.c names.c ninep.c ninep_files.c \
                        ninep_names.c nodes.c owners.c share.c values.c)
backends.TESTS   := backends/block_test.c backends/block_volatile_test.c backends/character_test.c backends/file_test.c backends/stdio_test.c \
                    backends/tpm_swtpm_test.c backends/tpm_test.c backends/vsock_lines_test.c backends/vsock_test.c
backends.TESTS   += $(addprefix backends/share/,fuse_limits_test.c fuse_locks_test.c fuse_test.c locks_test.c \
                        ninep_limits_test.c ninep_test.c share_files_test.c share_lists_test.c \
                        share_nodes_test.c share_test.c)
backends.ELSEWHERE := commands/disk_test.c
backends.FUZZERS := $(addprefix backends/share/,fuse_fuzz.c ninep_fuzz.c)
backends.SOURCES += $(addprefix backends/image,.c _copy.c _file.c _format.c _raw.c)
backends.SOURCES += $(addprefix backends/qcow2/,create.c header.c metadata.c qcow2.c read.c \
                        refcounts.c repair.c sync.c tables.c write.c)
backends.TESTS   += $(addprefix backends/image_,chain_test.c copy_test.c file_test.c format_test.c lock_test.c test.c) \
                    $(addprefix backends/qcow2/,header_test.c layout_test.c metadata_test.c power_test.c \
                        qcow2_test.c refcounts_test.c tables_test.c)

# The user network, where the headers of libslirp are; the library itself is
# loaded when it is asked for.
SLIRP_SOURCE := $(if $(shell echo '\#include <slirp/libslirp.h>' | \
    $(CC) -E - >/dev/null 2>&1 && echo yes),backends/network_user.c,backends/network_user_absent.c)
backends.SOURCES += $(addprefix backends/,network.c network_dgram.c network_log.c network_none.c \
                        network_socket.c network_stream.c network_switch.c \
                        network_tap.c network_user_frames.c network_user_options.c) \
                    $(SLIRP_SOURCE)
backends.TESTS   += $(addprefix backends/network_,switch_test.c test.c traffic_test.c user_frames_test.c)
backends.TESTS   += $(patsubst %.c,%_test.c,$(filter %/network_user.c,$(SLIRP_SOURCE)))
backends.FUZZERS += backends/qcow2/qcow2_fuzz.c
backends.FUZZERS += backends/network_fuzz.c backends/peers_fuzz.c
