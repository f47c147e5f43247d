/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of devices for --plug, and their settings as properties of the node. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/number.h"
#include "session/request/word.h"

enum { MS_NS = 1000000, PAGE_SHIFT = 12, SETTINGS_MAX = 2 };

/* ---- Values -------------------------------------------------------------- */

static void append_cell(struct buffer *value, uint32_t cell)
{
    store_be32(buffer_grow(value, sizeof(cell)), cell);
}

/* SIZE[@TIME], as a time in milliseconds and a number of pages. */
static bool append_target(struct buffer *value, char *text)
{
    char *at = strchr(text, '@');
    uint64_t size = 0;
    uint64_t ns = 0;

    if (at) {
        *at = '\0';
    }
    if (!number_parse(text, &size) || (at && !time_parse(at + 1, &ns)) ||
        ns % MS_NS != 0 || ns / MS_NS > UINT32_MAX ||
        size % (1 << PAGE_SHIFT) != 0 || size >> PAGE_SHIFT > UINT32_MAX) {
        return false;
    }
    append_cell(value, (uint32_t)(ns / MS_NS));
    append_cell(value, (uint32_t)(size >> PAGE_SHIFT));
    return true;
}

static bool append_targets(struct buffer *value, const char *text)
{
    char *copy = xstrdup(text);
    bool good = true;

    for (char *rest = copy; rest && good;) {
        good = append_target(value, strsep(&rest, ":"));
    }
    free(copy);
    return good;
}

static bool append_lines(struct buffer *value, const char *text)
{
    uint64_t lines = 0;

    if (!number_parse(text, &lines) || lines == 0 || lines > 16) {
        return false;
    }
    append_cell(value, (uint32_t)lines);
    return true;
}

/* A string for each line. */
static bool append_names(struct buffer *value, const char *text)
{
    buffer_append(value, text, strlen(text) + 1);
    for (size_t i = 0; i < value->size; i++) {
        value->bytes[i] = value->bytes[i] == ':' ? '\0' : value->bytes[i];
    }
    return true;
}

static bool append_address(struct buffer *value, const char *text)
{
    uint64_t address = 0;

    if (!number_parse(text, &address) || address < 0x08 || address > 0x77) {
        return false;
    }
    append_cell(value, (uint32_t)address);
    return true;
}

static bool append_contents(struct buffer *value, const char *text)
{
    buffer_append(value, text, strlen(text));
    return value->size <= 8192;
}

static bool append_text(struct buffer *value, const char *text)
{
    buffer_append(value, text, strlen(text));
    return value->size <= 256;
}

/* ---- Devices ------------------------------------------------------------- */

static const struct pluggable {
    const char *kind;
    struct setting {
        const char *key; /* NULL: no more */
        const char *property;
        bool (*append)(struct buffer *value, const char *text);
        const char *form; /* of a value, for messages */
    } settings[SETTINGS_MAX];
} pluggables[] = {
    {"balloon",
     {{"size", "cairn,targets", append_targets,
       "SIZE[@TIME][:SIZE@TIME...], in pages of 4K and milliseconds"}}       },
    {"eeprom",
     {{"address", "reg", append_address, "an address from 0x08 to 0x77"},
      {"text", "cairn,eeprom", append_contents,
       "a text of 8192 bytes at most"}}                                      },
    {"gpio",
     {{"lines", "ngpios", append_lines, "a number from 1 to 16"},
      {"names", "gpio-line-names", append_names, "NAME[:NAME...]"}}          },
    {"i2c",
     {{"eeprom", "cairn,eeprom", append_text, "a text of 256 bytes at most"}}},
    {"keyboard", {{NULL, NULL, NULL, NULL}}                                  },
    {"lm75",
     {{"address", "reg", append_address, "an address from 0x08 to 0x77"}}    },
    {"rtc",      {{NULL, NULL, NULL, NULL}}                                  },
    {"tablet",   {{NULL, NULL, NULL, NULL}}                                  },
};

static const struct pluggable *find_kind(const char *kind)
{
    for (size_t i = 0; i < ARRAY_SIZE(pluggables); i++) {
        if (strcmp(pluggables[i].kind, kind) == 0) {
            return &pluggables[i];
        }
    }
    return NULL;
}

static const struct setting *find_setting(const struct pluggable *pluggable,
                                          const char *key)
{
    for (size_t i = 0; i < SETTINGS_MAX && pluggable->settings[i].key; i++) {
        if (strcmp(pluggable->settings[i].key, key) == 0) {
            return &pluggable->settings[i];
        }
    }
    return NULL;
}

void session_request_pluggables(struct buffer *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(pluggables); i++) {
        buffer_print(out, "%s\n", pluggables[i].kind);
        for (size_t j = 0; j < SETTINGS_MAX && pluggables[i].settings[j].key;
             j++) {
            buffer_print(out, "    %s: %s\n", pluggables[i].settings[j].key,
                         pluggables[i].settings[j].form);
        }
    }
}

static int refuse_kind(const struct request_word *word, const char *kind)
{
    struct buffer names = {0};

    for (size_t i = 0; i < ARRAY_SIZE(pluggables); i++) {
        buffer_print(&names, "%s%s", i ? ", " : "", pluggables[i].kind);
    }
    const int code = session_misuse(word->error, word->option,
                                    "no device '%s'; there are: %s", kind,
                                    buffer_text(&names));
    buffer_fini(&names);
    return code;
}

/* ---- Parsing ------------------------------------------------------------- */

/* One KEY=VALUE; properties have room for all settings of the kind. */
static int parse_setting(const struct request_word *word,
                         const struct pluggable *pluggable, char *text,
                         struct session_plugged *plugged,
                         struct cairn_property *properties)
{
    char *equals = strchr(text, '=');

    if (equals) {
        *equals = '\0';
    }
    if (equals && strcmp(text, "bus") == 0) {
        plugged->bus = equals + 1;
        return 0;
    }
    const struct setting *setting =
        equals ? find_setting(pluggable, text) : NULL;
    if (!setting || plugged->property_count == SETTINGS_MAX) {
        return session_misuse(word->error, word->option,
                              "'%s' has no setting '%s'", pluggable->kind,
                              text);
    }
    struct buffer value = {0};
    const bool good = setting->append(&value, equals + 1);
    request_own(word->request, value.bytes);
    if (!good) {
        return session_misuse(word->error, word->option,
                              "'%s' of '%s' is %s, not '%s'", text,
                              pluggable->kind, setting->form, equals + 1);
    }
    properties[plugged->property_count++] =
        (struct cairn_property){setting->property, value.bytes, value.size};
    return 0;
}

int request_parse_plugged(const struct request_word *word, void *item)
{
    struct session_plugged *plugged = item;
    char *rest = request_own(word->request, xstrdup(word->text));
    const char *kind = strsep(&rest, ",");
    const struct pluggable *pluggable = find_kind(kind);
    if (!pluggable) {
        return refuse_kind(word, kind);
    }
    struct cairn_property *properties =
        request_own(word->request, xcalloc(SETTINGS_MAX, sizeof(*properties)));
    *plugged = (struct session_plugged){.kind = pluggable->kind,
                                        .properties = properties};
    int code = 0;
    while (rest && code == 0) {
        code = parse_setting(word, pluggable, strsep(&rest, ","), plugged,
                             properties);
    }
    return code;
}
