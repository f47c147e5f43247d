/* SPDX-License-Identifier: Apache-2.0 */
/* Planning resets of a run, and telling which could not be or never came. */
#include "session/reset_at.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/buffer.h"

/* A message has room for so many names. */
enum { LINES_LISTED = 12 };

/* Lines of the device that was named, or else of all devices. */
static size_t list_lines(const struct cairn_machine *machine,
                         const char *device, size_t device_length,
                         struct buffer *out)
{
    const char *name;
    size_t count = 0;

    for (size_t i = 0; (name = cairn_reset_line_name(machine, i)); i++) {
        if (strncmp(name, device, device_length) == 0 &&
            count++ < LINES_LISTED) {
            buffer_print(out, "%s%s", count > 1 ? ", " : "; there are ", name);
        }
    }
    if (count > LINES_LISTED) {
        buffer_print(out, " and %zu more ('cairn board show' has all)",
                     count - LINES_LISTED);
    }
    return count;
}

static void list_near_lines(const struct cairn_machine *machine,
                            const char *wrong, struct buffer *out)
{
    const char *dot = strchr(wrong, '.');
    size_t device_length = dot ? (size_t)(dot + 1 - wrong) : 0;

    if (list_lines(machine, wrong, device_length, out) == 0 &&
        list_lines(machine, "", 0, out) == 0) {
        buffer_print(out, "; the board has no such line");
    }
}

static int refuse(const struct cairn_machine *machine,
                  const struct cairn_reset_at *at, int code,
                  struct cairn_error *error)
{
    struct buffer lines = {0};

    if (code == -ERANGE) {
        snprintf(error->text, sizeof(error->text),
                 "option '--reset-at': '%s' at instruction %llu: the run is at "
                 "%llu already",
                 at->line, (unsigned long long)at->instructions,
                 (unsigned long long)cairn_instructions(machine, NULL));
        return code;
    }
    list_near_lines(machine, at->line, &lines);
    snprintf(error->text, sizeof(error->text),
             "option '--reset-at': '%s' is no line that registers assert and "
             "release%s",
             at->line, buffer_text(&lines));
    buffer_fini(&lines);
    return code;
}

int session_reset_at_plan(struct cairn_machine *machine,
                          const struct session_options *options,
                          struct cairn_error *error)
{
    assert(machine != NULL);
    for (size_t i = 0; i < options->reset_count; i++) {
        struct cairn_reset_at given = options->resets[i];
        given.size = sizeof(given);
        int code = cairn_reset_line_at(machine, &given);
        if (code != 0) {
            return refuse(machine, &options->resets[i], code, error);
        }
    }
    return 0;
}

int session_reset_at_judge(const struct cairn_machine *machine, int code,
                           struct cairn_error *error)
{
    size_t waiting = cairn_reset_lines_waiting(machine);

    if (waiting == 0 || code != 0) {
        return code;
    }
    snprintf(error->text, sizeof(error->text),
             "--reset-at: %zu of the resets never came: the run ended at "
             "instruction %llu",
             waiting, (unsigned long long)cairn_instructions(machine, NULL));
    return -ENOMSG;
}
