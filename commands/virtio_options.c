/* SPDX-License-Identifier: Apache-2.0 */
/* KEY=VALUE pairs with commas between them. */
#include "commands/virtio_options.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

/* Context identifiers that are not reserved (virtio 1.2, 5.10.4). */
#define CID_FIRST 3ull
#define CID_LAST  0xfffffffeull

struct pair {
    const char *key; /* NULL: a word without '=', which comes first */
    const char **value;
};

/* Cuts the text at its commas. */
static int parse(const struct arguments *arguments, const char *option,
                 char *text, const struct pair *pairs, size_t count)
{
    for (char *rest = text; rest != NULL;) {
        char *word = strsep(&rest, ",");
        char *equals = strchr(word, '=');
        const char *value = equals ? equals + 1 : word;
        size_t i = 0;

        if (equals) {
            *equals = '\0';
        }
        while (i < count &&
               (equals ? !pairs[i].key || strcmp(pairs[i].key, word) != 0
                       : pairs[i].key != NULL || word != text)) {
            i++;
        }
        if (i == count) {
            return command_misuse(arguments, "option '--%s': no setting '%s'",
                                  option, word);
        }
        *pairs[i].value = value;
    }
    return COMMAND_DONE;
}

static int parse_rng(const struct arguments *arguments, char *text,
                     struct session_rng *rng)
{
    const struct pair pairs[] = {
        {NULL,  &rng->source},
        {"bus", &rng->bus   }
    };
    const int result = parse(arguments, "rng", text, pairs, ARRAY_SIZE(pairs));

    return result != COMMAND_DONE ? result
           : rng->source && (strcmp(rng->source, "seeded") == 0 ||
                             strcmp(rng->source, "host") == 0)
               ? COMMAND_DONE
               : command_misuse(arguments,
                                "option '--rng': seeded or host, not '%s'",
                                rng->source ? rng->source : "");
}

static int parse_cid(const struct arguments *arguments, const char *text,
                     uint32_t *cid)
{
    char *end = NULL;
    const unsigned long long value = strtoull(text, &end, 10);

    if (text[0] < '0' || text[0] > '9' || *end != '\0' || value < CID_FIRST ||
        value > CID_LAST) {
        return command_misuse(arguments,
                              "option '--vsock': cid is %llu to %llu, not '%s'",
                              CID_FIRST, CID_LAST, text);
    }
    *cid = (uint32_t)value;
    return COMMAND_DONE;
}

static int parse_vsock(const struct arguments *arguments, char *text,
                       struct session_vsock *vsock)
{
    const char *cid = NULL;
    const struct pair pairs[] = {
        {"cid",  &cid        },
        {"path", &vsock->path},
        {"bus",  &vsock->bus }
    };
    const int result =
        parse(arguments, "vsock", text, pairs, ARRAY_SIZE(pairs));

    if (result != COMMAND_DONE) {
        return result;
    }
    return !cid || !vsock->path || vsock->path[0] == '\0'
               ? command_misuse(arguments,
                                "option '--vsock': needs cid= and path=")
               : parse_cid(arguments, cid, &vsock->cid);
}

static char *copy_of(const struct arguments *arguments, const char *option,
                     struct buffer *names)
{
    const char *text = arguments_value(arguments, option);
    char *copy = text ? xstrdup(text) : NULL;

    if (copy) {
        buffer_append(names, &copy, sizeof(copy));
    }
    return copy;
}

int virtio_options_parse(const struct arguments *arguments,
                         struct session_options *options, struct buffer *names)
{
    char *rng = copy_of(arguments, "rng", names);
    char *vsock = copy_of(arguments, "vsock", names);
    const int result =
        rng ? parse_rng(arguments, rng, &options->rng) : COMMAND_DONE;

    return result == COMMAND_DONE && vsock
               ? parse_vsock(arguments, vsock, &options->vsock)
               : result;
}
