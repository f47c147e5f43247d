/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Serial ports: those of devices (bus/serial.h), in the order of the board, and
 * the console of semihosting behind them; and the back ends that they are
 * connected to.
 *
 * Bytes of a back end wait at the connection until the run loop delivers its
 * completion. What the port has no room for stays there for the next
 * cairn_serve; when that is much, the other end has to wait. Bytes of the guest
 * go to the back end at once, and are passed on by it at the latest in
 * cairn_serve.
 */
#include "platform/machine/serial.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/character.h"
#include "bus/serial.h"
#include "platform/machine/callback.h"
#include "platform/machine/pace.h"

/* Bytes that wait: from so many on the other end has to wait, too, and below so
 * many no more. */
enum { TYPED_MUCH = 64 << 10, TYPED_LITTLE = 16 << 10 };

/* A port of the machine. */
struct port {
    struct node *node; /* NULL: the console of a program service */
    unsigned number;   /* among those of its device */
};

/* A port with a back end. */
struct serial {
    struct cairn_machine *machine;
    struct port port;
    struct character *character;
    struct buffer typed; /* what the port has not taken yet */
    struct completion completion;
    struct serial *next;
};

/* ---- Ports --------------------------------------------------------------- */

static bool has_ports(const struct node *node)
{
    return node->kind == NODE_DEVICE && node->device->type->serial;
}

static const char *port_name(const struct cairn_machine *machine,
                             const struct port *port)
{
    return port->node ? serial_port_name(port->node->device, port->number)
                      : machine->program->console;
}

/* The index-th port; false past the last. */
static bool nth_port(const struct cairn_machine *machine, size_t index,
                     struct port *port)
{
    size_t found = 0;
    for (size_t i = 0; i < machine->node_count; i++) {
        *port = (struct port){&machine->nodes[i], 0};
        for (; has_ports(port->node) && port_name(machine, port);
             port->number++) {
            if (found++ == index) {
                return true;
            }
        }
    }
    *port = (struct port){NULL, 0};
    return machine->program && index == found;
}

const char *cairn_console_name(const struct cairn_machine *machine,
                               size_t index)
{
    struct port port;
    return nth_port(machine, index, &port) ? port_name(machine, &port) : NULL;
}

/* 0 and the port, or -ENOENT. */
static int find_port(const struct cairn_machine *machine, const char *name,
                     struct port *port)
{
    for (size_t i = 0; nth_port(machine, i, port); i++) {
        if (strcmp(port_name(machine, port), name) == 0) {
            return 0;
        }
    }
    return -ENOENT;
}

/* ---- Input --------------------------------------------------------------- */

/* subject is the port's node, NULL for semihosting, and user its number;
 * returns how many bytes were taken. */
static int64_t apply_bytes(struct cairn_machine *machine, struct input *input)
{
    const struct node *node = input->subject;
    if (!node) {
        return (int64_t)machine->program->type(machine, input->bytes,
                                               input->size);
    }
    struct device *device = node->device;
    return (int64_t)device->type->serial->receive(device, input->user,
                                                  input->bytes, input->size);
}

static bool is_port(const struct cairn_machine *machine,
                    const struct input *input)
{
    const struct node *node = input->subject;
    if (!node) {
        return machine->program != NULL;
    }
    unsigned ports = 0;
    while (has_ports(node) && serial_port_name(node->device, ports)) {
        ports++;
    }
    return input->user < ports;
}

const struct input_type input_bytes = {
    .name = "bytes",
    .subject = INPUT_OF_NODE,
    .possible = is_port,
    .apply = apply_bytes,
};

static int64_t give_bytes(struct cairn_machine *machine,
                          const struct port *port, const void *bytes,
                          size_t size)
{
    struct input input = {
        .type = &input_bytes,
        .subject = port->node,
        .user = port->number,
        .size = size,
        .bytes = bytes,
    };
    return input_give(machine, &input);
}

int64_t cairn_console_input(struct cairn_machine *machine, const char *device,
                            const void *bytes, size_t size)
{
    const int busy = callback_refuse(machine, NULL);
    if (busy != 0) {
        return busy;
    }
    struct port port;
    int code = find_port(machine, device, &port);
    return code ? code : give_bytes(machine, &port, bytes, size);
}

static bool is_program(const struct cairn_machine *machine,
                       const struct input *input)
{
    return machine->program != NULL && input->value <= 1;
}

static int64_t apply_promise(struct cairn_machine *machine, struct input *input)
{
    machine->program->promise(machine, input->value != 0);
    return 0;
}

const struct input_type input_promise = {
    .name = "promise of bytes",
    .subject = INPUT_OF_NONE,
    .possible = is_program,
    .apply = apply_promise,
};

int cairn_console_promise(struct cairn_machine *machine, const char *device,
                          bool more)
{
    const int busy = callback_refuse(machine, NULL);
    if (busy != 0) {
        return busy;
    }
    struct port port;
    int code = find_port(machine, device, &port);
    if (code == 0 && port.node == NULL &&
        machine->program->is_promised(machine) != more) {
        struct input input = {.type = &input_promise, .value = more};
        input_give(machine, &input);
    }
    return code;
}

static void deliver(struct cairn_machine *machine,
                    struct completion *completion)
{
    struct serial *serial = completion->context;
    struct buffer *typed = &serial->typed;
    size_t taken =
        (size_t)give_bytes(machine, &serial->port, typed->bytes, typed->size);
    memmove(typed->bytes, typed->bytes + taken, typed->size - taken);
    typed->size -= taken;
    if (typed->size < TYPED_LITTLE) {
        character_hold(serial->character, false);
    }
}

static void received(void *context, const void *bytes, size_t size)
{
    struct serial *serial = context;
    buffer_append(&serial->typed, bytes, size);
    if (serial->typed.size > TYPED_MUCH) {
        character_hold(serial->character, true);
    }
    input_post(serial->machine, &serial->completion);
}

/* ---- Output -------------------------------------------------------------- */

void serial_put(struct cairn_machine *machine, const char *port, uint8_t byte)
{
    /* A byte that is run again was printed before. */
    if (machine->inputs.replaying) {
        return;
    }
    for (struct serial *serial = machine->serials; serial;
         serial = serial->next) {
        if (strcmp(port_name(machine, &serial->port), port) == 0) {
            character_write(serial->character, &byte, 1);
        }
    }
}

/* ---- The host's time ----------------------------------------------------- */

static void ended(void *context)
{
    struct serial *serial = context;
    serial->machine->user_ended = true;
}

/* The host's time went on while the program was stopped; the guest's is not to
 * catch up with it. */
static void resumed(void *context)
{
    struct serial *serial = context;
    serial->machine->pace_set = false;
}

/* The host's time that corresponds to the machine's; 0 if no live back end is
 * connected, so that no peer would notice. */
static uint64_t pace(struct cairn_machine *machine)
{
    bool live = false;
    for (const struct serial *serial = machine->serials; serial;
         serial = serial->next) {
        live = live || serial->character->type->live;
    }
    return live ? pace_host_ns(machine, cairn_time_ns(machine)) : 0;
}

int cairn_serve(struct cairn_machine *machine)
{
    const int busy = callback_refuse(machine, NULL);
    if (busy != 0) {
        return busy;
    }
    for (struct serial *serial = machine->serials; serial;
         serial = serial->next) {
        character_flush(serial->character);
        if (serial->typed.size != 0) {
            input_post(machine, &serial->completion);
        }
    }
    if (!machine->loop) {
        return 0;
    }
    int served = loop_turn(machine->loop, pace(machine));
    return served < 0 ? served : machine->user_ended ? -ECANCELED : 0;
}

/* ---- Life ---------------------------------------------------------------- */

static bool is_connected(const struct cairn_machine *machine,
                         const struct port *port)
{
    const struct serial *serial = machine->serials;
    while (serial && (serial->port.node != port->node ||
                      serial->port.number != port->number)) {
        serial = serial->next;
    }
    return serial != NULL;
}

static void trouble(void *context, const char *text)
{
    const struct serial *serial = context;
    log_write(&serial->machine->fabric.log, LOG_HOST,
              port_name(serial->machine, &serial->port),
              (uint64_t)(uintptr_t)serial, "%s", text);
}

static int open_serial(struct cairn_machine *machine, const char *port,
                       const char *backend, struct serial *serial,
                       struct error *error)
{
    const struct character_events events = {
        .received = received,
        .ended = ended,
        .resumed = resumed,
        .trouble = trouble,
        .context = serial,
    };
    int code = find_port(machine, port, &serial->port);
    if (code != 0) {
        return error_set(error, code, "board '%s': no serial port '%s'",
                         machine->board.name, port);
    }
    if (is_connected(machine, &serial->port)) {
        return error_set(error, -EBUSY, "serial port '%s' has a back end",
                         port);
    }
    struct loop *loop = machine_loop(machine, error);
    return loop ? character_open(loop, backend, &events, &serial->character,
                                 error)
                : -EMFILE;
}

int cairn_serial_connect(struct cairn_machine *machine, const char *port,
                         const char *backend, char *name, size_t size,
                         struct cairn_error *cairn_error)
{
    const int busy = callback_refuse(machine, cairn_error);
    if (busy != 0) {
        return busy;
    }
    struct error error = {""};
    struct serial *serial = xcalloc(1, sizeof(*serial));
    int code = open_serial(machine, port, backend, serial, &error);
    if (code != 0) {
        free(serial);
        return machine_fail(cairn_error, code, &error);
    }
    serial->machine = machine;
    serial->completion =
        (struct completion){.deliver = deliver, .context = serial};
    serial->next = machine->serials;
    machine->serials = serial;
    if (size != 0) {
        snprintf(name, size, "%s", serial->character->name);
    }
    return 0;
}

void serial_end(struct cairn_machine *machine)
{
    struct output_end *end = &machine->output_end;
    for (struct serial *at = machine->serials; at; at = at->next) {
        int code = character_end(at->character, &end->why);
        end->code = end->code ? end->code : code;
    }
}

void cairn_serial_close(struct cairn_machine *machine)
{
    if (machine_is_called_back(machine)) {
        return;
    }
    serial_end(machine);
    while (machine->serials) {
        struct serial *serial = machine->serials;
        machine->serials = serial->next;
        character_close(serial->character);
        input_withdraw(machine, &serial->completion);
        buffer_fini(&serial->typed);
        free(serial);
    }
    machine->pace_set = false;
    machine->user_ended = false;
}

int cairn_serial_kind(size_t index, struct cairn_serial_kind *kind)
{
    const struct character_type *type = character_type(index);
    if (!type) {
        return -ENOENT;
    }
    *kind = (struct cairn_serial_kind){
        .name = type->name,
        .operand = type->operand,
        .purpose = type->purpose,
        .live = type->live,
        .peers = type->peers,
        .shown = type->shown,
        .makes_file = type->makes_file,
    };
    return 0;
}

int cairn_serial_check(const char *backend, struct cairn_error *cairn_error)
{
    struct error error = {""};
    int code = character_check(backend, &error);
    return code ? machine_fail(cairn_error, code, &error) : 0;
}
