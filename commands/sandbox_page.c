/* SPDX-License-Identifier: Apache-2.0 */
/* The list of what remains in the sandbox, as paragraphs of a man page. */
#include "commands/sandbox_page.h"

#include <stddef.h>

#include "base/bits.h"
#include "host/sandbox.h"
#include "host/sandbox_capabilities.h"

/* The grants, by a letter each, and the options of both commands that give
 * them. */
static const struct {
    unsigned grant;
    char letter;
    const char *run;
    const char *serve; /* NULL: none, or each process has it */
} letters[] = {
    {SANDBOX_BESIDE,    'B', "--agent (its folder), --guest, --allow",               "--allow"},
    {SANDBOX_CHANGES,   'C', "--share without read-only, --semihosting-folder",
     NULL                                                                                     },
    {SANDBOX_DATAGRAMS, 'D', "--net dgram with remote=unix:PATH",                    NULL     },
    {SANDBOX_FOLDERS,   'F', "--share",                                              NULL     },
    {SANDBOX_KEEPER,    'K', "outputs that are replaced, sockets, --share",          NULL     },
    {SANDBOX_NETWORK,   'N', "--net user",                                           NULL     },
    {SANDBOX_PEERS,     'P', "--gdb, --vsock, --tpm, sockets of --serial and --net",
     NULL                                                                                     },
    {SANDBOX_STARTED,   'S', "--tpm",                                                NULL     },
    {SANDBOX_THREADS,   'T', "--parallel, --disk, --rng, --tpm, --share",            NULL     },
};

enum { CELL = 12 };

/* A command whose process is confined. */
struct confined {
    const char *intruder; /* who plants code */
    unsigned always;      /* grants of each process */
    bool serves;
};

static const char *options_of(const struct confined *command, size_t i)
{
    return command->serves ? letters[i].serve : letters[i].run;
}

static void print_cell(const struct confined *command, uint32_t granted_by,
                       struct buffer *out)
{
    const size_t start = out->size;
    bool always = sandbox_lets(granted_by, command->always);
    for (size_t i = 0; i < ARRAY_SIZE(letters) && !always; i++) {
        if (letters[i].grant & granted_by && options_of(command, i)) {
            buffer_print(out, "%s%c", out->size > start ? "," : "",
                         letters[i].letter);
        }
    }
    if (out->size == start) {
        buffer_print(out, always ? "yes" : "no");
    }
    buffer_print(out, "%*s", (int)(CELL - (out->size - start)), "");
}

static void print_rows(const struct confined *command, struct buffer *out)
{
    buffer_print(out, "    %-34s%-*s%-*s%s\n", "", CELL, "both", CELL,
                 "no Landlock", "no filter");
    for (size_t i = 0; i < sandbox_capability_count; i++) {
        const struct sandbox_capability *row = &sandbox_capabilities[i];
        buffer_print(out, "    %-34s", row->words);
        print_cell(command, row->calls & row->files, out);
        print_cell(command, row->calls, out);
        print_cell(command, row->files, out);
        while (out->size != 0 && out->bytes[out->size - 1] == ' ') {
            out->size--;
        }
        buffer_print(out, "%s\n",
                     row->since > 1 && row->files != SANDBOX_ALWAYS ? " *"
                                                                    : "");
    }
}

static void print_calls(const struct confined *command, struct buffer *out)
{
    const int count = sandbox_count(command->always);
    if (count == 0) {
        buffer_print(out, "This host has no filter of calls.\n");
        return;
    }
    buffer_print(out,
                 "The filter lets %d system calls through, some of them with "
                 "certain arguments only",
                 count);
    const char *before = "; ";
    for (size_t i = 0; i < ARRAY_SIZE(letters); i++) {
        const int more = sandbox_count(command->always | letters[i].grant);
        if (options_of(command, i) && more != count) {
            buffer_print(out, "%s%d with %c", before, more, letters[i].letter);
            before = ", ";
        }
    }
    buffer_print(out, ". Any path can be looked at by ");
    sandbox_list_looks(command->always, out);
    if (!command->serves) {
        buffer_print(out, "; with F by all of ");
        sandbox_list_looks(SANDBOX_FOLDERS, out);
    }
    buffer_print(out, ".\n");
}

static void print_page(const struct confined *command, struct buffer *out)
{
    buffer_print(out,
                 "WHAT REMAINS: Code that %s had planted in the process "
                 "could do the following, with Landlock and the filter of "
                 "calls in force, on kernels without Landlock, and on hosts "
                 "without the filter; a letter stands for an option that makes "
                 "it possible:\n\n",
                 command->intruder);
    print_rows(command, out);
    buffer_print(out, "\n");
    for (size_t i = 0; i < ARRAY_SIZE(letters); i++) {
        if (options_of(command, i)) {
            buffer_print(out, "    %c  %s\n", letters[i].letter,
                         options_of(command, i));
        }
    }
    buffer_print(out,
                 "\nAn asterisk marks what Landlock refuses from a later "
                 "version on: truncation from 3 (Linux 6.2), TCP from 4 (6.7), "
                 "signals from 6 (6.12). Descriptors that are open (disks, "
                 "outputs under way, sockets, the terminal) can be used.\n\n");
    print_calls(command, out);
}

void sandbox_page(struct buffer *out)
{
    print_page(&(const struct confined){"a guest", 0, false}, out);
}

void sandbox_page_served(struct buffer *out)
{
    print_page(&(const struct confined){"a client or firmware",
                                        SANDBOX_PEERS | SANDBOX_KEEPER, true},
               out);
}
