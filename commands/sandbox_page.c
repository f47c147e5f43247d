/* SPDX-License-Identifier: Apache-2.0 */
/* The list of what remains in the sandbox, as paragraphs of a man page. */
#include "commands/sandbox_page.h"

#include <stddef.h>

#include "base/bits.h"
#include "host/sandbox.h"
#include "host/sandbox_capabilities.h"

/* Options that widen the sandbox, by a letter each. */
static const struct {
    unsigned grant;
    char letter;
    const char *options;
} letters[] = {
    {SANDBOX_CHANGES,   'C', "--share without read-only, --semihosting-folder"},
    {SANDBOX_DATAGRAMS, 'D', "--net dgram with remote=unix:PATH"              },
    {SANDBOX_FOLDERS,   'F', "--share"                                        },
    {SANDBOX_KEEPER,    'K', "outputs that are replaced, sockets, --share"    },
    {SANDBOX_NETWORK,   'N', "--net user"                                     },
    {SANDBOX_PEERS,     'P',
     "--gdb, --vsock, --tpm, sockets of --serial and --net"                   },
    {SANDBOX_STARTED,   'S', "--tpm"                                          },
    {SANDBOX_THREADS,   'T', "--parallel, --disk, --rng, --tpm, --share"      },
};

enum { CELL = 12 };

static void print_cell(uint32_t grants, struct buffer *out)
{
    size_t used = 0;
    if (grants == SANDBOX_ALWAYS || grants == SANDBOX_NO_GRANT) {
        buffer_print(out, "%-*s", CELL,
                     grants == SANDBOX_ALWAYS ? "yes" : "no");
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(letters); i++) {
        if (letters[i].grant & grants) {
            buffer_print(out, "%s%c", used++ ? "," : "", letters[i].letter);
        }
    }
    buffer_print(out, "%*s", (int)(CELL - (2 * used - 1)), "");
}

static void print_rows(struct buffer *out)
{
    buffer_print(out, "    %-34s%-*s%-*s%s\n", "", CELL, "both", CELL,
                 "no Landlock", "no filter");
    for (size_t i = 0; i < sandbox_capability_count; i++) {
        const struct sandbox_capability *row = &sandbox_capabilities[i];
        buffer_print(out, "    %-34s", row->words);
        print_cell(row->calls & row->files, out);
        print_cell(row->calls, out);
        print_cell(row->files, out);
        while (out->size != 0 && out->bytes[out->size - 1] == ' ') {
            out->size--;
        }
        buffer_print(out, "%s\n",
                     row->since > 1 && row->files != SANDBOX_ALWAYS ? " *"
                                                                    : "");
    }
}

void sandbox_page(struct buffer *out)
{
    const unsigned looks = SANDBOX_FOLDERS;
    buffer_print(
        out,
        "WHAT REMAINS: Code that a guest had planted in the process "
        "could do the following, with Landlock and the filter of calls "
        "in force, on kernels without Landlock, and on hosts without "
        "the filter; a letter stands for an option that makes it "
        "possible:\n\n");
    print_rows(out);
    buffer_print(out, "\n");
    for (size_t i = 0; i < ARRAY_SIZE(letters); i++) {
        buffer_print(out, "    %c  %s\n", letters[i].letter,
                     letters[i].options);
    }
    buffer_print(out,
                 "\nAn asterisk marks what Landlock refuses from a later "
                 "version on: truncation from 3 (Linux 6.2), TCP from 4 (6.7), "
                 "signals from 6 (6.12). Descriptors that are open (disks, "
                 "outputs under way, sockets, the terminal) can be used.\n\n");
    if (sandbox_count(0) == 0) {
        buffer_print(out, "This host has no filter of calls.\n");
        return;
    }
    buffer_print(out,
                 "The filter lets %d system calls through, some of them with "
                 "certain arguments only;",
                 sandbox_count(0));
    for (size_t i = 0; i < ARRAY_SIZE(letters); i++) {
        buffer_print(out, "%s %d with %c", i ? "," : "",
                     sandbox_count(letters[i].grant), letters[i].letter);
    }
    buffer_print(out, ". Any path can be looked at by ");
    sandbox_list_looks(0, out);
    buffer_print(out, "; with F by all of ");
    sandbox_list_looks(looks, out);
    buffer_print(out, ".\n");
}
