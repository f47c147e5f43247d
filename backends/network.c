/* SPDX-License-Identifier: Apache-2.0 */
/* Opens network back ends by their words, and gives each the packets that it
 * can take. */
#include "backends/network.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "base/buffer.h"

#define NETWORK(name) extern const struct network_type network_##name;
#include "backends/networks.def"
#undef NETWORK

static const struct network_type *const types[] = {
#define NETWORK(name) &network_##name,
#include "backends/networks.def"
#undef NETWORK
};

/* Options of every kind; all but pcap are of the device that is plugged in for
 * it, and its user's business. */
static const struct network_option common[] = {
    {"pcap",   "FILE",                 "log all packets to FILE, for tcpdump and Wireshark"},
    {"bus",    "mmio|mmio-legacy|pci", "where the device is"                               },
    {"mac",    "ADDRESS",              "its address"                                       },
    {"mtu",    "BYTES",                "the longest packet that it is to use"              },
    {"queues", "N",                    "pairs of queues, at most 4"                        },
};

/* ---- Words --------------------------------------------------------------- */

const struct network_type *network_type(size_t index)
{
    return index < ARRAY_SIZE(types) ? types[index] : NULL;
}

const struct network_type *network_type_find(const char *what,
                                             struct error *error)
{
    struct buffer names = {0};
    size_t length = strcspn(what, ",");
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        if (strlen(types[i]->name) == length &&
            strncmp(types[i]->name, what, length) == 0) {
            buffer_fini(&names);
            return types[i];
        }
        buffer_print(&names, "%s%s", i ? ", " : "", types[i]->name);
    }
    error_set(error, -EINVAL, "'%.*s' is none of %s", (int)length, what,
              buffer_text(&names));
    buffer_fini(&names);
    return NULL;
}

static const struct network_option *find_option(const struct network_type *type,
                                                const char *word, size_t length)
{
    for (const struct network_option *o = type->options; o->name; o++) {
        if (strlen(o->name) == length && strncmp(o->name, word, length) == 0) {
            return o;
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(common); i++) {
        if (strlen(common[i].name) == length &&
            strncmp(common[i].name, word, length) == 0) {
            return &common[i];
        }
    }
    return NULL;
}

static int check_word(const struct network_type *type, const char *word,
                      struct error *error)
{
    size_t length = strcspn(word, "=");
    const struct network_option *option = find_option(type, word, length);
    if (!option) {
        return error_set(error, -EINVAL, "'%s' has no option '%.*s'",
                         type->name, (int)length, word);
    }
    bool given = word[length] == '=' && word[length + 1] != '\0';
    if (option->operand ? !given : word[length] != '\0') {
        return error_set(error, -EINVAL, "'%s': expected %s%s%s", word,
                         option->name, option->operand ? "=" : "",
                         option->operand ? option->operand : "");
    }
    return 0;
}

/* The words behind the kind, each with a NUL; *size is of all. */
static char *split_words(const char *what, size_t *size)
{
    const char *comma = strchr(what, ',');
    char *words = xstrdup(comma ? comma + 1 : "");
    *size = comma ? strlen(words) + 1 : 0;
    for (char *at = words; (at = strchr(at, ',')) != NULL;) {
        *at++ = '\0';
    }
    return words;
}

int network_check(const char *what, struct error *error)
{
    const struct network_type *type = network_type_find(what, error);
    size_t size;
    int code = 0;
    if (!type) {
        return -EINVAL;
    }
    char *words = split_words(what, &size);
    for (const char *word = words; code == 0 && word < words + size;
         word += strlen(word) + 1) {
        code = check_word(type, word, error);
    }
    free(words);
    return code;
}

static const char *find_word(const char *words, size_t size, const char *name,
                             size_t index)
{
    size_t length = strlen(name);
    for (const char *word = words; word < words + size;
         word += strlen(word) + 1) {
        if (strncmp(word, name, length) == 0 &&
            (word[length] == '=' || word[length] == '\0') && index-- == 0) {
            return word + length + (word[length] == '=');
        }
    }
    return NULL;
}

const char *network_option(const struct network *network, const char *name,
                           size_t index)
{
    return find_word(network->words, network->words_size, name, index);
}

char *network_words_option(const char *what, const char *name, size_t index)
{
    size_t size;
    char *words = split_words(what, &size);
    const char *value = find_word(words, size, name, index);
    char *copy = value ? xstrdup(value) : NULL;
    free(words);
    return copy;
}

/* ---- Life ---------------------------------------------------------------- */

int network_open(struct loop *loop, const char *what,
                 const struct network_events *events, struct network **opened,
                 struct error *error)
{
    int code = network_check(what, error);
    *opened = NULL;
    if (code != 0) {
        return code;
    }
    struct network *network = xcalloc(1, sizeof(*network));
    network->type = network_type_find(what, error);
    network->loop = loop;
    network->events = *events;
    network->up = true;
    network->words = split_words(what, &network->words_size);
    network->state = xcalloc(1, network->type->state_size + 1);
    network->frame = xcalloc(1, PACKET_FRAME_MAX);
    code = network->type->open(network, error);
    if (code != 0) {
        network_close(network);
        return code;
    }
    *opened = network;
    return 0;
}

int network_make_log(struct network *network, struct error *error)
{
    const char *path = network_option(network, "pcap", 0);
    return path ? network_log_open(path, &network->log, error) : 0;
}

int network_end_log(struct network *network, struct error *error)
{
    if (network->log) {
        network->log_code = network_log_close(network->log);
        network->log = NULL;
    }
    return network->log_code == 0
               ? 0
               : error_set(error, network->log_code,
                           "file '%s': cannot be written: %s",
                           network_option(network, "pcap", 0),
                           strerror(-network->log_code));
}

void network_close(struct network *network)
{
    if (!network) {
        return;
    }
    network->type->close(network);
    struct error error = {""};
    if (network->log && network_end_log(network, &error) != 0) {
        network_trouble(network, "%s", error.text);
    }
    free(network->frame);
    free(network->state);
    free(network->words);
    free(network);
}

void network_trouble(struct network *network, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    network->events.trouble(network->events.context, text);
}

/* ---- Packets ------------------------------------------------------------- */

static void note(struct network *network, const struct packet *packet)
{
    if (network->log &&
        network_log_add(network->log,
                        network->events.now_ns(network->events.context),
                        packet) != 0) {
        struct error error = {""};
        (void)network_end_log(network, &error);
        network_trouble(network, "the packet log ends: %s", error.text);
    }
}

static bool is_taken_whole(const struct network_type *type,
                           const struct packet *packet)
{
    return type->takes == NETWORK_LARGE &&
           packet->gso_type != PACKET_GSO_UDP_L4;
}

void network_send(struct network *network, const struct packet *packet)
{
    struct packet_split split;
    struct packet whole = *packet;
    uint32_t size;
    note(network, packet);
    if (!network->up) {
        return;
    }
    if (network->type->takes == NETWORK_ALL) {
        network->type->send(network, packet);
        return;
    }
    if (is_taken_whole(network->type, packet)) {
        whole.gso_type = PACKET_GSO_NONE;
    }
    if (!packet_split_begin(&split, &whole)) {
        return;
    }
    while ((size = packet_split_next(&split, network->frame)) != 0) {
        const struct packet frame = {.bytes = network->frame, .size = size};
        network->type->send(network, &frame);
    }
}

bool network_receive(struct network *network, const struct packet *packet)
{
    assert(packet->size >= PACKET_ETHERNET && packet->size <= PACKET_FRAME_MAX);
    note(network, packet);
    return network->events.received(network->events.context, packet);
}

bool network_receive_frame(struct network *network, const void *bytes,
                           size_t size)
{
    const struct packet packet = {.bytes = bytes, .size = (uint32_t)size};
    return network_receive(network, &packet);
}

void network_link(struct network *network, bool up)
{
    if (network->up != up) {
        network->up = up;
        network->events.linked(network->events.context, up);
    }
}
