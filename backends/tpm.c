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
    CMD_GET_STATEBLOB = 12,
    CMD_SET_STATEBLOB = 13,
    CMD_STOP = 14,
    CMD_SET_DATAFD = 16,
    CMD_SET_BUFFERSIZE = 17,
};

/* Bits of the answer to CMD_GET_CAPABILITY. */
enum capability {
    CAP_INIT = 1 << 0,
    CAP_SHUTDOWN = 1 << 1,
    CAP_SET_LOCALITY = 1 << 3,
    CAP_GET_STATEBLOB = 1 << 8,
    CAP_SET_STATEBLOB = 1 << 9,
    CAP_STOP = 1 << 10,
    CAP_SET_DATAFD = 1 << 12,
    CAP_SET_BUFFERSIZE = 1 << 13,
    CAP_NEEDED = CAP_INIT | CAP_SHUTDOWN | CAP_SET_LOCALITY | CAP_STOP |
                 CAP_SET_DATAFD | CAP_SET_BUFFERSIZE,
    CAP_STATE = CAP_GET_STATEBLOB | CAP_SET_STATEBLOB,
};

enum {
    /* To CMD_GET_STATEBLOB: as it is, whatever the one in the file is. */
    STATE_DECRYPTED = 1,
    /* To CMD_INIT: the volatile blob is used up. */
    INIT_DELETE_VOLATILE = 1,
    /* TPM_RETRY of libtpms: there is no such blob. */
    RESULT_RETRY = 0x800,
};

enum { ANSWER_MAX = 16, REASON_SIZE = 200, BLOB_MAX = 1 << 20 };

/* All state of a TPM, in the order in which it is given back: what it stores,
 * what it has in memory, and what TPM2_Shutdown left for the next start. */
enum blob { BLOB_PERMANENT = 1, BLOB_VOLATILE, BLOB_SAVED };

struct tpm {
    uint64_t limit_ns;
    int control;
    int commands;
    struct process process; /* if it was started here */
    bool started;
    bool initialised;         /* by CMD_INIT */
    uint32_t can;             /* enum capability */
    unsigned locality;        /* of the last command */
    char reason[REASON_SIZE]; /* why it is not asked any more, or "" */
};

/* ---- Control ------------------------------------------------------------- */

static const struct call {
    enum control number;
    uint32_t fine; /* a result beside TPM_RC_SUCCESS */
    const char *name;
    size_t answer; /* bytes, with the result */
} calls[] = {
    {CMD_GET_CAPABILITY, 0,            "CMD_GET_CAPABILITY", 8 },
    {CMD_INIT,           0,            "CMD_INIT",           4 },
    {CMD_SHUTDOWN,       0,            "CMD_SHUTDOWN",       4 },
    {CMD_SET_LOCALITY,   0,            "CMD_SET_LOCALITY",   4 },
    {CMD_GET_STATEBLOB,  RESULT_RETRY, "CMD_GET_STATEBLOB",  16},
    {CMD_SET_STATEBLOB,  0,            "CMD_SET_STATEBLOB",  4 },
    {CMD_STOP,           0,            "CMD_STOP",           4 },
    {CMD_SET_DATAFD,     0,            "CMD_SET_DATAFD",     4 },
    {CMD_SET_BUFFERSIZE, 0,            "CMD_SET_BUFFERSIZE", 16},
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

/* The complaint is about the first thing that went wrong. */
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

/* Takes the answer to a request, or what became of sending it. The answer,
 * behind its result, is in *answer if that is not NULL. */
static int take_answer(struct tpm *tpm, enum control number, int code,
                       uint8_t *answer)
{
    const struct call *call = find_call(number);
    uint8_t got[ANSWER_MAX];
    uint64_t until_ns = host_time_ns() + tpm->limit_ns;
    /* A refusal may be the result alone. */
    code = code ? code : host_socket_read(tpm->control, got, 4, until_ns);
    uint32_t result = code == 0 ? load_be32(got) : TPM_RC_SUCCESS;
    if (result != TPM_RC_SUCCESS && result != call->fine) {
        char what[64];
        snprintf(what, sizeof(what), "%s: result 0x%x", call->name, result);
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

/* operand_size bytes follow the number; passed goes with them, unless it is
 * -1. */
static int control(struct tpm *tpm, enum control number, const void *operand,
                   size_t operand_size, int passed, uint8_t *answer)
{
    uint8_t request[4 + ANSWER_MAX];
    const uint64_t until_ns = host_time_ns() + tpm->limit_ns;
    store_be32(request, number);
    if (operand_size != 0) {
        memcpy(request + 4, operand, operand_size);
    }
    int code = passed < 0
                   ? host_socket_write(tpm->control, request, 4 + operand_size,
                                       until_ns)
                   : host_socket_pass(tpm->control, request, 4 + operand_size,
                                      passed, until_ns);
    return take_answer(tpm, number, code, answer);
}

static int initialise(struct tpm *tpm, uint32_t flags)
{
    uint8_t operand[4];
    store_be32(operand, flags);
    int code = control(tpm, CMD_INIT, operand, sizeof(operand), -1, NULL);
    tpm->initialised = code == 0;
    tpm->locality = TPM_LOCALITIES;
    return code;
}

/* ---- Requests ------------------------------------------------------------ */

/* _TPM_Init: its state is that of a TPM that was just powered. The size of its
 * buffer can be set only while it is stopped. */
static int start_over(struct tpm *tpm, const struct tpm_request *request)
{
    uint8_t size[4] = {0, 0, request->buffer_size[0], request->buffer_size[1]};
    int code = control(tpm, CMD_STOP, NULL, 0, -1, NULL);
    code = code
               ? code
               : control(tpm, CMD_SET_BUFFERSIZE, size, sizeof(size), -1, NULL);
    return code ? code : initialise(tpm, 0);
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
    int code = host_socket_write(tpm->commands, command, size, until_ns);
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

/* ---- State --------------------------------------------------------------- */

static int state_refused(const struct tpm *tpm, struct error *error)
{
    return tpm->reason[0] ? error_set(error, -EIO, "%s", tpm->reason)
           : (tpm->can & CAP_STATE) != CAP_STATE
               ? error_set(error, -ENOTSUP,
                           "swtpm: it can neither give nor take its state")
               : 0;
}

/* Appends the blob's flags, its size and the blob. */
static int get_blob(struct tpm *tpm, enum blob blob, struct buffer *state)
{
    uint8_t operand[12] = {0};
    uint8_t answer[ANSWER_MAX];
    store_be32(operand, STATE_DECRYPTED);
    store_be32(operand + 4, blob);
    int code =
        control(tpm, CMD_GET_STATEBLOB, operand, sizeof(operand), -1, answer);
    if (code != 0) {
        return code;
    }
    uint32_t whole = load_be32(answer + 4);
    uint32_t size = load_be32(answer + 8);
    if (size != whole || size > BLOB_MAX) {
        char what[64];
        snprintf(what, sizeof(what), "%u of the %u bytes of state %u", size,
                 whole, (unsigned)blob);
        return give_up(tpm, -EPROTO, what);
    }
    memcpy(buffer_grow(state, 4), answer, 4);
    store_be32(buffer_grow(state, 4), size);
    uint64_t until_ns = host_time_ns() + tpm->limit_ns;
    code = host_socket_read(tpm->control, buffer_grow(state, size), size,
                            until_ns);
    return code ? give_up(tpm, code, "CMD_GET_STATEBLOB") : 0;
}

int tpm_save(void *context, struct buffer *state, struct error *error)
{
    struct tpm *tpm = context;
    int code = state_refused(tpm, error);
    if (code != 0) {
        return code;
    }
    /* One that has had no command yet has read nothing of its state either. */
    code = tpm->initialised ? 0 : initialise(tpm, 0);
    for (enum blob blob = BLOB_PERMANENT; code == 0 && blob <= BLOB_SAVED;
         blob++) {
        code = get_blob(tpm, blob, state);
    }
    return code ? error_set(error, code, "%s", tpm->reason) : 0;
}

/* True if it is three blobs and no more. */
static bool is_state(const uint8_t *bytes, size_t size)
{
    for (enum blob blob = BLOB_PERMANENT; blob <= BLOB_SAVED; blob++) {
        if (size < 8 || load_be32(bytes + 4) > size - 8) {
            return false;
        }
        size_t whole = 8 + (size_t)load_be32(bytes + 4);
        bytes += whole;
        size -= whole;
    }
    return size == 0;
}

static int set_blob(struct tpm *tpm, enum blob blob, const uint8_t *bytes,
                    size_t size)
{
    struct buffer request = {0};
    store_be32(buffer_grow(&request, 4), CMD_SET_STATEBLOB);
    buffer_append(&request, bytes, 4);
    store_be32(buffer_grow(&request, 4), blob);
    buffer_append(&request, bytes + 4, 4 + size);
    int code = host_socket_write(tpm->control, request.bytes, request.size,
                                 host_time_ns() + tpm->limit_ns);
    buffer_fini(&request);
    return take_answer(tpm, CMD_SET_STATEBLOB, code, NULL);
}

int tpm_load(void *context, const void *state, size_t size, struct error *error)
{
    struct tpm *tpm = context;
    const uint8_t *bytes = state;
    int code = state_refused(tpm, error);
    if (code != 0) {
        return code;
    }
    if (!is_state(bytes, size)) {
        return error_set(error, -EINVAL, "not the state of a TPM");
    }
    code = control(tpm, CMD_STOP, NULL, 0, -1, NULL);
    for (enum blob blob = BLOB_PERMANENT; code == 0 && blob <= BLOB_SAVED;
         blob++) {
        size_t length = load_be32(bytes + 4);
        /* There is none of that kind. */
        code = length == 0 ? 0 : set_blob(tpm, blob, bytes, length);
        bytes += 8 + length;
    }
    code = code ? code : initialise(tpm, INIT_DELETE_VOLATILE);
    return code ? error_set(error, code, "%s", tpm->reason) : 0;
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

/* Learns what it can do, and the stream for commands. */
static int greet(struct tpm *tpm, struct error *error)
{
    uint8_t can[ANSWER_MAX];
    int fds[2] = {-1, -1};
    int code = control(tpm, CMD_GET_CAPABILITY, NULL, 0, -1, can);
    tpm->can = code == 0 ? load_be32(can) : 0;
    if (code == 0 && (tpm->can & CAP_NEEDED) != CAP_NEEDED) {
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
