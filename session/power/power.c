/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a ledger. */
#include "session/power/power.h"

#include <string.h>

#include "base/bits.h"
#include "host/file.h"

static const struct form {
    const char *suffix;
    void (*write)(struct cairn_machine *machine, const char *board,
                  struct buffer *out);
} forms[] = {
    {".svg",  session_power_picture},
    {".json", session_power_json   },
    {".csv",  session_power_csv    },
    {".txt",  session_power_text   },
    {"",      session_power_text   },
};

static const struct form *form_of(const char *path)
{
    const char *suffix = file_suffix(path);

    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        if (strcmp(forms[i].suffix, suffix) == 0) {
            return &forms[i];
        }
    }
    return NULL;
}

int session_power_check(const struct session_options *options,
                        struct session_error *error)
{
    for (size_t i = 0; i < options->power_count; i++) {
        if (form_of(options->powers[i]) == NULL) {
            return session_misuse(
                error, "power",
                "'%s' ends in none of .svg, .json, .csv or .txt",
                options->powers[i]);
        }
    }
    return 0;
}

int session_power_close(struct cairn_machine *machine,
                        const struct session_options *options,
                        struct error *error)
{
    int result = 0;

    for (size_t i = 0; i < options->power_count; i++) {
        const char *path = options->powers[i];
        struct error refused = {""};
        struct buffer text = {0};

        form_of(path)->write(machine, options->board ? options->board : "",
                             &text);
        if (file_write(path, text.bytes, text.size, &refused) != 0) {
            result = error_set(error, -EIO, "%s", refused.text);
        }
        buffer_fini(&text);
    }
    return result;
}
