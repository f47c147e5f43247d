/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "CAIR", our own protocol: greeting, registers, mailbox and time; resets,
 * lines and state are in session/rot/own_state.c. A request begins with a tag,
 * its reply with that tag, an error and the virtual time that was reached.
 */
#include <string.h>

#include "base/bits.h"
#include "session/rot/own.h"

/* Capabilities of which HELLO says that the server can do; bits for more are
 * zero. */
enum capabilities {
    CAN_REGISTERS = 1 << 0,
    CAN_MAILBOX = 1 << 1,
    CAN_TIME = 1 << 2,
    CAN_RESETS = 1 << 3,
    CAN_LINES = 1 << 4,
    CAN_STATE = 1 << 5,
    CAN_FUSES = 1 << 6,
    CAN_ALL = CAN_REGISTERS | CAN_MAILBOX | CAN_TIME | CAN_RESETS | CAN_LINES |
              CAN_STATE | CAN_FUSES,
    TIME_IS_HOSTS = 1 << 16, /* --real-time */
};
static_assert(BITS_DIFFER(CAN_REGISTERS, CAN_MAILBOX, CAN_TIME, CAN_RESETS,
                          CAN_LINES, CAN_STATE, CAN_FUSES, TIME_IS_HOSTS),
              "capabilities are combined");

static void put64(struct buffer *out, uint64_t value)
{
    buffer_append_le32(out, (uint32_t)value);
    buffer_append_le32(out, (uint32_t)(value >> 32));
}

/* ---- Replies ------------------------------------------------------------- */

static uint32_t tag_of(const struct rot_frame *frame)
{
    return frame && frame->length >= OWN_TAG ? load_le32(frame->payload) : 0;
}

static void begin_reply(struct rot_server *server, uint32_t tag)
{
    buffer_clear(&server->payload);
    buffer_append_le32(&server->payload, tag);
    buffer_append_zeros(&server->payload, OWN_REPLY_HEAD - 4);
}

static void finish_reply(struct rot_client *client, uint16_t number,
                         enum rot_error error)
{
    struct rot_server *server = client->server;
    store_le32(server->payload.bytes + 4, error);
    store_le64(server->payload.bytes + 8, rot_core_time(&server->core));
    rot_client_send(client, "reply", (uint16_t)(OWN_REPLY | number));
}

/* A cause may quote bytes of the client's. */
static void append_printable(struct buffer *out, const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        const uint8_t byte = (uint8_t)*at;
        buffer_append(out, byte < ' ' || byte >= 0x7f ? "?" : at, 1);
    }
}

void rot_own_refuse(struct rot_client *client, const struct rot_frame *frame,
                    enum rot_error error)
{
    struct rot_server *server = client->server;
    const char *cause = server->core.why.text;
    const char *text = rot_error_text(error);
    begin_reply(server, tag_of(frame));
    buffer_append(&server->payload, text, strlen(text));
    if (cause[0] != '\0') {
        buffer_append(&server->payload, ": ", 2);
        append_printable(&server->payload, cause);
    }
    finish_reply(client, frame ? frame->number : 0, error);
    server->core.why.text[0] = '\0';
}

/* ---- Notifications ------------------------------------------------------- */

static size_t waiting(const struct rot_client *client)
{
    return client->out.size - client->out_sent;
}

static void notify(struct rot_client *client, uint16_t number, uint32_t first,
                   uint32_t second, const char *text)
{
    /* The reply at hand may be half made. */
    struct rot_server *server = client->server;
    struct buffer held = server->payload;
    if (waiting(client) >= ROT_OUT_MOST) {
        client->lost++;
        return;
    }
    server->payload = (struct buffer){0};
    buffer_append_le32(&server->payload, first);
    buffer_append_le32(&server->payload, second);
    put64(&server->payload, rot_core_time(&server->core));
    buffer_append(&server->payload, text, strlen(text));
    rot_client_send(client, "notification", number);
    buffer_fini(&server->payload);
    server->payload = held;
}

void rot_own_line(struct rot_client *client, unsigned line, uint32_t level)
{
    if (client->lost != 0 && waiting(client) < ROT_OUT_MOST) {
        const uint64_t lost = client->lost;
        client->lost = 0;
        notify(client, OWN_LOST, (uint32_t)lost, 0, "");
    }
    notify(client, OWN_LINE_CHANGED, line, level, "");
}

void rot_own_end(struct rot_client *client, enum rot_error error)
{
    notify(client, OWN_END, error, 0, rot_error_text(error));
}

void rot_own_tell_reset(struct rot_server *server, uint32_t kind)
{
    for (struct rot_client *client = server->clients; client;
         client = client->next) {
        if (client->greeted && !client->closing) {
            notify(client, OWN_WAS_RESET, kind, 0, "");
        }
    }
}

/* ---- Greeting ------------------------------------------------------------ */

static enum rot_error greet(const struct own_job *job)
{
    static const char name[] = "cairn ";
    struct rot_client *client = job->client;
    const struct rot_server *server = client->server;
    struct buffer *out = &client->server->payload;
    const uint32_t versions = own_word(job, 0);
    if ((versions & 0xffff) > ROT_VERSION || versions >> 16 < ROT_VERSION) {
        return ROT_ERROR_VERSION;
    }
    client->greeted = true;
    buffer_append_le32(out, ROT_VERSION);
    buffer_append_le32(
        out, CAN_ALL | (server->options->real_time ? TIME_IS_HOSTS : 0u));
    buffer_append_le32(out, client->number);
    buffer_append_le32(out, client->user);
    buffer_append_le32(out, ROT_WINDOW_BASE);
    buffer_append_le32(out, ROT_WINDOW_SIZE);
    buffer_append_le32(out, ROT_STATE_MOST);
    put64(out, client->access_ns);
    buffer_append(out, name, strlen(name));
    buffer_append(out, cairn_version(), strlen(cairn_version()));
    return ROT_ERROR_NONE;
}

/* ---- Registers ----------------------------------------------------------- */

struct block {
    uint32_t address;
    uint32_t count;
    uint32_t step;
};

/* Others are served again within the time that a RUN may take. */
static enum rot_error take_block(const struct own_job *job, struct block *block)
{
    const uint32_t both = own_word(job, 4);
    const uint64_t pace_ns = job->client->access_ns;
    block->address = own_word(job, 0);
    block->count = both & 0xffff;
    block->step = both >> 16 & OWN_SAME_ADDRESS ? 0 : 4;
    return block->count == 0 || both >> 16 > OWN_SAME_ADDRESS ||
                   block->count * pace_ns > ROT_RUN_MOST_NS
               ? ROT_ERROR_VALUE
               : ROT_ERROR_NONE;
}

/* Reads words into the reply, which keeps those that came before an error. */
static enum rot_error read_words(const struct own_job *job)
{
    struct rot_client *client = job->client;
    struct block block;
    enum rot_error error = take_block(job, &block);
    for (uint32_t i = 0; error == ROT_ERROR_NONE && i < block.count; i++) {
        uint32_t value = 0;
        (void)rot_core_pass(own_core(job), client->access_ns);
        error = rot_core_read(own_core(job), client, client->user,
                              block.address + i * block.step, &value);
        if (error == ROT_ERROR_NONE) {
            buffer_append_le32(&client->server->payload, value);
        }
    }
    return error;
}

static enum rot_error write_words(const struct own_job *job)
{
    struct rot_client *client = job->client;
    struct block block;
    size_t size;
    const uint8_t *words = own_rest(job, 8, &size);
    enum rot_error error = take_block(job, &block);
    if (error == ROT_ERROR_NONE && size != 4 * (size_t)block.count) {
        return ROT_ERROR_LENGTH;
    }
    for (uint32_t i = 0; error == ROT_ERROR_NONE && i < block.count; i++) {
        (void)rot_core_pass(own_core(job), client->access_ns);
        error = rot_core_write(own_core(job), client, client->user,
                               block.address + i * block.step,
                               load_le32(words + 4 * (size_t)i));
    }
    return error;
}

/* ---- Mailbox ------------------------------------------------------------- */

static enum rot_error do_command(const struct own_job *job)
{
    struct rot_client *client = job->client;
    struct buffer *out = &client->server->payload;
    struct rot_exchange exchange = {
        .who = client,
        .user = client->user,
        .command = own_word(job, 0),
        .checksum = (own_word(job, 4) & OWN_CHECKSUM) != 0,
    };
    if (own_word(job, 4) > OWN_CHECKSUM) {
        return ROT_ERROR_VALUE;
    }
    exchange.bytes = own_rest(job, 8, &exchange.size);
    enum rot_error error = rot_core_exchange(own_core(job), &exchange);
    if (error == ROT_ERROR_NONE) {
        buffer_append_le32(out, exchange.status);
        buffer_append(out, exchange.answer.bytes, exchange.answer.size);
    }
    buffer_fini(&exchange.answer);
    return error;
}

/* ---- Time ---------------------------------------------------------------- */

/* Why a run came back. */
enum run_end { RUN_TIME, RUN_LINE, RUN_STOPPED };

static enum rot_error run(const struct own_job *job)
{
    struct rot_server *server = job->client->server;
    const uint64_t budget = own_long(job, 0);
    const uint32_t flags = own_word(job, 8);
    if (flags > OWN_STOP_AT_LINES || budget > ROT_RUN_MOST_NS) {
        return ROT_ERROR_VALUE;
    }
    server->line_changed = false;
    server->stops_at_lines = (flags & OWN_STOP_AT_LINES) != 0;
    server->runner = job->client;
    enum cairn_stop stop = rot_core_pass(own_core(job), budget);
    server->stops_at_lines = false;
    buffer_append_le32(&server->payload,
                       server->line_changed ? RUN_LINE
                       : stop == CAIRN_STOP_TIME || stop == CAIRN_STOP_IDLE
                           ? RUN_TIME
                           : RUN_STOPPED);
    return ROT_ERROR_NONE;
}

static enum rot_error tell_time(const struct own_job *job)
{
    put64(&job->client->server->payload, rot_core_next_event(own_core(job)));
    return ROT_ERROR_NONE;
}

static enum rot_error set_user(const struct own_job *job)
{
    job->client->user = own_word(job, 0);
    return ROT_ERROR_NONE;
}

static enum rot_error set_pace(const struct own_job *job)
{
    const uint64_t ns = own_long(job, 0);
    if (ns > ROT_PACE_MOST_NS || job->client->server->options->real_time) {
        return ROT_ERROR_VALUE;
    }
    job->client->access_ns = ns;
    return ROT_ERROR_NONE;
}

static enum rot_error ping(const struct own_job *job)
{
    size_t size;
    const uint8_t *bytes = own_rest(job, 0, &size);
    buffer_append(&job->client->server->payload, bytes, size);
    return ROT_ERROR_NONE;
}

/* ---- One request --------------------------------------------------------- */

static enum rot_error answer(const struct own_job *job)
{
    static enum rot_error (*const answers[])(const struct own_job *) = {
        [OWN_HELLO] = greet,           [OWN_PING] = ping,
        [OWN_READ] = read_words,       [OWN_WRITE] = write_words,
        [OWN_MAILBOX] = do_command,    [OWN_RUN] = run,
        [OWN_TIME] = tell_time,        [OWN_RESET] = own_reset,
        [OWN_FUSES] = own_fuses,       [OWN_LINES] = own_lines,
        [OWN_GET_LINE] = own_get_line, [OWN_SET_LINE] = own_set_line,
        [OWN_WATCH] = own_watch,       [OWN_SAVE] = own_save,
        [OWN_LOAD] = own_load,         [OWN_STATUS] = own_status,
        [OWN_USER] = set_user,         [OWN_PACE] = set_pace,
    };
    const uint16_t number = job->frame->number;
    if (job->client->greeted == (number == OWN_HELLO)) {
        return ROT_ERROR_HELLO;
    }
    return number < ARRAY_SIZE(answers) && answers[number]
               ? answers[number](job)
               : ROT_ERROR_COMMAND;
}

/* The words that were read before an error stay in a reply to READ. */
static bool is_partial(const struct rot_frame *frame,
                       const struct buffer *payload, enum rot_error error)
{
    return frame->number == OWN_READ && error != ROT_ERROR_NONE &&
           payload->size > OWN_REPLY_HEAD;
}

enum rot_served rot_own_serve(struct rot_client *client,
                              const struct rot_frame *frame)
{
    const struct own_job job = {client, frame};
    struct rot_server *server = client->server;
    begin_reply(server, tag_of(frame));
    server->core.why.text[0] = '\0';
    enum rot_error error = answer(&job);
    /* If the client holds the mailbox itself, this request must not wait: only
     * a later one of its own can give the mailbox back. */
    if (error == ROT_ERROR_BUSY && frame->number == OWN_MAILBOX &&
        server->core.holder != client) {
        buffer_clear(&server->payload);
        return ROT_LATER;
    }
    if (error == ROT_ERROR_NONE || is_partial(frame, &server->payload, error)) {
        finish_reply(client, frame->number, error);
    } else {
        rot_own_refuse(client, frame, error);
    }
    return ROT_SERVED;
}
