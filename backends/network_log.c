/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log of packets in the form of libpcap (pcap-savefile(5)) with nanoseconds,
 * little-endian, for tcpdump and Wireshark. Packets are as the machine gave or
 * got them: large ones that are to be segmented, and checksums not computed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/network.h"
#include "base/bits.h"
#include "base/buffer.h"

enum {
    MAGIC_NS = 0xa1b23c4d,
    VERSION = 2 | 4 << 16, /* 2.4 */
    SNAP_LENGTH = 262144,
    LINK_ETHERNET = 1,
    WRITE_SIZE = 64 << 10,
};

struct network_log {
    int fd;
    int status; /* of the write that failed */
    struct buffer out;
};

static int write_out(struct network_log *log)
{
    size_t done = 0;
    while (log->status == 0 && done < log->out.size) {
        ssize_t count =
            write(log->fd, log->out.bytes + done, log->out.size - done);
        if (count >= 0) {
            done += (size_t)count;
        } else if (errno != EINTR) {
            log->status = -errno;
        }
    }
    buffer_clear(&log->out);
    return log->status;
}

int network_log_open(const char *path, struct network_log **log,
                     struct error *error)
{
    const uint32_t head[] = {MAGIC_NS, VERSION,     0,
                             0,        SNAP_LENGTH, LINK_ETHERNET};
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) {
        return error_set(error, -errno, "cannot write '%s': %s", path,
                         strerror(errno));
    }
    *log = xcalloc(1, sizeof(**log));
    (*log)->fd = fd;
    for (size_t i = 0; i < ARRAY_SIZE(head); i++) {
        buffer_append_le32(&(*log)->out, head[i]);
    }
    return 0;
}

int network_log_add(struct network_log *log, uint64_t time_ns,
                    const struct packet *packet)
{
    const uint64_t second = 1000000000;
    if (log->status == 0) {
        buffer_append_le32(&log->out, (uint32_t)(time_ns / second));
        buffer_append_le32(&log->out, (uint32_t)(time_ns % second));
        buffer_append_le32(&log->out, packet->size);
        buffer_append_le32(&log->out, packet->size);
        buffer_append(&log->out, packet->bytes, packet->size);
    }
    return log->out.size >= WRITE_SIZE ? write_out(log) : log->status;
}

int network_log_close(struct network_log *log)
{
    int code = write_out(log);
    if (close(log->fd) != 0 && code == 0) {
        code = -errno;
    }
    buffer_fini(&log->out);
    free(log);
    return code;
}
