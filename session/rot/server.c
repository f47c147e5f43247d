/* SPDX-License-Identifier: Apache-2.0 */
/* The server: listener, clients, real time, and the end. */
#include "session/rot/server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/bits.h"
#include "host/ending.h"
#include "host/time.h"
#include "session/rot/clients.h"
#include "session/session.h"

/* For real time: the host's time between two steps of the machine, and the most
 * virtual time that one step catches up with. */
enum { TICK_NS = 1000000, TICK_MOST_NS = 10000000, BACKLOG = 64 };
/* A simulator asks for the next register some microseconds after the last. */
enum { LINGER_NS = 50000 };

static void say(const struct rot_server *server, const char *text)
{
    if (server->observer.say) {
        server->observer.say(server->observer.context, 0, text);
    }
}

/* ---- Clients ------------------------------------------------------------- */

static void reap(struct rot_server *server)
{
    struct rot_client **at = &server->clients;
    while (*at) {
        struct rot_client *client = *at;
        if (client->dead) {
            *at = client->next;
            *(client->surplus ? &server->surplus_count
                              : &server->client_count) -= 1;
            rot_client_destroy(client);
        } else {
            at = &client->next;
        }
    }
}

void rot_clients_settle(struct rot_server *server)
{
    /* One that waits may be served by what another has done, or by its end. */
    reap(server);
    for (struct rot_client *client = server->clients; client;
         client = client->next) {
        if (client->waits) {
            rot_client_serve(client);
        }
        rot_client_flush(client);
        rot_client_settle(client);
    }
    reap(server);
}

static void accept_peer(void *context, unsigned events)
{
    struct rot_server *server = context;
    struct error error = {""};
    int fd = -1;
    if (host_socket_accept(server->listener.fd, &fd, &error) != 0) {
        return;
    }
    const bool surplus = server->client_count >= server->options->clients;
    if (surplus) {
        say(server,
            "another client was turned away: there are as many as may "
            "be");
    }
    if (surplus && server->surplus_count == ROT_SURPLUS) {
        host_socket_close(fd);
        return;
    }
    struct rot_client *client = rot_client_create(server, fd);
    client->surplus = surplus;
    struct rot_client **last = &server->clients;
    while (*last) {
        last = &(*last)->next;
    }
    *last = client;
    *(surplus ? &server->surplus_count : &server->client_count) += 1;
    rot_client_settle(client);
}

/* ---- Lines and time ------------------------------------------------------ */

static void line_changed(void *context, unsigned line, uint32_t level)
{
    struct rot_server *server = context;
    for (struct rot_client *client = server->clients; client;
         client = client->next) {
        if (client->watched[line] && !client->closing) {
            rot_own_line(client, line, level);
        }
    }
    if (server->stops_at_lines && server->runner->watched[line]) {
        server->line_changed = true;
        cairn_stop(server->core.machine);
    }
}

/* Virtual time goes on while clients do nothing. */
static void tick(void *context)
{
    struct rot_server *server = context;
    const uint64_t now = host_time_ns();
    const uint64_t passed = now - server->tick_host_ns;
    server->tick_host_ns = now;
    (void)rot_core_pass(&server->core,
                        passed < TICK_MOST_NS ? passed : TICK_MOST_NS);
    loop_timer_arm(server->loop, &server->tick, now + TICK_NS);
    rot_clients_settle(server);
}

/* ---- Life ---------------------------------------------------------------- */

static int listen_at(struct rot_server *server, struct session_error *error)
{
    char name[160];
    struct error cause = {""};
    char *address = xasprintf("unix:%s", server->options->path);
    int code = host_socket_listen(address, &server->listener.fd, name,
                                  sizeof(name), &cause);
    if (code == 0) {
        host_socket_note(address, &server->file);
        (void)listen(server->listener.fd, BACKLOG);
        server->listener.events = LOOP_READ;
        server->listener.ready = accept_peer;
        server->listener.context = server;
    }
    free(address);
    return code == 0 ? 0 : session_failure(error, NULL, "%s", cause.text);
}

int rot_server_open(struct session *session,
                    const struct rot_server_options *options,
                    const struct rot_observer *observer,
                    struct rot_server **made, struct session_error *error)
{
    struct error cause = {""};
    struct rot_server *server = xcalloc(1, sizeof(*server));
    server->options = options;
    server->observer = observer ? *observer : (struct rot_observer){0};
    server->listener.fd = -1;
    server->scratch = xcalloc(1, ROT_SCRATCH_SIZE);
    server->loop = loop_create(&cause);
    int code = server->loop ? listen_at(server, error)
                            : session_failure(error, NULL, "%s", cause.text);
    if (code != 0) {
        rot_server_close(server);
        server = NULL;
    } else {
        rot_core_init(&server->core, session, &options->core);
        server->core.changed = line_changed;
        server->core.context = server;
    }
    *made = server;
    return code;
}

int rot_server_boot(struct rot_server *server, struct session_error *error)
{
    struct rot_core *core = &server->core;
    if (rot_core_boot(core, server->options->core.stage) != ROT_ERROR_NONE) {
        return session_failure(error, NULL, "%s", core->why.text);
    }
    return 0;
}

int rot_server_run(struct rot_server *server)
{
    loop_linger(server->loop, LINGER_NS);
    loop_watch(server->loop, &server->listener);
    if (server->options->real_time) {
        server->tick = (struct loop_timer){.due = tick, .context = server};
        server->tick_host_ns = host_time_ns();
        loop_timer_arm(server->loop, &server->tick, server->tick_host_ns);
    }
    while (!server->core.broken &&
           loop_turn(server->loop, LOOP_FOREVER) != -EINTR) {
    }
    loop_timer_cancel(server->loop, &server->tick);
    loop_unwatch(server->loop, &server->listener);
    return server->core.broken ? -ENOMEM : 0;
}

void rot_server_close(struct rot_server *server)
{
    if (!server) {
        return;
    }
    for (struct rot_client *client = server->clients; client;
         client = client->next) {
        rot_client_end(client, ROT_ERROR_ENDING);
        client->dead = true;
    }
    reap(server);
    host_socket_remove(&server->file);
    host_socket_close(server->listener.fd);
    loop_destroy(server->loop);
    buffer_fini(&server->payload);
    free(server->scratch);
    free(server);
}
