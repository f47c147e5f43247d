/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests that devices make of a server (bus/channel.h): from a request by a
 * job of the loop, or by a call if the server answers at once, to the reply,
 * which is an input.
 *
 * A request has two sides. On the device's it is pending until its virtual
 * latency has passed: a timer posts the completion, which the run loop delivers
 * at the end of that round; if the server has not answered by then, it is
 * waited for there. On the host's side it is a question, with bytes of its own;
 * questions are served one after the other, in their order. A question outlives
 * a request that was cancelled.
 *
 * The past. A reply is an input with its bytes, so a replay gets it from the
 * list and asks nothing. Pending requests are part of the machine's state, and
 * so are their replies: asking again could do something a second time. So
 * taking the state waits for the server. Where a debugger goes back and changes
 * the past, a request that was replayed there and is still pending has no
 * reply: it gets an empty one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/hash.h"
#include "platform/machine/channel_parts.h"

/* As it is saved, with reply_max bytes of the reply behind it. */
struct ask_state {
    uint64_t due_ns;
    uint64_t sequence; /* of the timer */
    uint32_t busy;     /* all else is 0 if not */
    uint32_t armed;    /* the timer: due_ns has not come */
    uint32_t answered;
    uint32_t size; /* of the reply */
};

struct ask {
    struct ask_state state;
    struct timer timer;
    struct switchboard *board;
    struct question *question; /* NULL: there is no reply, nor will be */
};

struct question {
    struct loop_job job;
    struct asks *asks;
    struct ask *ask; /* NULL: cancelled */
    struct question *next;
    size_t size; /* of the request */
    size_t room;
    size_t reply_size;
    uint8_t *reply;
    uint8_t request[];
};

/* ---- Questions ----------------------------------------------------------- */

static void free_question(struct question *question)
{
    if (question) {
        free(question->reply);
        free(question);
    }
}

static struct question *question_of(struct loop_job *job)
{
    return (struct question *)((char *)job - offsetof(struct question, job));
}

/* On a worker's thread, which touches nothing else. */
static void serve(struct loop_job *job)
{
    struct question *question = question_of(job);
    const struct channel_server *server = &question->asks->server;
    size_t size =
        server->serve(server->context, question->request, question->size,
                      question->reply, question->room);
    question->reply_size = size <= question->room ? size : 0;
}

static void start_first(struct switchboard *board)
{
    struct question *first = board->asks.first;
    if (first) {
        loop_submit(board->machine->loop, &first->job);
    }
}

static void served(struct loop_job *job)
{
    struct question *question = question_of(job);
    struct asks *asks = question->asks;
    struct switchboard *board =
        (struct switchboard *)((char *)asks -
                               offsetof(struct switchboard, asks));
    assert(asks->first == question);
    asks->first = question->next;
    if (!asks->first) {
        asks->last = &asks->first;
    }
    if (question->ask) {
        assert(question->ask->question == question);
        question->ask->state.answered = 1;
        question->ask->state.size = (uint32_t)question->reply_size;
    } else {
        free_question(question);
    }
    start_first(board);
}

static struct question *make_question(struct ask *ask, size_t size, size_t room)
{
    struct question *question = xcalloc(1, sizeof(*question) + size);
    question->job = (struct loop_job){.work = serve, .done = served};
    question->asks = &ask->board->asks;
    question->ask = ask;
    question->size = size;
    question->room = room;
    question->reply = xcalloc(1, room + 1);
    ask->question = question;
    return question;
}

static void finish_first(struct switchboard *board)
{
    assert(board->asks.first);
    loop_finish(board->machine->loop, &board->asks.first->job);
}

void asks_drain(struct switchboard *board)
{
    while (board->asks.first) {
        finish_first(board);
    }
}

/* ---- Requests ------------------------------------------------------------ */

/* Leaves nothing of a request on the device's side. */
static void drop(struct ask *ask)
{
    timer_cancel(&ask->board->machine->fabric.clock, &ask->timer);
    if (ask->question && ask->state.answered) {
        free_question(ask->question);
    } else if (ask->question) {
        ask->question->ask = NULL;
    }
    ask->question = NULL;
    ask->state = (struct ask_state){0};
}

static struct switchboard *board_of(struct channels *channels)
{
    return (struct switchboard *)((char *)channels -
                                  offsetof(struct switchboard, channels));
}

void asks_cancel(struct channels *channels, unsigned number)
{
    struct switchboard *board = board_of(channels);
    assert(number < board->asks.count);
    drop(&board->asks.asks[number]);
}

/* A question that is kept was served. */
static void serve_at_once(struct asks *asks, struct ask *ask,
                          const struct channel_request *request)
{
    const struct channel_server *server = &asks->server;
    if (!asks->reply) {
        asks->reply = xcalloc(1, asks->reply_max + 1);
    }
    size_t size = server->serve(server->context, request->bytes, request->size,
                                asks->reply, request->reply_room);
    size = size <= request->reply_room ? size : 0;
    struct question *question = make_question(ask, 0, size);
    memcpy(question->reply, asks->reply, size);
    ask->state.answered = 1;
    ask->state.size = (uint32_t)size;
}

void asks_submit(struct channels *channels, unsigned number,
                 const struct channel_request *request)
{
    struct switchboard *board = board_of(channels);
    struct asks *asks = &board->asks;
    struct clock *clock = &board->machine->fabric.clock;
    assert(number < asks->count && request->size <= CHANNEL_REQUEST_MAX &&
           request->reply_room <= asks->reply_max);
    struct ask *ask = &asks->asks[number];
    drop(ask);
    ask->state.busy = 1;
    ask->state.due_ns = clock_now(clock) + request->latency_ns;
    timer_arm(clock, &ask->timer, ask->state.due_ns);
    ask->state.sequence = ask->timer.sequence;
    if (!asks->connected || board->machine->inputs.replaying) {
        ask->state.answered = 1;
        return;
    }
    asks->asked = true;
    if (asks->server.at_once) {
        serve_at_once(asks, ask, request);
        return;
    }
    struct question *question =
        make_question(ask, request->size, request->reply_room);
    if (request->size != 0) {
        memcpy(question->request, request->bytes, request->size);
    }
    *asks->last = question;
    asks->last = &question->next;
    if (asks->first == question) {
        start_first(board);
    }
}

/* ---- Replies ------------------------------------------------------------- */

/* subject is the device's node, user the request's number; -EINVAL if there is
 * no such request, as a list of another run might say. */
static int64_t apply_reply(struct cairn_machine *machine, struct input *input)
{
    const struct node *node = input->subject;
    struct device *device = node->device;
    struct switchboard *board =
        device->channels ? board_of(device->channels) : NULL;
    if (!board || input->user >= board->asks.count ||
        !board->asks.asks[input->user].state.busy) {
        return -EINVAL;
    }
    struct ask *ask = &board->asks.asks[input->user];
    /* The bytes are those of the question, unless this is a replay. */
    struct question *question = ask->state.answered ? ask->question : NULL;
    if (question) {
        ask->question = NULL;
    }
    drop(ask);
    device->type->channel->replied(device, input->user, input->bytes,
                                   input->size);
    free_question(question);
    return 0;
}

static bool is_reply(const struct cairn_machine *machine,
                     const struct input *input)
{
    const struct node *node = input->subject;
    const struct channel_client *client =
        node && node->kind == NODE_DEVICE ? node->device->type->channel : NULL;
    return client && input->user < client->asks &&
           input->size <= client->reply_max;
}

const struct input_type input_reply = {
    .name = "reply",
    .subject = INPUT_OF_NODE,
    .possible = is_reply,
    .apply = apply_reply,
};

static void complete(struct switchboard *board, unsigned number)
{
    struct ask *ask = &board->asks.asks[number];
    while (!ask->state.answered) {
        finish_first(board);
    }
    struct input input = {
        .type = &input_reply,
        .subject = board->node,
        .user = number,
        .size = ask->state.size,
        .bytes = ask->question ? ask->question->reply : NULL,
    };
    input_give(board->machine, &input);
}

static bool is_before(const struct ask_state *a, const struct ask_state *b)
{
    return a->due_ns < b->due_ns ||
           (a->due_ns == b->due_ns && a->sequence < b->sequence);
}

/* The number of the first request whose time has come, or count. */
static unsigned first_due(const struct asks *asks)
{
    unsigned first = asks->count;
    for (unsigned i = 0; i < asks->count; i++) {
        const struct ask *ask = &asks->asks[i];
        if (ask->state.busy && !ask->timer.armed &&
            (first == asks->count ||
             is_before(&ask->state, &asks->asks[first].state))) {
            first = i;
        }
    }
    return first;
}

static void deliver(struct cairn_machine *machine,
                    struct completion *completion)
{
    struct switchboard *board = completion->context;
    unsigned number;
    while ((number = first_due(&board->asks)) != board->asks.count) {
        complete(board, number);
    }
}

static void fire(void *context)
{
    struct ask *ask = context;
    input_post_here(ask->board->machine, &ask->board->asks.completion);
}

/* ---- State --------------------------------------------------------------- */

static size_t stride(const struct asks *asks)
{
    return sizeof(struct ask_state) + asks->reply_max;
}

size_t asks_size(const struct switchboard *board)
{
    return board->asks.count * stride(&board->asks);
}

void asks_take(struct switchboard *board, uint8_t *image)
{
    const struct asks *asks = &board->asks;
    asks_drain(board);
    for (unsigned i = 0; i < asks->count; i++, image += stride(asks)) {
        const struct ask *ask = &asks->asks[i];
        struct ask_state state = ask->state;
        uint8_t *reply = image + sizeof(state);
        state.armed = ask->timer.armed;
        memcpy(image, &state, sizeof(state));
        if (state.size != 0) {
            memcpy(reply, ask->question->reply, state.size);
        }
        memset(reply + state.size, 0, asks->reply_max - state.size);
    }
}

void asks_put(struct switchboard *board, const uint8_t *image)
{
    struct asks *asks = &board->asks;
    struct clock *clock = &board->machine->fabric.clock;
    asks_drain(board);
    for (unsigned i = 0; i < asks->count; i++, image += stride(asks)) {
        struct ask *ask = &asks->asks[i];
        drop(ask);
        memcpy(&ask->state, image, sizeof(ask->state));
        if (ask->state.size != 0) {
            struct question *question = make_question(ask, 0, ask->state.size);
            memcpy(question->reply, image + sizeof(ask->state),
                   ask->state.size);
        }
        if (ask->state.armed) {
            timer_restore(clock, &ask->timer, ask->state.due_ns,
                          ask->state.sequence);
        } else if (ask->state.busy) {
            input_post_here(board->machine, &asks->completion);
        }
        ask->state.armed = 0;
    }
}

int asks_check(const struct switchboard *board, const char *name,
               const uint8_t *image, struct error *error)
{
    const struct asks *asks = &board->asks;
    for (unsigned i = 0; i < asks->count; i++, image += stride(asks)) {
        struct ask_state state;
        memcpy(&state, image, sizeof(state));
        if (state.busy > 1 || state.armed > state.busy ||
            state.answered != state.busy || state.size > asks->reply_max ||
            (!state.busy && state.size != 0)) {
            return error_set(error, -EINVAL, "device '%s': no such request %u",
                             name, i);
        }
    }
    return 0;
}

/* Hashes what the device will see, and nothing that depends on how far the host
 * is. */
uint64_t asks_hash(const struct switchboard *board, uint64_t hash)
{
    for (unsigned i = 0; i < board->asks.count; i++) {
        const struct ask *ask = &board->asks.asks[i];
        const uint64_t values[] = {ask->state.busy, ask->state.due_ns,
                                   ask->timer.armed};
        hash = hash64(hash, values, sizeof(values));
    }
    return hash;
}

/* ---- Life ---------------------------------------------------------------- */

void asks_init(struct switchboard *board)
{
    const struct channel_client *client = switchboard_client(board);
    struct asks *asks = &board->asks;
    asks->count = client->asks;
    asks->reply_max = client->reply_max;
    asks->last = &asks->first;
    asks->asks = xcalloc(client->asks + 1, sizeof(*asks->asks));
    asks->completion =
        (struct completion){.deliver = deliver, .context = board};
    for (unsigned i = 0; i < asks->count; i++) {
        asks->asks[i].board = board;
        asks->asks[i].timer =
            (struct timer){.fire = fire, .context = &asks->asks[i]};
    }
}

void asks_fini(struct switchboard *board)
{
    struct asks *asks = &board->asks;
    for (unsigned i = 0; i < asks->count; i++) {
        drop(&asks->asks[i]);
    }
    asks_drain(board);
    input_withdraw(board->machine, &asks->completion);
    if (asks->connected && asks->server.close) {
        asks->server.close(asks->server.context);
    }
    free(asks->reply);
    free(asks->asks);
}
