/* SPDX-License-Identifier: Apache-2.0 */
/* --share, --rng, --vsock and --tpm: settings with commas between them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/number.h"
#include "session/request/word.h"

/* Context identifiers that are not reserved (virtio 1.2, 5.10.4). */
#define CID_FIRST 3ull
#define CID_LAST  0xfffffffeull

/* ---- --share FOLDER[,KEY=VALUE]... --------------------------------------- */

#define SHARE(name) offsetof(struct session_share, name)

static const struct request_setting share_settings[] = {
    {"read-only", NULL,                   SHARE(share.read_only)},
    {"tag=",      NULL,                   SHARE(tag)            },
    {"type=",     "fs|9p",                SHARE(share.protocol) },
    {"cache=",    "auto|none|always",     SHARE(share.cache)    },
    {"locks=",    "guest|host",           SHARE(share.locks)    },
    {"bus=",      "mmio|mmio-legacy|pci", SHARE(bus)            },
};

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
    if (length >= sizeof(user) || !number_parse(user, &uid) ||
        !number_parse(group, &gid) || uid >= UINT32_MAX || gid >= UINT32_MAX) {
        return false;
    }
    share->uid = (uint32_t)uid;
    share->gid = (uint32_t)gid;
    return true;
}

int request_parse_share(const struct request_word *word, void *item)
{
    struct session_share *share = item;
    char *rest = request_own(word->request, xstrdup(word->text));
    share->share.path = strsep(&rest, ",");
    share->share.protocol = "fs";
    share->tag = request_own(
        word->request, word->index == 0 ? xstrdup("share")
                                        : xasprintf("share%zu", word->index));
    while (rest) {
        const char *setting = strsep(&rest, ",");
        if (!(strncmp(setting, "owners=", 7) == 0
                  ? set_owners(&share->share, setting + 7)
                  : request_set(share_settings, ARRAY_SIZE(share_settings),
                                setting, share))) {
            return session_misuse(word->error, word->option,
                                  "'%s' is not tag=NAME, type=fs|9p, "
                                  "read-only, owners=UID[:GID]|kept, "
                                  "cache=auto|none|always, locks=guest|host or "
                                  "bus=mmio|mmio-legacy|pci",
                                  setting);
        }
    }
    return 0;
}

/* ---- --rng and --vsock --------------------------------------------------- */

/* Cuts a text at its commas; one without '=' comes first and sets *first. */
static int set_all(const struct request_word *word, const char **first,
                   const struct request_setting *settings, size_t count,
                   void *object)
{
    char *text = request_own(word->request, xstrdup(word->text));
    for (char *rest = text; rest != NULL;) {
        char *setting = strsep(&rest, ",");
        if (first && setting == text && !strchr(setting, '=')) {
            *first = setting;
        } else if (!request_set(settings, count, setting, object)) {
            return session_misuse(word->error, word->option,
                                  "no setting '%.*s'",
                                  (int)strcspn(setting, "="), setting);
        }
    }
    return 0;
}

int request_parse_rng(const struct request_word *word, void *item)
{
    static const struct request_setting settings[] = {
        {"bus=", NULL, offsetof(struct session_rng, bus)},
    };
    struct session_rng *rng = &word->request->options.rng;
    const int code = set_all(word, &rng->source, settings, 1, rng);
    const char *source = rng->source ? rng->source : "";

    return code ? code
           : strcmp(source, "seeded") == 0 || strcmp(source, "host") == 0
               ? 0
               : session_misuse(word->error, word->option,
                                "seeded or host, not '%s'", source);
}

static int parse_cid(const struct request_word *word, const char *text,
                     uint32_t *cid)
{
    char *end = NULL;
    const unsigned long long value = strtoull(text, &end, 10);

    if (text[0] < '0' || text[0] > '9' || *end != '\0' || value < CID_FIRST ||
        value > CID_LAST) {
        return session_misuse(word->error, word->option,
                              "cid is %llu to %llu, not '%s'", CID_FIRST,
                              CID_LAST, text);
    }
    *cid = (uint32_t)value;
    return 0;
}

int request_parse_vsock(const struct request_word *word, void *item)
{
    struct asked {
        const char *cid;
        struct session_vsock vsock;
    } asked = {0};
    static const struct request_setting settings[] = {
        {"cid=",  NULL, offsetof(struct asked, cid)       },
        {"path=", NULL, offsetof(struct asked, vsock.path)},
        {"bus=",  NULL, offsetof(struct asked, vsock.bus) },
    };
    int code = set_all(word, NULL, settings, ARRAY_SIZE(settings), &asked);
    if (code == 0) {
        code = !asked.cid || !asked.vsock.path || asked.vsock.path[0] == '\0'
                   ? session_misuse(word->error, word->option,
                                    "needs cid= and path=")
                   : parse_cid(word, asked.cid, &asked.vsock.cid);
    }
    word->request->options.vsock = asked.vsock;
    return code;
}

/* ---- --tpm WHAT[,interface=tis|crb] -------------------------------------- */

int request_parse_tpm(const struct request_word *word, void *item)
{
    static const char key[] = ",interface=";
    static const char *const interfaces[] = {"tis", "crb"};
    struct session_options *options = &word->request->options;
    const char *comma = strstr(word->text, key);
    const char *named = comma ? comma + strlen(key) : interfaces[0];
    options->tpm = request_new(
        comma ? request_cut(word->request, word->text, comma) : word->text,
        &options->new_tpm);
    for (size_t i = 0; i < ARRAY_SIZE(interfaces); i++) {
        if (strcmp(named, interfaces[i]) == 0) {
            options->tpm_interface = interfaces[i];
            return 0;
        }
    }
    return session_misuse(word->error, word->option,
                          "no interface '%s', there are tis and crb", named);
}
