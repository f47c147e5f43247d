/* SPDX-License-Identifier: Apache-2.0 */
#include "session/sandbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "host/file.h"
#include "host/sandbox.h"
#include "session/guest_folder.h"

/* What a run does with an option's file after the machine is built. */
enum use {
    USE_NONE, /* it was read, or is open */
    USE_READ,
    USE_BESIDE,  /* the files of its folder are read */
    USE_GUEST,   /* a folder, found by its name */
    USE_REPLACE, /* as a whole, at the end */
    USE_SOCKET,  /* an address: the file of one that has a path is removed */
    USE_FOLDER,  /* what is in it is read, made, renamed and removed */
};

static const struct {
    const char *option;
    enum use use;
} uses[] = {
    {"rom",                USE_NONE   },
    {"firmware",           USE_NONE   },
    {"image",              USE_NONE   },
    {"with",               USE_NONE   },
    {"fuses",              USE_NONE   },
    {"fuse-array",         USE_REPLACE},
    {"capsule",            USE_NONE   },
    {"agent",              USE_BESIDE },
    {"guest",              USE_GUEST  },
    {"kernel",             USE_READ   },
    {"initrd",             USE_READ   },
    {"dtb",                USE_NONE   },
    {"module",             USE_NONE   },
    {"bios",               USE_NONE   },
    {"flash",              USE_REPLACE},
    {"semihosting-folder", USE_FOLDER },
    {"input",              USE_NONE   },
    {"output",             USE_NONE   },
    {"guest-dtb",          USE_REPLACE},
    {"gdb",                USE_SOCKET },
    {"restore",            USE_READ   },
    {"save",               USE_REPLACE},
    {"allow",              USE_READ   },
    {"hashes",             USE_NONE   },
    {"symbols",            USE_NONE   },
    {"log",                USE_NONE   },
    {"events",             USE_NONE   },
    {"report",             USE_REPLACE},
    {"quote",              USE_REPLACE},
    {"idevid-issuer",      USE_NONE   },
};

bool session_sandbox_knows(const char *option)
{
    for (size_t i = 0; i < ARRAY_SIZE(uses); i++) {
        if (strcmp(uses[i].option, option) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- Places -------------------------------------------------------------- */

struct places {
    struct sandbox_place *list;
    char **paths; /* of the list, to free them */
    size_t count;
    unsigned calls;
};

static void add(struct places *places, char *path, unsigned rights)
{
    places->paths[places->count] = path;
    places->list[places->count++] = (struct sandbox_place){path, rights};
}

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == path ? xstrdup("/")
           : slash       ? xasprintf("%.*s", (int)(slash - path), path)
                         : xstrdup(".");
}

/* What is no regular file is written where it is. */
static void add_output(struct places *places, const char *path)
{
    struct stat there;
    if (stat(path, &there) == 0 && !S_ISREG(there.st_mode)) {
        add(places, xstrdup(path), SANDBOX_WRITE);
        return;
    }
    char *target = file_target(path);
    if (target) {
        add(places, folder_of(target), SANDBOX_REPLACE);
    }
    free(target);
}

static void add_guest(struct places *places, const struct arguments *arguments)
{
    struct session_guest_folder found = {0};
    if (session_guest_folder_wanted(arguments) &&
        session_guest_folder_find(&found, arguments) == COMMAND_DONE) {
        add(places, folder_of(found.kernel), SANDBOX_READ);
    }
    session_guest_folder_fini(&found);
}

static void add_value(struct places *places, const struct arguments *arguments,
                      enum use use, const char *value)
{
    switch (use) {
    case USE_READ:
        add(places, xstrdup(value), SANDBOX_READ);
        break;
    case USE_BESIDE:
        add(places, folder_of(value), SANDBOX_READ);
        break;
    case USE_GUEST:
        add_guest(places, arguments);
        break;
    case USE_REPLACE:
        add_output(places, value);
        places->calls |= SANDBOX_OUTPUTS;
        break;
    case USE_SOCKET:
        if (strncmp(value, "unix:", 5) == 0) {
            add(places, folder_of(value + 5), SANDBOX_REMOVE);
        }
        break;
    case USE_FOLDER:
        add(places, xstrdup(value), SANDBOX_READ | SANDBOX_REPLACE);
        places->calls |= SANDBOX_OUTPUTS;
        break;
    case USE_NONE:
        break;
    }
}

static void add_values(struct places *places, const struct arguments *arguments)
{
    size_t most = 1;
    for (size_t i = 0; i < ARRAY_SIZE(uses); i++) {
        most += arguments_count(arguments, uses[i].option);
    }
    places->list = xcalloc(most, sizeof(*places->list));
    places->paths = xcalloc(most, sizeof(*places->paths));
    for (size_t i = 0; i < ARRAY_SIZE(uses); i++) {
        size_t count = arguments_count(arguments, uses[i].option);
        for (size_t n = 0; n < count; n++) {
            add_value(places, arguments, uses[i].use,
                      arguments_nth(arguments, uses[i].option, n));
        }
    }
    /* The umask, and the size of the process. */
    add(places, xstrdup("/proc/self"), SANDBOX_READ);
}

void session_sandbox_enter(struct session_sandbox *sandbox,
                           const struct arguments *arguments)
{
    struct places places = {0};
    if (arguments_flag(arguments, "no-sandbox") || !command_owns_process()) {
        snprintf(sandbox->text, sizeof(sandbox->text), "off");
        return;
    }
    places.calls |= arguments_flag(arguments, "parallel") ? SANDBOX_THREADS : 0;
    places.calls |= arguments_flag(arguments, "gdb") ? SANDBOX_DEBUGGER : 0;
    add_values(&places, arguments);
    struct sandbox held = {.places = places.list,
                           .place_count = places.count,
                           .calls = places.calls};
    sandbox_enter(&held);
    sandbox_describe(&held, sandbox->text, sizeof(sandbox->text));
    for (size_t i = 0; i < places.count; i++) {
        free(places.paths[i]);
    }
    free(places.paths);
    free(places.list);
}
