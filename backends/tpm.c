/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client of swtpm's socket interface (swtpm_ioctls(3)): commands of the TPM
 * go over one stream as they are, and what a platform does to a TPM over
 * another, the control channel, where a request is a number and its operands,
 * and the answer begins with a result. All numbers are big-endian.
 *
 * The stream for commands is a pair of sockets, of which swtpm is handed one
 * over the control channel.
 */
#include "backends/tpm.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "abi/tpm.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "host/process.h"
#include "host/socket.h"
#include "host/time.h"

enum control {
    CMD_GET_CAPABILITY = 1,
    CMD_INIT = 2,
    CMD_SHUTDOWN = 3,
    CMD_SET_LOCALITY = 5,
    CMD_STOP = 14,
    CMD_SET_DATAFD = 16,
    CMD_SET_BUFFERSIZE = 17,
};

/* Bits of the answer to CMD_GET_CAPABILITY. */
enum capability {
    CAP_INIT = 1 << 0,
    CAP_SHUTDOWN = 1 << 1,
    CAP_SET_LOCALITY = 1 << 3,
    CAP_STOP = 1 << 10,
    CAP_SET_DATAFD = 1 << 12,
    CAP_SET_BUFFERSIZE = 1 << 13,
    CAP_NEEDED = CAP_INIT | CAP_SHUTDOWN | CAP_SET_LOCALITY | CAP_STOP |
                 CAP_SET_DATAFD | CAP_SET_BUFFERSIZE,
};

enum { ANSWER_MAX = 16, REASON_SIZE = 200 };

struct tpm {
    uint64_t limit_ns;
    int control;
    int commands;
    struct process process; /* if it was started here */
    bool started;
    unsigned locality;        /* of the last command */
    char reason[REASON_SIZE]; /* why it is not asked any more, or "" */
};

/* ---- Control ------------------------------------------------------------- */

static const struct call {
    enum control number;
    const char *name;
    size_t answer; /* bytes, with the result */
} calls[] = {
    {CMD_GET_CAPABILITY, "CMD_GET_CAPABILITY", 8 },
    {CMD_INIT,           "CMD_INIT",           4 },
    {CMD_SHUTDOWN,       "CMD_SHUTDOWN",       4 },
    {CMD_SET_LOCALITY,   "CMD_SET_LOCALITY",   4 },
    {CMD_STOP,           "CMD_STOP",           4 },
    {CMD_SET_DATAFD,     "CMD_SET_DATAFD",     4 },
    {CMD_SET_BUFFERSIZE, "CMD_SET_BUFFERSIZE", 16},
};

static const struct call *find_call(enum control number)
{
    const struct call *call = calls;
    while (call->number != number) {
        call++;
    }
    return call;
}

/* The last line that a swtpm of ours has printed, or "". */
static void last_line(struct tpm *tpm, char line[REASON_SIZE])
{
    struct buffer printed = {0};
    process_printed(&tpm->process, &printed);
    const char *text = buffer_text(&printed);
    size_t end = strlen(text);
    while (end > 0 && text[end - 1] == '\n') {
        end--;
    }
    size_t start = end;
    while (start > 0 && text[start - 1] != '\n') {
        start--;
    }
    snprintf(line, REASON_SIZE, "%.*s", (int)(end - start), text + start);
    buffer_fini(&printed);
}

/* What is said of it is the first that went wrong. */
static int give_up(struct tpm *tpm, int code, const char *what)
{
    char line[REASON_SIZE] = "";
    if (tpm->started) {
        last_line(tpm, line);
    }
    if (tpm->reason[0] == '\0') {
        snprintf(tpm->reason, sizeof(tpm->reason), "swtpm: %s: %s%s%.100s",
                 what, strerror(-code), line[0] ? ": " : "", line);
    }
    return code;
}

/* operand_size bytes follow the number; passed goes with them, unless it is
 * -1. The answer, behind its result, is in *answer if that is not NULL. */
static int control(struct tpm *tpm, enum control number, const void *operand,
                   size_t operand_size, int passed, uint8_t *answer)
{
    const struct call *call = find_call(number);
    uint8_t request[4 + ANSWER_MAX];
    uint8_t got[ANSWER_MAX];
    store_be32(request, number);
    if (operand_size != 0) {
        memcpy(request + 4, operand, operand_size);
    }
    int code =
        passed < 0
            ? host_socket_write(tpm->control, request, 4 + operand_size)
            : host_socket_pass(tpm->control, request, 4 + operand_size, passed);
    uint64_t until_ns = host_time_ns() + tpm->limit_ns;
    /* A refusal may be the result alone. */
    code = code ? code : host_socket_read(tpm->control, got, 4, until_ns);
    if (code == 0 && load_be32(got) != TPM_RC_SUCCESS) {
        char what[64];
        snprintf(what, sizeof(what), "%s: result 0x%x", call->name,
                 load_be32(got));
        return give_up(tpm, -EIO, what);
    }
    code = code ? code
                : host_socket_read(tpm->control, got + 4, call->answer - 4,
                                   until_ns);
    if (code != 0) {
        return give_up(tpm, code, call->name);
    }
    if (answer) {
        memcpy(answer, got + 4, call->answer - 4);
    }
    return 0;
}

/* ---- Requests ------------------------------------------------------------ */

/* _TPM_Init: its state is that of a TPM that was just powered. The size of its
 * buffer can be set only while it is stopped. */
static int start_over(struct tpm *tpm, const struct tpm_request *request)
{
    uint8_t size[4] = {0, 0, request->buffer_size[0], request->buffer_size[1]};
    static const uint8_t no_flags[4];
    int code = control(tpm, CMD_STOP, NULL, 0, -1, NULL);
    code = code
               ? code
               : control(tpm, CMD_SET_BUFFERSIZE, size, sizeof(size), -1, NULL);
    code = code ? code
                : control(tpm, CMD_INIT, no_flags, sizeof(no_flags), -1, NULL);
    tpm->locality = TPM_LOCALITIES;
    return code;
}

static int set_locality(struct tpm *tpm, uint8_t locality)
{
    int code = locality == tpm->locality
                   ? 0
                   : control(tpm, CMD_SET_LOCALITY, &locality, 1, -1, NULL);
    tpm->locality = locality;
    return code;
}

/* The size of the response, or a negative errno value. */
static int exchange(struct tpm *tpm, const uint8_t *command, size_t size,
                    uint8_t *reply, size_t room)
{
    uint64_t until_ns = host_time_ns() + tpm->limit_ns;
    int code = host_socket_write(tpm->commands, command, size);
    code = code ? code
                : host_socket_read(tpm->commands, reply, TPM_HEADER_SIZE,
                                   until_ns);
    if (code != 0) {
        return give_up(tpm, code, "response");
    }
    uint32_t length = load_be32(reply + TPM_HEADER_LENGTH);
    if (length < TPM_HEADER_SIZE || length > room) {
        char what[64];
        snprintf(what, sizeof(what), "a response of %u bytes", length);
        return give_up(tpm, -EPROTO, what);
    }
    code = host_socket_read(tpm->commands, reply + TPM_HEADER_SIZE,
                            length - TPM_HEADER_SIZE, until_ns);
    return code ? give_up(tpm, code, "response") : (int)length;
}

/* The device has checked the command's own length. */
static bool is_request(const uint8_t *bytes, size_t size)
{
    const size_t header = sizeof(struct tpm_request);
    return size >= header + TPM_HEADER_SIZE &&
           size <= header + TPM_BUFFER_MAX &&
           load_be32(bytes + header + TPM_HEADER_LENGTH) == size - header;
}

size_t tpm_serve(void *context, const void *request, size_t size, void *reply,
                 size_t room)
{
    struct tpm *tpm = context;
    const uint8_t *bytes = request;
    struct tpm_request header;
    int code = tpm->reason[0] ? -EIO : 0;
    if (!is_request(bytes, size) || room < TPM_HEADER_SIZE) {
        return 0;
    }
    memcpy(&header, bytes, sizeof(header));
    if (code == 0 && header.init) {
        code = start_over(tpm, &header);
    }
    code = code ? code : set_locality(tpm, header.locality);
    code = code ? code
                : exchange(tpm, bytes + sizeof(header), size - sizeof(header),
                           reply, room);
    if (code < 0) {
        size_t length = strlen(tpm->reason);
        length = length < room ? length : room;
        memcpy(reply, tpm->reason, length);
        return length;
    }
    return (size_t)code;
}

/* ---- Life ---------------------------------------------------------------- */

static int start(struct tpm *tpm, const char *folder, struct error *error)
{
    char *state = xasprintf("dir=%s", folder);
    char *socket = xasprintf("type=unixio,clientfd=%d", PROCESS_FD);
    const char *arguments[] = {"swtpm",      "socket",      "--tpm2",
                               "--tpmstate", state,         "--ctrl",
                               socket,       "--terminate", NULL};
    const struct sandbox_place places[] = {
        {folder,         SANDBOX_READ | SANDBOX_WRITE | SANDBOX_REPLACE},
        {"/dev/urandom", SANDBOX_READ                                  },
        {"/etc/ssl",     SANDBOX_READ                                  },
    };
    int fds[2] = {-1, -1};
    int code = host_socket_pair(fds, error);
    tpm->control = fds[0];
    code = code ? code
                : process_start(&tpm->process, arguments, places,
                                ARRAY_SIZE(places), fds[1]);
    host_socket_close(fds[1]);
    free(state);
    free(socket);
    tpm->started = code == 0;
    return code == -ENOENT ? error_set(error, code, "swtpm is not installed")
           : code ? error_set(error, code, "swtpm: %s", strerror(-code))
                  : 0;
}

static int make_folder(const char *folder, struct error *error)
{
    struct stat there;
    if (mkdir(folder, 0700) == 0) {
        return 0;
    }
    if (errno != EEXIST) {
        return error_set(error, -errno, "cannot make folder '%s': %s", folder,
                         strerror(errno));
    }
    return stat(folder, &there) == 0 && S_ISDIR(there.st_mode)
               ? 0
               : error_set(error, -ENOTDIR, "'%s' is no folder", folder);
}

static int connect_to(struct tpm *tpm, const char *what, struct error *error)
{
    if (strncmp(what, "unix:", 5) == 0) {
        return host_socket_connect(what, &tpm->control, error);
    }
    /* A comma would begin another option of swtpm's. */
    if (strchr(what, ',')) {
        return error_set(error, -EINVAL, "folder '%s': a comma in its name",
                         what);
    }
    int code = make_folder(what, error);
    return code ? code : start(tpm, what, error);
}

/* What it can do, and the stream for commands. */
static int greet(struct tpm *tpm, struct error *error)
{
    uint8_t can[ANSWER_MAX];
    int fds[2] = {-1, -1};
    int code = control(tpm, CMD_GET_CAPABILITY, NULL, 0, -1, can);
    if (code == 0 && (load_be32(can) & CAP_NEEDED) != CAP_NEEDED) {
        code = give_up(tpm, -ENOTSUP, "its capabilities");
    }
    if (code == 0 && host_socket_pair(fds, error) == 0) {
        tpm->commands = fds[0];
        code = control(tpm, CMD_SET_DATAFD, NULL, 0, fds[1], NULL);
        host_socket_close(fds[1]);
    }
    return code                ? error_set(error, code, "%s", tpm->reason)
           : tpm->commands < 0 ? -EMFILE
                               : 0;
}

int tpm_open(const char *what, uint64_t limit_ns, struct tpm **opened,
             struct error *error)
{
    struct tpm *tpm = xcalloc(1, sizeof(*tpm));
    *tpm = (struct tpm){
        .limit_ns = limit_ns,
        .control = -1,
        .commands = -1,
        .process = {.printed = -1},
        .locality = TPM_LOCALITIES,
    };
    int code = connect_to(tpm, what, error);
    code = code ? code : greet(tpm, error);
    if (code != 0) {
        tpm_close(tpm);
        tpm = NULL;
    }
    *opened = tpm;
    return code;
}

void tpm_close(void *context)
{
    struct tpm *tpm = context;
    if (!tpm) {
        return;
    }
    if (tpm->started && tpm->reason[0] == '\0') {
        (void)control(tpm, CMD_SHUTDOWN, NULL, 0, -1, NULL);
    }
    host_socket_close(tpm->commands);
    host_socket_close(tpm->control);
    (void)process_end(&tpm->process, tpm->limit_ns);
    free(tpm);
}
