/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of output files and of the debugger's address. */
#include "session/targets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "base/error.h"
#include "host/file.h"
#include "host/socket.h"

enum { READ_ONLY = -1 };

/* Files that the session itself writes, from the table of paths. */
static const struct row {
    const char *name;
    size_t field; /* offset in struct session_options */
    int use;      /* enum file_use, or READ_ONLY */
} rows[] = {
#define PATH(field, name, use, written)                                        \
    {name, offsetof(struct session_options, field), written},
#define PATHS(name)
#include "session/paths.def"
#undef PATH
#undef PATHS
};

/* All targets in the order of their names, those of one name as they come. */
struct list {
    struct session_target *items;
    size_t count;
};

static void add(struct list *list, const struct session_target *target)
{
    size_t at = list->count++;
    while (at > 0 && strcmp(list->items[at - 1].name, target->name) > 0) {
        list->items[at] = list->items[at - 1];
        at--;
    }
    list->items[at] = *target;
}

static void collect(struct list *list, const struct session_options *options)
{
    list->items =
        xcalloc(ARRAY_SIZE(rows) + options->target_count, sizeof(*list->items));
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const char *path;
        memcpy(&path, (const char *)options + rows[i].field, sizeof(path));
        if (path && rows[i].use != READ_ONLY) {
            add(list, &(struct session_target){rows[i].name, path,
                                               (enum file_use)rows[i].use});
        }
    }
    for (size_t i = 0; i < options->target_count; i++) {
        add(list, &options->targets[i]);
    }
}

/* An earlier target with the same file. Devices take several. */
static const char *find_other(const struct list *list, size_t index)
{
    const char *path = list->items[index].path;
    for (size_t i = 0; i < index; i++) {
        if (strncmp(path, "/dev/", 5) != 0 &&
            strcmp(list->items[i].path, path) == 0) {
            return list->items[i].name;
        }
    }
    return NULL;
}

static int check_target(const struct list *list, size_t index,
                        struct session_error *why)
{
    const struct session_target *target = &list->items[index];
    const char *other = find_other(list, index);
    struct error error = {""};
    if (other) {
        return session_misuse(why, target->name, "--%s writes '%s' too", other,
                              target->path);
    }
    return file_check(target->path, target->use, &error)
               ? session_failure(why, target->name, "%s", error.text)
               : 0;
}

static int check_address(const char *address, struct session_error *why)
{
    struct error error = {""};
    int code = address ? host_socket_check(address, &error) : 0;
    return code == 0         ? 0
           : code == -EINVAL ? session_misuse(why, "gdb", "%s", error.text)
                             : session_failure(why, "gdb", "%s", error.text);
}

int session_targets_check(const struct session_options *options,
                          struct session_error *error)
{
    struct list list = {0};
    int code = 0;
    collect(&list, options);
    for (size_t i = 0; code == 0 && i < list.count; i++) {
        code = check_target(&list, i, error);
    }
    free(list.items);
    return code ? code : check_address(options->gdb, error);
}
