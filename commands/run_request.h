/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the words of `cairn run` to struct session_options: the only place that
 * parses them.
 */
#ifndef COMMANDS_RUN_REQUEST_H
#define COMMANDS_RUN_REQUEST_H

#include "base/buffer.h"
#include "commands/command.h"
#include "commands/pass_phrase.h"
#include "session/clock.h"
#include "session/options.h"

struct run_request {
    const struct arguments *arguments;
    struct session_options options;
    struct pass_phrases phrases;    /* of --idevid-issuer */
    char clock[SESSION_CLOCK_TEXT]; /* what --rtc came to, or "" */
    /* Values of the options; all owned. */
    const char **overlays;
    const char **folders;
    const char **variables;
    struct session_load *loads;
    struct session_image *images;
    struct session_module *modules;
    struct session_serial *serials;
    struct session_disk *disks;
    struct session_net *nets;
    struct session_share *shares;
    struct session_step *steps;
    struct session_press *presses;
    struct cairn_reset_at *resets;
    struct session_plugged *plugged;
    struct session_symbols *symbols;
    const char **profiles;
    const char **powers;
    bool shows_power;
    struct session_target *targets;
    struct buffer names; /* of of pointers: what those above point to */
};

/* Reads the options that choose board, script, guest and files: enough for
 * session_open. */
int run_request_begin(struct run_request *request,
                      const struct arguments *arguments);
/* The rest, which may be malformed: an exit code after its complaint. */
int run_request_complete(struct run_request *request);
/* Also after a request that failed. */
void run_request_fini(struct run_request *request);

/* For its parts: the text up to `end`, which lives as long as the request. */
const char *run_request_cut(struct run_request *request, const char *text,
                            const char *end);
/* The name in FILE or new:FILE, and which of the two it is. */
const char *run_request_new(const char *value, bool *is_new);
/* The @ in FILE@ADDRESS, and the address; NULL: there is none. */
const char *run_request_address(const char *text, uint64_t *address);
/* --image, --load (run_images.c). */
int run_request_set_images(struct run_request *request);
/* --press, which has to be known before the board is asked for a guest, and
 * --reset-at (run_lines.c). */
int run_request_set_presses(struct run_request *request);
int run_request_set_resets(struct run_request *request);
/* --profile, --symbols, --power (run_measure.c). */
void run_request_measure(struct run_request *request);

#endif
