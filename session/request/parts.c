/* SPDX-License-Identifier: Apache-2.0 */
/* Options whose values have one or two parts: NAME=FILE, FILE@ADDRESS,
 * LINE@TIME and the like. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/number.h"
#include "session/request/word.h"

/* The text up to '=' and what stands behind it; NULL: it has no such name. */
static const char *cut_name(const struct request_word *word, const char **name)
{
    const char *equals = strchr(word->text, '=');
    if (!equals || equals == word->text) {
        return NULL;
    }
    *name = request_cut(word->request, word->text, equals);
    return equals + 1;
}

/* ---- Files --------------------------------------------------------------- */

/* The text that follows the last @ is an address if it is a number, as names of
 * files have that character too. */
const char *session_request_address(const char *text, uint64_t *address)
{
    const char *at = strrchr(text, '@');
    return at && at != text && number_parse(at + 1, address) ? at : NULL;
}

/* FILE, or FILE@ADDRESS. */
static struct session_load parse_load(struct session_request *request,
                                      const char *memory, const char *text)
{
    struct session_load load = {.memory = memory};
    const char *at = session_request_address(text, &load.address);
    load.placed = at != NULL;
    load.path = at ? request_cut(request, text, at) : text;
    return load;
}

/* Makes room for all that --image and --load name. */
static struct session_load *loads_of(struct session_request *request)
{
    struct session_options *options = &request->options;
    size_t most = given_count(request->given, "image") +
                  given_count(request->given, "load");
    if (!options->loads) {
        options->loads =
            request_own(request, xcalloc(most, sizeof(*options->loads)));
    }
    return (struct session_load *)(uintptr_t)options->loads;
}

/* Files that are a memory's contents as they are, and those that go to
 * addresses. */
int request_parse_images(const struct request_word *word, void *item)
{
    struct session_request *request = word->request;
    struct session_options *options = &request->options;
    struct session_load *loads = loads_of(request);
    size_t count = given_count(request->given, word->option);
    struct session_image *images =
        request_own(request, xcalloc(count, sizeof(*images)));
    options->images = images;
    for (size_t i = 0; i < count; i++) {
        struct request_word each = *word;
        const char *memory;
        each.text = given_nth(request->given, word->option, i);
        const char *file = cut_name(&each, &memory);
        if (!file) {
            return session_misuse(word->error, word->option,
                                  "'%s' is not NAME=FILE", each.text);
        }
        struct session_load load = parse_load(request, memory, file);
        if (load.placed) {
            loads[options->load_count++] = load;
        } else {
            images[options->image_count++] =
                (struct session_image){load.memory, load.path};
        }
    }
    return 0;
}

int request_parse_loads(const struct request_word *word, void *item)
{
    struct session_request *request = word->request;
    struct session_load *loads = loads_of(request);
    for (size_t i = 0; i < given_count(request->given, word->option); i++) {
        loads[request->options.load_count++] = parse_load(
            request, NULL, given_nth(request->given, word->option, i));
    }
    return 0;
}

int request_parse_module(const struct request_word *word, void *item)
{
    struct session_module *module = item;
    module->path = cut_name(word, &module->kind);
    module->append = given_behind(word->request->given, word->option,
                                  word->index, "module-append");
    return module->path ? 0
                        : session_misuse(word->error, word->option,
                                         "'%s' is not KIND=FILE", word->text);
}

int request_parse_symbols(const struct request_word *word, void *item)
{
    struct session_symbols *symbols = item;
    const char *text = word->text;
    const char *equals = text + strcspn(text, "=/");
    if (*equals == '=' && equals != text) {
        symbols->core = request_cut(word->request, text, equals);
        text = equals + 1;
    }
    const char *at = session_request_address(text, &symbols->address);
    symbols->moved = at != NULL;
    symbols->path = at ? request_cut(word->request, text, at) : text;
    return 0;
}

/* ---- Back ends ----------------------------------------------------------- */

/* NAME=BACKEND or BACKEND, which has one of the stops before an '='. */
static void cut_backend(const struct request_word *word, const char *stops,
                        const char **name, const char **backend)
{
    const char *equals = word->text + strcspn(word->text, stops);
    *name = NULL;
    *backend = word->text;
    if (*equals == '=') {
        *name = request_cut(word->request, word->text, equals);
        *backend = equals + 1;
    }
}

/* A back end may have an '=' behind its colon. */
int request_parse_serial(const struct request_word *word, void *item)
{
    struct session_serial *serial = item;
    cut_backend(word, "=:", &serial->port, &serial->backend);
    return 0;
}

/* The name of a kind has no '='. */
int request_parse_net(const struct request_word *word, void *item)
{
    struct session_net *net = item;
    cut_backend(word, "=,", &net->device, &net->backend);
    return 0;
}

/* ---- The console --------------------------------------------------------- */

int request_parse_step(const struct request_word *word, void *item)
{
    *(struct session_step *)item = (struct session_step){
        .expect = word->text,
        .type = given_behind(word->request->given, word->option, word->index,
                             "type"),
    };
    return 0;
}

/* One that answers nothing, at a prompt that a snapshot has. */
int request_parse_typed_first(const struct request_word *word, void *item)
{
    const struct given_options *given = word->request->given;
    for (size_t i = 0; i < given->count; i++) {
        const char *name = given->list[i].option->name;
        if (strcmp(name, "expect") == 0) {
            break;
        }
        if (strcmp(name, word->option) == 0) {
            word->request->options.typed_first = given->list[i].value;
            break;
        }
    }
    return 0;
}

/* ---- Lines --------------------------------------------------------------- */

/* The level of a line, of 32 bits; one below 0 as its two's complement. */
static bool parse_level(const char *text, uint32_t *level)
{
    const bool negative = text[0] == '-';
    uint64_t value = 0;

    if (!number_parse(negative ? text + 1 : text, &value) ||
        value > (negative ? (uint64_t)INT32_MAX + 1 : UINT32_MAX)) {
        return false;
    }
    *level = (uint32_t)(negative ? 0 - value : value);
    return true;
}

/* LINE@TIME, or LINE=VALUE@TIME. */
static bool read_press(struct session_request *request, const char *text,
                       struct session_press *press)
{
    const char *at = strrchr(text, '@');
    const char *equals = strchr(text, '=');
    const char *end = equals && at && equals < at ? equals : at;

    if (!at || end == text || !time_parse(at + 1, &press->time_ns)) {
        return false;
    }
    press->line = request_cut(request, text, end);
    press->sets = end != at;
    return !press->sets ||
           parse_level(request_cut(request, end + 1, at), &press->value);
}

int request_parse_press(const struct request_word *word, void *item)
{
    return read_press(word->request, word->text, item)
               ? 0
               : session_misuse(word->error, word->option,
                                "'%s' is not LINE[=VALUE]@TIME, for example "
                                "power@5s",
                                word->text);
}

/* LINE@INSTRUCTION[+TIME] */
static bool read_reset(struct session_request *request, const char *text,
                       struct cairn_reset_at *reset)
{
    const char *at = strrchr(text, '@');
    if (!at || at == text) {
        return false;
    }
    const char *end = at + strcspn(at, "+");
    const char *place = request_cut(request, at + 1, end);
    reset->line = request_cut(request, text, at);
    if (*end == '+' &&
        (!time_parse(end + 1, &reset->release_ns) || reset->release_ns == 0)) {
        return false;
    }
    return number_parse(place, &reset->instructions);
}

int request_parse_reset(const struct request_word *word, void *item)
{
    return read_reset(word->request, word->text, item)
               ? 0
               : session_misuse(word->error, word->option,
                                "'%s' is not LINE@INSTRUCTION[+TIME], for "
                                "example mcu_reset.line0@4000000+10us",
                                word->text);
}
