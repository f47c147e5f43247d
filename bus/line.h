/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupt, reset, power and signal lines: named objects with one driver and
 * any number of sinks. A level is a number, so that a line can carry an
 * interrupt's priority and identity or a vector as a wire bundle does; plain
 * lines use 0 and 1, asserted being 1 whatever the polarity of the wire.
 *
 * Sinks are called at once, in the order of their connection, and only on a
 * change. Engine thread only.
 */
#ifndef BUS_LINE_H
#define BUS_LINE_H

#include <stddef.h>
#include <stdint.h>

enum line_kind { LINE_INTERRUPT, LINE_RESET, LINE_POWER, LINE_SIGNAL };

typedef void line_sink(void *context, unsigned input, uint32_t level);

struct line_connection {
    line_sink *sink;
    void *context;
    unsigned input; /* handed back to the sink */
    struct line_connection *next;
    const char *sink_name; /* name of the sink, for pictures; borrowed */
};

struct line {
    char name[64]; /* "driver.output" */
    enum line_kind kind;
    uint32_t level;
    struct line_connection *connections; /* owned */
};

void line_init(struct line *line, enum line_kind kind, const char *driver,
               const char *output);
void line_fini(struct line *line);
/* The sink is called at once with the present level if that is not 0. */
void line_connect(struct line *line, line_sink *sink, void *context,
                  unsigned input, const char *sink_name);
void line_disconnect(struct line *line, line_sink *sink, void *context);
void line_set(struct line *line, uint32_t level);

static inline void line_raise(struct line *line)
{
    line_set(line, 1);
}

static inline void line_lower(struct line *line)
{
    line_set(line, 0);
}

#endif
