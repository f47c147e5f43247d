/* SPDX-License-Identifier: Apache-2.0 */
/* A child that connects and passes descriptors on. It is no program of its
 * own: after fork it makes system calls only. */
#include "host/connector.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

struct question {
    uint32_t tag;
    uint32_t number;
    uint32_t type; /* enum connector_type */
};

struct answer {
    uint32_t tag;
    int32_t code; /* 0, with the descriptor, or a negative errno value */
};

union passed {
    struct cmsghdr header; /* for its alignment */
    char room[CMSG_SPACE(sizeof(int))];
};

/* ---- The child ----------------------------------------------------------- */

/* Behind the prefix, in decimal; false if it does not fit. */
static bool add_number(struct sockaddr_un *name, size_t length, uint32_t number)
{
    char digits[10];
    size_t count = 0;

    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    if (length + 1 + count >= sizeof(name->sun_path)) {
        return false;
    }
    name->sun_path[length++] = '_';
    while (count != 0) {
        name->sun_path[length++] = digits[--count];
    }
    name->sun_path[length] = '\0';
    return true;
}

static int connect_to(const char *prefix, const struct question *question)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    const size_t length = strlen(prefix);
    const int type =
        question->type == CONNECTOR_PACKETS ? SOCK_SEQPACKET : SOCK_STREAM;

    memcpy(name.sun_path, prefix, length);
    if (!add_number(&name, length, question->number)) {
        return -ENAMETOOLONG;
    }
    const int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 ||
        connect(fd, (const struct sockaddr *)&name, sizeof(name)) != 0) {
        const int code = -errno;

        if (fd >= 0) {
            close(fd);
        }
        return code;
    }
    return fd;
}

static void answer(int to, uint32_t tag, int fd)
{
    union passed passed = {.room = ""};
    struct answer bytes = {tag, fd < 0 ? fd : 0};
    struct iovec part = {&bytes, sizeof(bytes)};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

    if (fd >= 0) {
        message.msg_control = passed.room;
        message.msg_controllen = sizeof(passed.room);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &fd, sizeof(fd));
    }
    while (sendmsg(to, &message, MSG_NOSIGNAL) < 0 && errno == EINTR) {
    }
    if (fd >= 0) {
        close(fd);
    }
}

/* Until the other end is closed. */
static void serve(int fd, const char *prefix)
{
    struct question question;
    ssize_t size;

    while ((size = recv(fd, &question, sizeof(question), 0)) > 0 ||
           (size < 0 && errno == EINTR)) {
        if (size == sizeof(question)) {
            answer(fd, question.tag, connect_to(prefix, &question));
        }
    }
}

/* The child of a child, so that nobody has to wait for its end. It keeps none
 * of the descriptors of the program but its own. */
static void begin(int fd, const char *prefix)
{
    if (fork() != 0) {
        _exit(0);
    }
    signal(SIGINT, SIG_IGN);
    if (fd != 0) {
        dup2(fd, 0);
    }
    close_range(1, ~0u, 0);
    serve(0, prefix);
    _exit(0);
}

/* ---- The parent ---------------------------------------------------------- */

int connector_start(struct connector *connector, const char *prefix,
                    struct error *error)
{
    int ends[2] = {-1, -1};
    int status = 0;

    connector->fd = -1;
    if (strlen(prefix) + sizeof("_4294967295") >
        sizeof(((struct sockaddr_un *)NULL)->sun_path)) {
        return error_set(error, -EINVAL, "socket path '%s' is too long",
                         prefix);
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        return error_set(error, -errno, "cannot make a pair of sockets: %s",
                         strerror(errno));
    }
    const pid_t child = fork();
    if (child == 0) {
        begin(ends[1], prefix);
    }
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return error_set(error, -errno, "cannot start a process: %s",
                         strerror(errno));
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    connector->fd = ends[0];
    return 0;
}

int connector_ask(const struct connector *connector, uint32_t tag,
                  uint32_t number, enum connector_type type)
{
    const struct question question = {tag, number, type};

    return send(connector->fd, &question, sizeof(question), MSG_NOSIGNAL) < 0
               ? -errno
               : 0;
}

int connector_take(const struct connector *connector, uint32_t *tag, int *fd)
{
    union passed passed;
    struct answer bytes;
    struct iovec part = {&bytes, sizeof(bytes)};
    struct msghdr message = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = passed.room,
        .msg_controllen = sizeof(passed.room),
    };
    const ssize_t size = recvmsg(connector->fd, &message, MSG_CMSG_CLOEXEC);
    if (size < 0) {
        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    }
    if (size != sizeof(bytes)) {
        return -EPIPE;
    }
    const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    *tag = bytes.tag;
    *fd = bytes.code < 0 ? bytes.code : -EIO;
    if (header != NULL && header->cmsg_type == SCM_RIGHTS) {
        memcpy(fd, CMSG_DATA(header), sizeof(*fd));
    }
    return 1;
}

void connector_end(struct connector *connector)
{
    if (connector->fd >= 0) {
        close(connector->fd);
        connector->fd = -1;
    }
}
