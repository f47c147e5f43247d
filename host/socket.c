/* SPDX-License-Identifier: Apache-2.0 */
/* Unix-domain and TCP sockets with one peer at a time. */
#include "host/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/time.h"

#include "base/buffer.h"
#include "host/keeper.h"

/* True if the name is that of a socket that no process holds any more. The
 * probe is not a stream socket: the kernel refuses it without notice to a
 * listener, which would take a stream connection for its peer. */
static bool is_stale(const struct sockaddr_un *name)
{
    struct stat there;
    if (lstat(name->sun_path, &there) != 0 || !S_ISSOCK(there.st_mode)) {
        return false;
    }
    int probe = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool stale =
        probe >= 0 &&
        connect(probe, (const struct sockaddr *)name, sizeof(*name)) != 0 &&
        errno == ECONNREFUSED;
    host_socket_close(probe);
    return stale;
}

/* Two that find the same stale socket must not take it from each other: the
 * folder's lock goes from the look at it to the name that is bound. */
static int lock_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? xstrndup(path, (size_t)(slash - path) + 1) : NULL;
    int fd = open(folder ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)flock(fd, LOCK_EX);
    }
    free(folder);
    return fd;
}

static int bind_unix(int fd, const struct sockaddr_un *name)
{
    const struct sockaddr *address = (const struct sockaddr *)name;
    int lock = lock_folder(name->sun_path);
    int code = bind(fd, address, sizeof(*name)) ? errno : 0;
    if (code == EADDRINUSE && is_stale(name) && unlink(name->sun_path) == 0) {
        code = bind(fd, address, sizeof(*name)) ? errno : 0;
    }
    host_socket_close(lock);
    errno = code;
    return code ? -1 : 0;
}

static int name_unix(const char *path, struct sockaddr_un *name,
                     struct error *error)
{
    *name = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (path[0] == '\0') { /* the system would choose a name */
        return error_set(error, -EINVAL, "socket path '' is empty");
    }
    if (strlen(path) >= sizeof(name->sun_path)) {
        return error_set(error, -EINVAL,
                         "socket path '%s' is longer than %zu bytes", path,
                         sizeof(name->sun_path) - 1);
    }
    memcpy(name->sun_path, path, strlen(path) + 1);
    return 0;
}

static int listen_unix(const char *path, int type, int *fd, struct error *error)
{
    struct sockaddr_un name;
    int code = name_unix(path, &name, error);

    if (code != 0) {
        return code;
    }
    *fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    if (*fd < 0 || bind_unix(*fd, &name) ||
        (type != SOCK_DGRAM && listen(*fd, 1))) {
        return error_set(error, -errno, "cannot listen on 'unix:%s': %s", path,
                         strerror(errno));
    }
    return 0;
}

/* "HOST:PORT" or "PORT" in its parts. */
struct tcp_address {
    char host[256];
    const char *port;
};

static int split_tcp(const char *address, struct tcp_address *parts,
                     struct error *error)
{
    const char *colon = strrchr(address, ':');
    *parts = (struct tcp_address){.host = "127.0.0.1"};
    if (colon && (size_t)(colon - address) >= sizeof(parts->host)) {
        return error_set(error, -EINVAL, "address '%s' is too long", address);
    }
    if (colon && colon != address) {
        snprintf(parts->host, sizeof(parts->host), "%.*s",
                 (int)(colon - address), address);
    }
    parts->port = colon ? colon + 1 : address;
    size_t digits = strspn(parts->port, "0123456789");
    if (*parts->port == '\0') {
        return error_set(error, -EINVAL, "address '%s' names no port", address);
    }
    if (parts->port[digits] != '\0') {
        return error_set(error, -EINVAL, "address '%s': '%s' is no port number",
                         address, parts->port);
    }
    if (digits > 5 || strtoul(parts->port, NULL, 10) > UINT16_MAX) {
        return error_set(error, -EINVAL,
                         "address '%s': ports go from 0 to %d, not to %s",
                         address, UINT16_MAX, parts->port);
    }
    return 0;
}

/* A socket that has the address and does not listen yet. */
static int bind_inet(const char *address, int type, struct tcp_address *parts,
                     int *fd, struct error *error)
{
    const struct addrinfo hints = {.ai_family = AF_INET,
                                   .ai_socktype = type,
                                   .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    int one = 1;
    int result = split_tcp(address, parts, error);

    if (result) {
        return result;
    }
    result = getaddrinfo(parts->host, parts->port, &hints, &found);
    if (result || !found) {
        return error_set(error, -EINVAL, "address '%s:%s': %s", parts->host,
                         parts->port, gai_strerror(result));
    }
    *fd = socket(found->ai_family, type | SOCK_CLOEXEC, 0);
    /* Two that take datagrams at one address would take each other's. */
    if (*fd < 0 ||
        (type == SOCK_STREAM &&
         setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one))) ||
        bind(*fd, found->ai_addr, found->ai_addrlen)) {
        result = error_set(error, -errno, "cannot listen on '%s:%s': %s",
                           parts->host, parts->port, strerror(errno));
    }
    freeaddrinfo(found);
    return result;
}

static int listen_tcp(const char *address, int *fd, char *name,
                      size_t name_size, struct error *error)
{
    struct sockaddr_in bound = {0};
    socklen_t size = sizeof(bound);
    struct tcp_address parts;
    int result = bind_inet(address, SOCK_STREAM, &parts, fd, error);

    if (result == 0 && (listen(*fd, 1) ||
                        getsockname(*fd, (struct sockaddr *)&bound, &size))) {
        result = error_set(error, -errno, "cannot listen on '%s:%s': %s",
                           parts.host, parts.port, strerror(errno));
    }
    snprintf(name, name_size, "%s:%u", parts.host, ntohs(bound.sin_port));
    return result;
}

static int listen_as(int type, const char *address, int *fd, char *name,
                     size_t name_size, struct error *error)
{
    int result;

    *fd = -1;
    if (strncmp(address, "unix:", 5) == 0) {
        result = listen_unix(address + 5, type, fd, error);
        snprintf(name, name_size, "%s", address);
    } else if (type == SOCK_STREAM) {
        result = listen_tcp(address, fd, name, name_size, error);
    } else {
        result = error_set(error, -EINVAL, "'%s' is not unix:PATH", address);
    }
    if (result) {
        host_socket_close(*fd);
        *fd = -1;
    }
    return result;
}

int host_socket_listen(const char *address, int *fd, char *name,
                       size_t name_size, struct error *error)
{
    return listen_as(SOCK_STREAM, address, fd, name, name_size, error);
}

int host_socket_listen_packets(const char *address, int *fd, char *name,
                               size_t name_size, struct error *error)
{
    return listen_as(SOCK_SEQPACKET, address, fd, name, name_size, error);
}

/* ---- Connecting ---------------------------------------------------------- */

static int connect_unix(const char *path, int *fd)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(name.sun_path)) {
        return -ENAMETOOLONG;
    }
    memcpy(name.sun_path, path, strlen(path) + 1);
    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return *fd < 0 || connect(*fd, (const struct sockaddr *)&name, sizeof(name))
               ? -errno
               : 0;
}

/* A socket of that type where *fd is -1, else the one of *fd. */
static int connect_inet(const char *address, int type, int *fd,
                        struct error *error)
{
    const struct addrinfo hints = {
        .ai_family = AF_INET, .ai_socktype = type, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    struct tcp_address parts;
    int result = split_tcp(address, &parts, error);
    if (result) {
        return result;
    }
    result = getaddrinfo(parts.host, parts.port, &hints, &found);
    if (result || !found) {
        return error_set(error, -EINVAL, "address '%s:%s': %s", parts.host,
                         parts.port, gai_strerror(result));
    }
    if (*fd < 0) {
        *fd = socket(found->ai_family, type | SOCK_CLOEXEC, 0);
    }
    result =
        *fd < 0 || connect(*fd, found->ai_addr, found->ai_addrlen) ? -errno : 0;
    freeaddrinfo(found);
    return result;
}

int host_socket_connect(const char *address, int *fd, struct error *error)
{
    struct error cause = {""};
    *fd = -1;
    int result = strncmp(address, "unix:", 5) == 0
                     ? connect_unix(address + 5, fd)
                     : connect_inet(address, SOCK_STREAM, fd, &cause);
    if (result == 0) {
        return 0;
    }
    host_socket_close(*fd);
    *fd = -1;
    return cause.text[0]
               ? error_set(error, result, "%s", cause.text)
               : error_set(error, result, "cannot connect to '%s': %s", address,
                           strerror(-result));
}

/* ---- Datagrams ----------------------------------------------------------- */

int host_socket_datagram(const char *local, const char *remote, int *fd,
                         struct host_socket_peer *peer, struct error *error)
{
    const bool unix_local = strncmp(local, "unix:", 5) == 0;
    const bool unix_remote = strncmp(remote, "unix:", 5) == 0;
    struct tcp_address parts;
    struct sockaddr_un name;
    int code;

    *fd = -1;
    *peer = (struct host_socket_peer){.size = 0};
    if (unix_local != unix_remote) {
        return error_set(error, -EINVAL, "'%s' and '%s' are of two kinds",
                         local, remote);
    }
    if (unix_local) {
        code = name_unix(remote + 5, &name, error);
        code = code ? code : listen_unix(local + 5, SOCK_DGRAM, fd, error);
        memcpy(peer->name, &name, sizeof(name));
        peer->size = sizeof(name);
    } else {
        code = bind_inet(local, SOCK_DGRAM, &parts, fd, error);
        code = code ? code : connect_inet(remote, SOCK_DGRAM, fd, error);
    }
    if (code != 0) {
        host_socket_close(*fd);
        *fd = -1;
    }
    return code;
}

int host_socket_send(int fd, const struct host_socket_peer *peer,
                     const void *bytes, size_t size)
{
    struct sockaddr_un name;

    memcpy(&name, peer->name, sizeof(name));
    return sendto(fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT,
                  peer->size ? (const struct sockaddr *)&name : NULL,
                  peer->size) < 0
               ? -errno
               : 0;
}

/* ---- The file of a socket ------------------------------------------------ */

void host_socket_note(const char *address, struct host_socket_file *file)
{
    struct stat there;
    *file = (struct host_socket_file){.path = ""};
    if (strncmp(address, "unix:", 5) == 0 && lstat(address + 5, &there) == 0) {
        snprintf(file->path, sizeof(file->path), "%s", address + 5);
        file->device = there.st_dev;
        file->inode = there.st_ino;
    }
}

void host_socket_remove(const struct host_socket_file *file)
{
    struct stat there;
    if (file->path[0] != '\0' && lstat(file->path, &there) == 0 &&
        S_ISSOCK(there.st_mode) && there.st_dev == file->device &&
        there.st_ino == file->inode) {
        int place = keeper_find(file->path, KEEPER_SOCKET);
        if (place >= 0) {
            keeper_remove(place);
        } else {
            (void)unlink(file->path);
        }
    }
}

static int check_length(const char *path, struct error *error)
{
    enum { ROOM = sizeof(((struct sockaddr_un *)NULL)->sun_path) };
    return *path == '\0' || strlen(path) >= ROOM
               ? error_set(error, -EINVAL,
                           "socket path '%s' is not 1 to %d bytes long", path,
                           ROOM - 1)
               : 0;
}

int host_socket_check_peer(const char *address, struct error *error)
{
    struct tcp_address parts;
    return strncmp(address, "unix:", 5) == 0
               ? check_length(address + 5, error)
               : split_tcp(address, &parts, error);
}

/* Checks whether a name could be made there. */
static int check_unix(const char *path, struct error *error)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? xstrndup(path, (size_t)(slash - path) + 1) : NULL;
    int result = check_length(path, error);

    if (result == 0 && access(folder ? folder : ".", W_OK | X_OK)) {
        result = error_set(error, -errno, "cannot listen on 'unix:%s': %s",
                           path, strerror(errno));
    }
    free(folder);
    return result;
}

int host_socket_check(const char *address, struct error *error)
{
    struct tcp_address parts;
    int fd = -1;
    int result = strncmp(address, "unix:", 5) == 0
                     ? check_unix(address + 5, error)
                     : bind_inet(address, SOCK_STREAM, &parts, &fd, error);
    host_socket_close(fd);
    return result;
}

int host_socket_accept(int listener, int *fd, struct error *error)
{
    int one = 1;
    do {
        *fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    } while (*fd < 0 && errno == EINTR);
    if (*fd < 0) {
        return error_set(error, -errno, "cannot accept a connection: %s",
                         strerror(errno));
    }
    /* Small packets in turn: waiting to merge them only adds latency. Fails
     * harmlessly on Unix sockets. */
    (void)setsockopt(*fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    return 0;
}

/* Waits until the descriptor is ready, or has an error: 0, or -ETIMEDOUT. */
static int wait_for(int fd, short events, uint64_t until_ns)
{
    struct pollfd ready = {.fd = fd, .events = events};
    int count;

    do {
        uint64_t now_ns = host_time_ns();
        uint64_t left_ms =
            now_ns < until_ns ? (until_ns - now_ns) / 1000000 + 1 : 0;
        count = poll(&ready, 1, left_ms < INT_MAX ? (int)left_ms : INT_MAX);
    } while (count < 0 && errno == EINTR);
    return count == 0 ? -ETIMEDOUT : 0;
}

int host_socket_write(int fd, const void *bytes, size_t size, uint64_t until_ns)
{
    const char *at = bytes;
    int code = 0;

    while (size != 0 && code == 0) {
        ssize_t count = send(fd, at, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count >= 0) {
            at += count;
            size -= (size_t)count;
        } else if (errno == EAGAIN) {
            code = wait_for(fd, POLLOUT, until_ns);
        } else if (errno != EINTR) {
            code = -errno;
        }
    }
    return code;
}

int host_socket_read(int fd, void *bytes, size_t size, uint64_t until_ns)
{
    char *at = bytes;

    while (size) {
        int code = wait_for(fd, POLLIN, until_ns);
        if (code != 0) {
            return code;
        }
        ssize_t got = recv(fd, at, size, MSG_DONTWAIT);
        if (got == 0) {
            return -EPIPE;
        }
        if (got < 0 && errno != EINTR && errno != EAGAIN) {
            return -errno;
        }
        at += got > 0 ? got : 0;
        size -= got > 0 ? (size_t)got : 0;
    }
    return 0;
}

int host_socket_pair(int fds[2], struct error *error)
{
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds)
               ? error_set(error, -errno, "cannot make a pair of sockets: %s",
                           strerror(errno))
               : 0;
}

int host_socket_pass(int fd, const void *bytes, size_t size, int passed,
                     uint64_t until_ns)
{
    union {
        struct cmsghdr header; /* for its alignment */
        char room[CMSG_SPACE(sizeof(int))];
    } control = {.room = ""};
    struct iovec part = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = size};
    struct msghdr message = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.room,
        .msg_controllen = sizeof(control.room),
    };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &passed, sizeof(int));
    ssize_t count;
    int code = 0;
    do {
        count = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0 && errno == EAGAIN) {
            code = wait_for(fd, POLLOUT, until_ns);
        } else if (count < 0 && errno != EINTR) {
            code = -errno;
        }
    } while (count < 0 && code == 0);
    return count < 0 ? code
                     : host_socket_write(fd, (const char *)bytes + count,
                                         size - (size_t)count, until_ns);
}

void host_socket_close(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}
