/* SPDX-License-Identifier: Apache-2.0 */
/* --share FOLDER[,KEY=VALUE]...: from words to struct session_share. */
#include "commands/run_share.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

/* A copy of a word, which the request keeps. */
static char *keep(struct run_request *request, const char *text, size_t length)
{
    char *word = xasprintf("%.*s", (int)length, text);
    buffer_append(&request->names, &word, sizeof(word));
    return word;
}

/* "kept", or UID[:GID] of the user in the guest. */
static bool set_owners(struct cairn_share *share, const char *value)
{
    uint64_t uid;
    uint64_t gid;
    char user[16];
    if (strcmp(value, "kept") == 0) {
        share->keep_owners = true;
        return true;
    }
    size_t length = strcspn(value, ":");
    const char *group = value[length] == ':' ? value + length + 1 : value;
    (void)snprintf(user, sizeof(user), "%.*s", (int)length, value);
    if (length >= sizeof(user) || !command_parse_number(user, &uid) ||
        !command_parse_number(group, &gid) || uid >= UINT32_MAX ||
        gid >= UINT32_MAX) {
        return false;
    }
    share->uid = (uint32_t)uid;
    share->gid = (uint32_t)gid;
    return true;
}

static bool is_one_of(const char *value, const char *words)
{
    size_t length = strlen(value);
    for (const char *at = words; *at != '\0';) {
        size_t size = strcspn(at, "|");
        if (size == length && strncmp(at, value, size) == 0) {
            return true;
        }
        at += size + (at[size] == '|');
    }
    return false;
}

static const struct {
    const char *key;
    const char *values; /* NULL: any */
    size_t field;       /* of struct session_share */
} keys[] = {
    {"tag",   NULL,                   offsetof(struct session_share, tag)           },
    {"type",  "fs|9p",                offsetof(struct session_share, share.protocol)},
    {"cache", "auto|none|always",     offsetof(struct session_share, share.cache)   },
    {"locks", "guest|host",           offsetof(struct session_share, share.locks)   },
    {"bus",   "mmio|mmio-legacy|pci", offsetof(struct session_share, bus)           },
};

/* False: it is no word of --share. */
static bool set_word(struct session_share *share, const char *word)
{
    if (strcmp(word, "read-only") == 0) {
        share->share.read_only = true;
        return true;
    }
    if (strncmp(word, "owners=", 7) == 0) {
        return set_owners(&share->share, word + 7);
    }
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        size_t length = strlen(keys[i].key);
        const char *value = word + length + 1;
        if (strncmp(word, keys[i].key, length) == 0 && word[length] == '=' &&
            (!keys[i].values || is_one_of(value, keys[i].values))) {
            memcpy((char *)share + keys[i].field, &value, sizeof(value));
            return true;
        }
    }
    return false;
}

int run_share_set(struct run_request *request)
{
    const struct arguments *arguments = request->arguments;
    size_t count = arguments_count(arguments, "share");
    request->shares = xcalloc(count + 1, sizeof(*request->shares));
    request->options.shares = request->shares;
    request->options.share_count = count;
    for (size_t i = 0; i < count; i++) {
        struct session_share *share = &request->shares[i];
        const char *at = arguments_nth(arguments, "share", i);
        char tag[32];
        int size = i == 0 ? snprintf(tag, sizeof(tag), "share")
                          : snprintf(tag, sizeof(tag), "share%zu", i);
        size_t length = strcspn(at, ",");
        share->share.path = keep(request, at, length);
        share->share.protocol = "fs";
        share->tag = keep(request, tag, (size_t)size);
        for (at += length; *at == ','; at += length) {
            length = strcspn(++at, ",");
            const char *word = keep(request, at, length);
            if (!set_word(share, word)) {
                return command_misuse(
                    arguments,
                    "option '--share': '%s' is not tag=NAME, type=fs|9p, "
                    "read-only, owners=UID[:GID]|kept, "
                    "cache=auto|none|always, locks=guest|host or "
                    "bus=mmio|mmio-legacy|pci",
                    word);
            }
        }
    }
    return COMMAND_DONE;
}
