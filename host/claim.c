/* SPDX-License-Identifier: Apache-2.0 */
/* Compares claims by the identity of their files. */
#include "host/claim.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bits.h"
#include "host/file.h"

/* ---- The list ------------------------------------------------------------ */

static struct file_claim *claim_at(const struct file_claims *claims, size_t i)
{
    return (struct file_claim *)(void *)claims->items.bytes + i;
}

static size_t count_of(const struct file_claims *claims)
{
    return claims->items.size / sizeof(struct file_claim);
}

void file_claim_add(struct file_claims *claims, const struct file_claim *claim)
{
    if (claim->path && claim->path[0] != '\0' &&
        strcmp(claim->path, "-") != 0) {
        buffer_append(&claims->items, claim, sizeof(*claim));
    }
}

const char *file_claim_keep(struct file_claims *claims, char *path)
{
    buffer_append(&claims->kept, &path, sizeof(path));
    return path;
}

void file_claims_fini(struct file_claims *claims)
{
    char **kept = (char **)(void *)claims->kept.bytes;
    for (size_t i = 0; i < claims->kept.size / sizeof(*kept); i++) {
        free(kept[i]);
    }
    buffer_fini(&claims->kept);
    buffer_fini(&claims->items);
}

/* ---- Identity ------------------------------------------------------------ */

struct identity {
    bool known;
    dev_t device;
    ino_t inode; /* of the file, or of the folder that it will be in */
    char *name;  /* in that folder; NULL: the file exists */
};

/* True for files that the caller has open already: several may write to it, in
 * turn. */
static bool is_open_already(const char *path)
{
    static const char *const starts[] = {"/dev/std", "/dev/fd/",
                                         "/proc/self/fd/"};
    for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
        if (strncmp(path, starts[i], strlen(starts[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* By the folder that will have it. */
static void identify_new(const char *path, struct identity *identity)
{
    char *target = file_target(path);
    char *slash = target ? strrchr(target, '/') : NULL;
    struct stat there;
    if (target) {
        char *folder = slash ? xasprintf("%.*s/", (int)(slash - target), target)
                             : xstrdup(".");
        if (stat(folder, &there) == 0) {
            identity->known = true;
            identity->device = there.st_dev;
            identity->inode = there.st_ino;
            identity->name = xstrdup(slash ? slash + 1 : target);
        }
        free(folder);
    }
    free(target);
}

static void identify(const struct file_claim *claim, struct identity *identity)
{
    struct stat there;
    *identity = (struct identity){0};
    if (is_open_already(claim->path)) {
        return;
    }
    if (stat(claim->path, &there) == 0) {
        identity->known = !S_ISCHR(there.st_mode) && !S_ISFIFO(there.st_mode);
        identity->device = there.st_dev;
        identity->inode = there.st_ino;
    } else if (claim->written) {
        identify_new(claim->path, identity);
    }
}

static bool is_same(const struct identity *one, const struct identity *other)
{
    return one->known && other->known && one->device == other->device &&
           one->inode == other->inode && !one->name == !other->name &&
           (!one->name || strcmp(one->name, other->name) == 0);
}

static bool may_share(const struct file_claim *one,
                      const struct file_claim *other)
{
    return (one->shares && strcmp(one->shares, other->name) == 0) ||
           (other->shares && strcmp(other->shares, one->name) == 0);
}

/* ---- Comparing ----------------------------------------------------------- */

static bool find_clash(const struct file_claims *claims,
                       const struct identity *identities, size_t *first,
                       size_t *second)
{
    for (*second = 0; *second < count_of(claims); (*second)++) {
        const struct file_claim *late = claim_at(claims, *second);
        for (*first = 0; *first < *second; (*first)++) {
            const struct file_claim *early = claim_at(claims, *first);
            if ((late->written || early->written) && !may_share(early, late) &&
                is_same(&identities[*first], &identities[*second])) {
                return true;
            }
        }
    }
    return false;
}

bool file_claims_clash(const struct file_claims *claims,
                       const struct file_claim **first,
                       const struct file_claim **second)
{
    size_t count = count_of(claims);
    struct identity *identities = xcalloc(count + 1, sizeof(*identities));
    size_t one;
    size_t other;
    for (size_t i = 0; i < count; i++) {
        identify(claim_at(claims, i), &identities[i]);
    }
    bool clash = find_clash(claims, identities, &one, &other);
    if (clash) {
        bool blames_late = claim_at(claims, other)->written;
        *first = claim_at(claims, blames_late ? one : other);
        *second = claim_at(claims, blames_late ? other : one);
    }
    for (size_t i = 0; i < count; i++) {
        free(identities[i].name);
    }
    free(identities);
    return clash;
}

char *file_claims_words(const struct file_claim *first,
                        const struct file_claim *second)
{
    bool alike = strcmp(first->path, second->path) == 0;
    return xasprintf("%s%s %s '%s' too%s%s%s",
                     isupper((unsigned char)first->name[0]) ? "" : "--",
                     first->name, first->written ? "writes" : "reads",
                     second->path, alike ? "" : ", as '",
                     alike ? "" : first->path, alike ? "" : "'");
}
