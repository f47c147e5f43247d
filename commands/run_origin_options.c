/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the options of which an origin consists, and look-ups in it. */
#include "commands/run_origin_options.h"

#include <string.h>

#include "base/bits.h"
#include "commands/run_origin.h"

static const struct kept kept[] = {
    {"rom",                VALUE_FILE             },
    {"firmware",           VALUE_FILE             },
    {"image",              VALUE_NAMED_PLACED_FILE},
    {"load",               VALUE_PLACED_FILE      },
    {"bl2",                VALUE_FILE             },
    {"secure",             VALUE_FILE             },
    {"nonsecure",          VALUE_FILE             },
    {"secure-upgrade",     VALUE_FILE             },
    {"nonsecure-upgrade",  VALUE_FILE             },
    {"with",               VALUE_FILE             },
    {"generation",         VALUE_PLAIN            },
    {"fuses",              VALUE_FILE             },
    {"lifecycle",          VALUE_PLAIN            },
    {"debug-unlocked",     VALUE_PLAIN            },
    {"set",                VALUE_PLAIN            },
    {"guest",              VALUE_GUEST            },
    {"kernel",             VALUE_FILE             },
    {"initrd",             VALUE_FILE             },
    {"append",             VALUE_PLAIN            },
    {"dtb",                VALUE_FILE             },
    {"module",             VALUE_NAMED_FILE       },
    {"module-append",      VALUE_PLAIN            },
    {"bios",               VALUE_FILE             },
    {"no-acpi",            VALUE_PLAIN            },
    {"memory",             VALUE_PLAIN            },
    {"cpus",               VALUE_PLAIN            },
    {"cpu",                VALUE_PLAIN            },
    {"gic",                VALUE_PLAIN            },
    {"rtc",                VALUE_CLOCK            },
    {"security",           VALUE_PLAIN            },
    {"virtualization",     VALUE_PLAIN            },
    {"semihosting",        VALUE_PLAIN            },
    {"semihosting-folder", VALUE_SHARED           },
    {"console",            VALUE_PLAIN            },
    {"seed",               VALUE_PLAIN            },
    {"rng",                VALUE_PLAIN            },
    {"plug",               VALUE_PLAIN            },
};

/* Options whose value shapes a run and is not taken from a record: files that a
 * guest changes, networks, and where the run began. The user has to name them
 * again. */
static const char *const renamed[] = {
    "disk",  "net",        "share",   "vsock",     "tpm",
    "flash", "fuse-array", "capsule", "power-cut", "restore",
};

const char *run_origin_find_renamed(const char *name, size_t length)
{
    for (size_t i = 0; i < ARRAY_SIZE(renamed); i++) {
        if (strncmp(renamed[i], name, length) == 0 &&
            renamed[i][length] == '\0') {
            return renamed[i];
        }
    }
    return NULL;
}

const struct kept *run_origin_option(size_t index)
{
    return index < ARRAY_SIZE(kept) ? &kept[index] : NULL;
}

const struct kept *run_origin_find(const char *name, size_t length)
{
    for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
        if (strncmp(kept[i].option, name, length) == 0 &&
            kept[i].option[length] == '\0') {
            return &kept[i];
        }
    }
    return NULL;
}

bool run_origin_keeps(const char *option)
{
    return run_origin_find(option, strlen(option)) != NULL;
}

const char *run_origin_named_file(const char *value)
{
    return value + strcspn(value, "=") + (strchr(value, '=') != NULL);
}

const char *run_origin_file(const char *option, const char *value)
{
    const struct kept *row = run_origin_find(option, strlen(option));
    switch (row ? row->value : VALUE_PLAIN) {
    case VALUE_FILE:
    case VALUE_PLACED_FILE:
        return value;
    case VALUE_NAMED_FILE:
    case VALUE_NAMED_PLACED_FILE:
        return run_origin_named_file(value);
    default:
        return NULL;
    }
}
