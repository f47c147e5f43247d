/* SPDX-License-Identifier: Apache-2.0 */
/* `cairn run --cpu help` and the like: what the option can name. */
#include "commands/run/choices.h"

#include <string.h>

#include "backends/network.h"
#include "base/bits.h"
#include "include/cairn/cairn.h"
#include "session/request/request.h"

static void list_processors(FILE *out)
{
    static const char before[] = "there are ";
    struct cairn_error error = {""};
    (void)cairn_cpu_check("help", &error);
    const char *names = strstr(error.text, before);
    fprintf(out, "%s\n", names ? names + strlen(before) : error.text);
}

static void list_networks(FILE *out)
{
    const struct network_type *type;
    for (size_t i = 0; (type = network_type(i)) != NULL; i++) {
        fprintf(out, "%-8s %s\n", type->name, type->purpose);
        for (const struct network_option *o = type->options; o->name; o++) {
            fprintf(out, "    %s%s%s: %s\n", o->name, o->operand ? "=" : "",
                    o->operand ? o->operand : "", o->purpose);
        }
    }
}

static void list_devices(FILE *out)
{
    struct buffer text = {0};
    session_request_pluggables(&text);
    fputs(buffer_text(&text), out);
    buffer_fini(&text);
}

bool run_choices(const struct arguments *arguments)
{
    static const struct {
        const char *option;
        void (*list)(FILE *out);
    } lists[] = {
        {"cpu",  list_processors},
        {"net",  list_networks  },
        {"plug", list_devices   },
    };
    bool listed = false;
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        const char *value = arguments_value(arguments, lists[i].option);
        if (value && strcmp(value, "help") == 0) {
            lists[i].list(arguments->out);
            listed = true;
        }
    }
    return listed;
}
