/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing the inputs of a run into a file, and running by one. The note at the
 * file's end is the outcome, so that a replay reports what the run reported.
 */
#include "session/record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "base/hash.h"
#include "host/file.h"
#include "session/internal.h"

enum {
    FILE_MAX = 1 << 30,
    TEXT_SIZE = sizeof(((struct cairn_error *)0)->text)
};

/* ---- What the run depends on beside the machine -------------------------- */

static uint64_t add_bytes(uint64_t hash, const void *bytes, size_t size)
{
    const uint64_t length = size;
    hash = hash64(hash, &length, sizeof(length));
    return size ? hash64(hash, bytes, size) : hash;
}

/* A file that the machine reads by itself, at each reset. */
static int add_file(const char *path, uint64_t *hash, struct session_error *why)
{
    struct buffer bytes = {0};
    struct error error = {""};
    if (path && file_read(path, FILE_MAX, &bytes, &error)) {
        return session_failure(why, NULL, "%s", error.text);
    }
    *hash = add_bytes(*hash, bytes.bytes, bytes.size);
    buffer_fini(&bytes);
    return 0;
}

/* Contents and not names: a file may be elsewhere. */
static int identify(const struct session *session, uint64_t *hash,
                    struct session_error *error)
{
    const struct cairn_guest *guest = &session->guest.guest;
    const char *append = guest->append ? guest->append : "";
    *hash = 0;
    int code = add_file(guest->kernel.memory, hash, error);
    code = code ? code : add_file(guest->initrd.memory, hash, error);
    *hash = add_bytes(*hash, guest->dtb.bytes, guest->dtb.size);
    *hash = add_bytes(*hash, append, strlen(append));
    for (size_t i = 0; i < guest->module_count; i++) {
        *hash = add_bytes(*hash, guest->modules[i].image.bytes,
                          guest->modules[i].image.size);
    }
    return code;
}

int session_record_open(struct session *session, struct session_error *error)
{
    const struct session_options *options = session->options;
    struct cairn_error refused = {""};
    if (!options->record && !options->replay) {
        return 0;
    }
    int code = identify(session, &session->identity, error);
    if (code != 0 || !options->replay) {
        return code;
    }
    return cairn_replay_open(session->machine, options->replay,
                             session->identity, &refused)
               ? session_failure(error, NULL, "%s", refused.text)
               : 0;
}

int session_record_make_file(struct session *session,
                             struct session_error *error)
{
    const char *path = session->options->record;
    struct cairn_error refused = {""};
    return path && cairn_record_open(session->machine, path, &refused)
               ? session_failure(error, NULL, "%s", refused.text)
               : 0;
}

void session_record_begin(struct session *session)
{
    assert(!session->recording);
    if (session->options->record) {
        cairn_record(session->machine, session->identity);
        session->recording = true;
    }
}

/* ---- The outcome --------------------------------------------------------- */

struct note {
    uint8_t code[4]; /* little-endian, as all numbers in the file */
    uint8_t end[4];
    char text[TEXT_SIZE];
};

int session_replay(struct session *session, struct cairn_error *words)
{
    struct note note;
    int code = cairn_replay(session->machine, &note, sizeof(note), words);
    assert(session->options->replay != NULL);
    if (code != 0) {
        return code;
    }
    const int result = (int)load_le32(note.code);
    const uint32_t end = load_le32(note.end);
    if (result > 0 || end > SESSION_END_IDLE ||
        !memchr(note.text, '\0', sizeof(note.text))) {
        snprintf(words->text, sizeof(words->text),
                 "inputs '%s': an outcome of code %d and end %u, which there "
                 "is not",
                 session->options->replay, result, end);
        return -EINVAL;
    }
    session->end = (enum session_end)end;
    memcpy(words->text, note.text, sizeof(words->text));
    return result;
}

int session_record_close(struct session *session, struct error *error)
{
    struct note note = {{0}, {0}, ""};
    struct cairn_error refused = {""};
    if (!session->recording) {
        return 0;
    }
    store_le32(note.code, (uint32_t)session->code);
    store_le32(note.end, (uint32_t)session->end);
    snprintf(note.text, sizeof(note.text), "%s", session->words.text);
    session->recording = false;
    int code =
        cairn_record_end(session->machine, &note, sizeof(note), &refused);
    return code ? error_set(error, code, "%s", refused.text) : 0;
}
