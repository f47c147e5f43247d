/* SPDX-License-Identifier: Apache-2.0 */
/* Passes changes of a level on to the sinks, in the order in which they were
 * connected. */
#include "bus/line.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/buffer.h"

void line_init(struct line *line, enum line_kind kind, const char *driver,
               const char *output)
{
    *line = (struct line){.kind = kind};
    dotted_name(line->name, sizeof(line->name), driver, output);
}

void line_fini(struct line *line)
{
    while (line->connections) {
        struct line_connection *connection = line->connections;
        line->connections = connection->next;
        free(connection);
    }
}

void line_connect(struct line *line, line_sink *sink, void *context,
                  unsigned input, const char *sink_name)
{
    assert(sink);
    struct line_connection **last = &line->connections;
    while (*last) {
        last = &(*last)->next;
    }
    *last = xcalloc(1, sizeof(**last));
    **last = (struct line_connection){.sink = sink,
                                      .context = context,
                                      .input = input,
                                      .sink_name = sink_name};
    if (line->level != 0) {
        sink(context, input, line->level);
    }
}

void line_disconnect(struct line *line, line_sink *sink, void *context)
{
    assert(sink);
    struct line_connection **place = &line->connections;
    while (*place) {
        struct line_connection *connection = *place;
        if (connection->sink == sink && connection->context == context) {
            *place = connection->next;
            free(connection);
        } else {
            place = &connection->next;
        }
    }
}

void line_set(struct line *line, uint32_t level)
{
    if (line->level == level) {
        return;
    }
    line->level = level;
    struct line_connection *connection = line->connections;
    while (connection) {
        struct line_connection *next = connection->next;
        connection->sink(connection->context, connection->input, level);
        if (line->level != level) {
            /* A sink drove the line back; that call has told everybody. */
            return;
        }
        connection = next;
    }
}
