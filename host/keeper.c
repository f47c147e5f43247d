/* SPDX-License-Identifier: Apache-2.0 */
/* Both ends of the keeper: questions over a pair of sockets, each answered
 * before the next. */
#include "host/keeper.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "host/sandbox.h"

enum what { OPEN, CLOSE, REMOVE, CHANGE };

struct question {
    uint32_t what; /* enum what */
    int32_t place;
    int32_t code;  /* CLOSE */
    uint64_t size; /* CLOSE: of the file; CHANGE: of the value behind this */
    /* CHANGE */
    uint32_t kind;
    uint32_t mode;
    int32_t flags;
    struct timespec times[2];
    char name[KEEPER_NAME_SIZE];
};

struct answer {
    int32_t code;
    uint32_t regular; /* OPEN */
    char text[sizeof(((struct error *)NULL)->text)];
};

union passed {
    struct cmsghdr header; /* for its alignment */
    char room[CMSG_SPACE(sizeof(int))];
};

/* The one of this process. The list is written before it is read by others. */
static struct {
    int fd; /* 0: there is none, as it is never standard input */
    struct keeper_file *files;
    size_t count;
    pthread_mutex_t lock;
} keeper = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- Messages ------------------------------------------------------------ */

static bool put_message(int to, const struct iovec *parts, size_t count, int fd)
{
    union passed passed = {.room = ""};
    struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)parts,
                             .msg_iovlen = count};
    ssize_t size;
    if (fd < 0) {
        do {
            size = writev(to, parts, (int)count);
        } while (size < 0 && errno == EINTR);
        return size > 0;
    }
    message.msg_control = passed.room;
    message.msg_controllen = sizeof(passed.room);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &fd, sizeof(fd));
    do {
        size = sendmsg(to, &message, MSG_NOSIGNAL);
    } while (size < 0 && errno == EINTR);
    return size > 0;
}

/* The size of the message, 0 at the end; *fd is the caller's, or -1. */
static size_t take_message(int from, const struct iovec *parts, size_t count,
                           int *fd)
{
    union passed passed;
    struct msghdr message = {
        .msg_iov = (struct iovec *)(uintptr_t)parts,
        .msg_iovlen = count,
        .msg_control = passed.room,
        .msg_controllen = sizeof(passed.room),
    };
    ssize_t size;
    do {
        size = recvmsg(from, &message, MSG_CMSG_CLOEXEC);
    } while (size < 0 && errno == EINTR);
    const struct cmsghdr *header = size > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    *fd = -1;
    if (header && header->cmsg_type == SCM_RIGHTS) {
        memcpy(fd, CMSG_DATA(header), sizeof(*fd));
    }
    return size > 0 ? (size_t)size : 0;
}

/* ---- The keeper ---------------------------------------------------------- */

/* State of the keeper for a row of the list. */
struct place {
    struct file_draft draft; /* fd is -1: there is none */
    int folder;              /* O_PATH, or -1 */
};

struct serving {
    const struct keeper_file *files;
    size_t count;
    struct place *places;
    uint8_t value[KEEPER_VALUE_MAX];
};

/* The descriptor stays the keeper's, but for what is no regular file. */
static int open_file(struct serving *serving, size_t at, struct answer *answer,
                     bool *passed_on)
{
    const char *path = serving->files[at].path;
    struct file_draft *draft = &serving->places[at].draft;
    struct error error = {""};
    struct stat there;
    answer->regular = stat(path, &there) != 0 || S_ISREG(there.st_mode);
    int fd = -1;
    if (!answer->regular) {
        fd = open(path, O_WRONLY | O_CLOEXEC);
        answer->code = fd < 0 ? error_set(&error, -errno,
                                          "file '%s': cannot be opened: %s",
                                          path, strerror(errno))
                              : 0;
        *passed_on = true;
    } else {
        answer->code =
            draft->fd >= 0 ? -EBUSY : file_draft_open(draft, path, &error);
        fd = answer->code == 0 ? draft->fd : -1;
    }
    memcpy(answer->text, error.text, sizeof(answer->text));
    return fd;
}

static void close_file(struct serving *serving, size_t at,
                       const struct question *question, struct answer *answer)
{
    struct file_draft *draft = &serving->places[at].draft;
    struct error error = {""};
    answer->code = question->code;
    if (draft->fd >= 0) {
        answer->code =
            file_draft_close(draft, question->size, question->code, &error);
    }
    memcpy(answer->text, error.text, sizeof(answer->text));
}

static void remove_socket(const char *path)
{
    struct stat there;
    if (lstat(path, &there) == 0 && S_ISSOCK(there.st_mode)) {
        (void)unlink(path);
    }
}

/* The name that the kernel has for an open file at this moment. */
static bool name_of(int fd, char path[PATH_MAX])
{
    char link[40];
    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, PATH_MAX - 1);
    path[size > 0 ? size : 0] = '\0';
    return size > 0 && path[0] == '/';
}

static bool is_in_folder(const struct serving *serving, int fd)
{
    char path[PATH_MAX];
    char folder[PATH_MAX];
    bool is_in = false;
    if (!name_of(fd, path)) {
        return false;
    }
    for (size_t i = 0; i < serving->count && !is_in; i++) {
        if (serving->places[i].folder < 0 ||
            !name_of(serving->places[i].folder, folder)) {
            continue;
        }
        const size_t length = strlen(folder);
        is_in = strncmp(path, folder, length) == 0 &&
                (length == 1 || path[length] == '/' || path[length] == '\0');
    }
    return is_in;
}

static int change(int fd, const struct keeper_change *change)
{
    char path[40];
    int code = 0;
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    switch (change->kind) {
    case KEEPER_MODE:
        code = chmod(path, change->mode & 01777);
        break;
    case KEEPER_TIMES:
        code = utimensat(AT_FDCWD, path, change->times, 0);
        break;
    case KEEPER_SET_VALUE:
        code = setxattr(path, change->name, change->value, change->size,
                        change->flags);
        break;
    case KEEPER_REMOVE_VALUE:
        code = removexattr(path, change->name);
        break;
    default:
        errno = EINVAL;
        code = -1;
        break;
    }
    return code ? -errno : 0;
}

static int change_asked(const struct serving *serving,
                        const struct question *question, size_t size, int fd)
{
    const struct keeper_change asked = {
        .kind = (enum keeper_change_kind)question->kind,
        .mode = question->mode,
        .times = {question->times[0], question->times[1]},
        .flags = question->flags,
        .name = question->name,
        .value = serving->value,
        .size = size,
    };
    const bool names =
        asked.kind == KEEPER_SET_VALUE || asked.kind == KEEPER_REMOVE_VALUE;
    bool good = fd >= 0 && size == question->size &&
                memchr(question->name, '\0', KEEPER_NAME_SIZE) != NULL &&
                (!names || strncmp(question->name, "user.", 5) == 0);
    return !good                        ? -EINVAL
           : !is_in_folder(serving, fd) ? -EACCES
                                        : change(fd, &asked);
}

static void serve_one(struct serving *serving, const struct question *question,
                      size_t more, int fd)
{
    const size_t at = (size_t)question->place;
    const bool listed = question->place >= 0 && at < serving->count;
    const enum keeper_use use = listed ? serving->files[at].use : KEEPER_FOLDER;
    struct answer answer = {.code = -EINVAL};
    bool passed_on = false;
    int passed = -1;
    switch (question->what) {
    case OPEN:
        passed = use == KEEPER_REPLACED
                     ? open_file(serving, at, &answer, &passed_on)
                     : -1;
        break;
    case CLOSE:
        if (use == KEEPER_REPLACED) {
            close_file(serving, at, question, &answer);
        }
        break;
    case REMOVE:
        if (use == KEEPER_SOCKET) {
            remove_socket(serving->files[at].path);
            answer.code = 0;
        }
        break;
    case CHANGE:
        answer.code = change_asked(serving, question, more, fd);
        break;
    default:
        break;
    }
    const struct iovec part = {&answer, sizeof(answer)};
    (void)put_message(0, &part, 1, passed);
    if (passed_on) {
        file_close(passed);
    }
}

/* Until the other end is closed. */
static void serve(struct serving *serving)
{
    struct question question;
    const struct iovec parts[] = {
        {&question,      sizeof(question)      },
        {serving->value, sizeof(serving->value)}
    };
    size_t size;
    int fd;
    while ((size = take_message(0, parts, 2, &fd)) != 0) {
        if (size >= sizeof(question)) {
            serve_one(serving, &question, size - sizeof(question), fd);
        }
        file_close(fd);
    }
    for (size_t i = 0; i < serving->count; i++) {
        if (serving->places[i].draft.fd >= 0) {
            (void)file_draft_close(&serving->places[i].draft, 0, -ECANCELED,
                                   NULL);
        }
    }
}

static char *folder_around(const char *path)
{
    char *target = file_target(path);
    char *slash = target ? strrchr(target, '/') : NULL;
    if (slash) {
        slash[slash == target] = '\0';
        return target;
    }
    free(target);
    return xstrdup(".");
}

/* The keeper gives up all other files as well. */
static void confine(const struct serving *serving)
{
    struct sandbox_place *list = xcalloc(2 * serving->count + 1, sizeof(*list));
    size_t count = 0;
    for (size_t i = 0; i < serving->count; i++) {
        const struct keeper_file *file = &serving->files[i];
        char *folder = folder_around(file->path);
        if (file->use == KEEPER_REPLACED) {
            list[count++] =
                (struct sandbox_place){folder, SANDBOX_READ | SANDBOX_REPLACE};
            list[count++] = (struct sandbox_place){file->path, SANDBOX_WRITE};
        } else if (file->use == KEEPER_SOCKET) {
            list[count++] = (struct sandbox_place){folder, SANDBOX_REMOVE};
        } else {
            free(folder);
        }
    }
    list[count++] = (struct sandbox_place){"/proc/self", SANDBOX_READ};
    (void)sandbox_files(list, count, 0);
    /* The folders' names live as long as the process. */
    free(list);
}

/* The child of a child, so that nobody has to wait for its end. It keeps none
 * of the descriptors of the program but its own, and outlives the signals by
 * which a terminal ends the program: outputs are written then. */
static void begin(int fd, const struct keeper_file *files, size_t count)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
    static struct serving serving;
    if (fork() != 0) {
        _exit(0);
    }
    for (size_t i = 0; i < ARRAY_SIZE(ignored); i++) {
        signal(ignored[i], SIG_IGN);
    }
    dup2(fd, 0);
    close_range(1, ~0u, 0);
    serving = (struct serving){
        .files = files,
        .count = count,
        .places = xcalloc(count, sizeof(*serving.places)),
    };
    for (size_t i = 0; i < count; i++) {
        serving.places[i].draft.fd = -1;
        serving.places[i].folder =
            files[i].use == KEEPER_FOLDER
                ? open(files[i].path, O_PATH | O_DIRECTORY | O_CLOEXEC)
                : -1;
    }
    confine(&serving);
    serve(&serving);
    _exit(0);
}

/* ---- The program --------------------------------------------------------- */

int keeper_start(const struct keeper_file *files, size_t count,
                 struct error *error)
{
    int ends[2] = {-1, -1};
    int status = 0;
    if (count == 0 || keeper.fd > 0) {
        return 0;
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        return error_set(error, -errno, "cannot make a pair of sockets: %s",
                         strerror(errno));
    }
    const pid_t child = fork();
    if (child == 0) {
        begin(ends[1], files, count);
    }
    const int code = child < 0 ? -errno : 0;
    close(ends[1]);
    if (code != 0) {
        close(ends[0]);
        return error_set(error, code, "cannot start a process: %s",
                         strerror(-code));
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    keeper.files = xcalloc(count, sizeof(*keeper.files));
    for (size_t i = 0; i < count; i++) {
        keeper.files[i] =
            (struct keeper_file){xstrdup(files[i].path), files[i].use};
    }
    keeper.count = count;
    keeper.fd = ends[0];
    return 0;
}

void keeper_end(void)
{
    if (keeper.fd > 0) {
        close(keeper.fd);
    }
    for (size_t i = 0; i < keeper.count; i++) {
        free((void *)(uintptr_t)keeper.files[i].path);
    }
    free(keeper.files);
    keeper.files = NULL;
    keeper.count = 0;
    keeper.fd = 0;
}

int keeper_find(const char *path, enum keeper_use use)
{
    for (size_t i = 0; i < keeper.count; i++) {
        if (keeper.files[i].use == use &&
            strcmp(keeper.files[i].path, path) == 0) {
            return (int)i;
        }
    }
    return -1;
}

/* *passed is the caller's, or -1. */
static void ask(const struct question *question, const void *value, int fd,
                struct answer *answer, int *passed)
{
    const struct iovec parts[] = {
        {(void *)(uintptr_t)question, sizeof(*question)         },
        {(void *)(uintptr_t)value,    value ? question->size : 0}
    };
    const struct iovec reply = {answer, sizeof(*answer)};
    int taken = -1;
    *answer = (struct answer){.code = -EPIPE};
    pthread_mutex_lock(&keeper.lock);
    if (!put_message(keeper.fd, parts, 2, fd) ||
        take_message(keeper.fd, &reply, 1, &taken) != sizeof(*answer)) {
        *answer = (struct answer){
            .code = -EPIPE,
            .text = "the process that writes outputs has ended"};
    }
    pthread_mutex_unlock(&keeper.lock);
    *passed = taken;
}

int keeper_open(int place, bool *regular, struct error *error)
{
    const struct question question = {.what = OPEN, .place = place};
    struct answer answer = {0};
    int fd;
    ask(&question, NULL, -1, &answer, &fd);
    *regular = answer.regular;
    if (answer.code == 0 && fd < 0) {
        answer.code = -EMFILE;
    }
    return answer.code ? error_set(error, answer.code, "%s", answer.text) : fd;
}

int keeper_close(int place, uint64_t size, int code, struct error *error)
{
    const struct question question = {
        .what = CLOSE, .place = place, .code = code, .size = size};
    struct answer answer = {0};
    int fd;
    ask(&question, NULL, -1, &answer, &fd);
    file_close(fd);
    return answer.code && !code
               ? error_set(error, answer.code, "%s", answer.text)
               : answer.code;
}

void keeper_remove(int place)
{
    const struct question question = {.what = REMOVE, .place = place};
    struct answer answer = {0};
    int fd;
    ask(&question, NULL, -1, &answer, &fd);
    file_close(fd);
}

static bool keeps_folders(void)
{
    bool keeps = false;
    for (size_t i = 0; i < keeper.count; i++) {
        keeps = keeps || keeper.files[i].use == KEEPER_FOLDER;
    }
    return keeps;
}

int keeper_change(int fd, const struct keeper_change *asked)
{
    struct question question = {
        .what = CHANGE,
        .kind = asked->kind,
        .mode = asked->mode,
        .flags = asked->flags,
        .size = asked->kind == KEEPER_SET_VALUE ? asked->size : 0,
        .times = {asked->times[0], asked->times[1]},
    };
    struct answer answer = {0};
    int passed;
    if (!keeps_folders()) {
        return change(fd, asked);
    }
    if (asked->size > KEEPER_VALUE_MAX) {
        return -E2BIG;
    }
    if (asked->name) {
        (void)snprintf(question.name, sizeof(question.name), "%s", asked->name);
    }
    ask(&question, question.size ? asked->value : NULL, fd, &answer, &passed);
    file_close(passed);
    return answer.code;
}
