/* SPDX-License-Identifier: Apache-2.0 */
/* Room, sizes and ends of Unix sockets of sequenced packets. */
#include "host/packets.h"

#include <errno.h>
#include <limits.h>
#include <sys/socket.h>
#include <unistd.h>

/* The bytes of a socket's buffer that no message has (unix_dgram_sendmsg). */
enum { OVERHEAD = 32 };

/* The kernel doubles what it is asked for, and without the privilege takes no
 * more than its limit. */
static void widen(int fd, size_t longest)
{
    const int size = (int)longest;

    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) != 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    }
}

size_t host_packets_longest(size_t wanted)
{
    int fds[2];
    int size = 0;
    socklen_t length = sizeof(size);

    if (wanted > INT_MAX / 2 ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) {
        return 0;
    }
    widen(fds[0], wanted);
    if (getsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &size, &length) != 0 ||
        size < OVERHEAD) {
        size = OVERHEAD;
    }
    close(fds[0]);
    close(fds[1]);
    const size_t longest = (size_t)size - OVERHEAD;
    return longest < wanted ? longest : wanted;
}

/* Credentials come with each message, and so tell one without bytes from the
 * end. */
void host_packets_prepare(int fd, size_t longest)
{
    const int one = 1;

    widen(fd, longest);
    (void)setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &one, sizeof(one));
}

/* There is room for credentials and none for descriptors, which a peer may
 * pass. */
int host_packets_next(int fd, size_t *size)
{
    union {
        struct cmsghdr header; /* for its alignment */
        char room[CMSG_SPACE(sizeof(struct ucred))];
    } control;
    char byte;
    struct iovec part = {.iov_base = &byte, .iov_len = 0};
    struct msghdr message = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.room,
        .msg_controllen = sizeof(control.room),
    };
    ssize_t count;

    do {
        count = recvmsg(fd, &message,
                        MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
        return -errno;
    }
    *size = (size_t)count;
    return count != 0 || CMSG_FIRSTHDR(&message) != NULL;
}
