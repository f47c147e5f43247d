/* SPDX-License-Identifier: Apache-2.0 */
/* Looks for a pass phrase in a file, the environment, and at the terminal. */
#include "commands/pass_phrase.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "host/file.h"
#include "host/process.h"
#include "host/terminal.h"

enum { FILE_LIMIT = 1 << 16 };

static const char variable[] = PROCESS_SECRET;

/* A NUL is refused, as in a file of UTF-16: no other program takes one, so that
 * the key would be lost to them. */
static int take(const char *where, const char *bytes, size_t size, char *text,
                struct error *error)
{
    const char *nul = memchr(bytes, '\0', size);

    if (nul != NULL) {
        return error_set(error, -EINVAL,
                         "'%s': pass phrase with a NUL as byte %zu", where,
                         (size_t)(nul - bytes) + 1);
    }
    if (size > PASS_PHRASE_MAX) {
        return error_set(error, -EMSGSIZE,
                         "'%s': pass phrase of %zu bytes, at most %d", where,
                         size, PASS_PHRASE_MAX);
    }
    memcpy(text, bytes, size);
    return (int)size;
}

/* The first line, without its end. */
static int take_file(const char *path, char *text, struct error *error)
{
    struct buffer file = {0};
    int length = file_read(path, FILE_LIMIT, &file, error);

    if (length == 0 && file.size == 0) {
        length = error_set(error, -EINVAL, "'%s': no pass phrase in it", path);
    } else if (length == 0) {
        const char *bytes = (const char *)file.bytes;
        const char *end = memchr(bytes, '\n', file.size);
        size_t size = end != NULL ? (size_t)(end - bytes) : file.size;
        size -= size != 0 && bytes[size - 1] == '\r';
        length = take(path, bytes, size, text, error);
    }
    /* A file that was read in part has no size. */
    if (file.bytes != NULL) {
        OPENSSL_cleanse(file.bytes, file.capacity);
    }
    buffer_fini(&file);
    return length;
}

static int take_answer(const char *question, const char *name, char *text,
                       struct error *error)
{
    char *line = xasprintf("%s '%s': ", question, name);
    int length = terminal_ask_secret(line, text, PASS_PHRASE_MAX);

    free(line);
    if (length == -ENOTTY) {
        error_set(error, length,
                  "a pass phrase is needed, and there is no terminal to ask: "
                  "give --password-file FILE or %s in the environment",
                  variable);
    } else if (length == -EMSGSIZE) {
        error_set(error, length, "the pass phrase is longer than %d bytes",
                  PASS_PHRASE_MAX);
    } else if (length < 0) {
        error_set(error, length, "no pass phrase was typed");
    }
    return length;
}

/* Where the user has put it; -ENOENT without *error: nowhere. */
static int take_given(const struct arguments *arguments, char *text,
                      struct error *error)
{
    const char *path = arguments_value(arguments, "password-file");
    const char *value = getenv(variable);

    if (path != NULL) {
        return take_file(path, text, error);
    }
    return value != NULL ? take(variable, value, strlen(value), text, error)
                         : -ENOENT;
}

static int ask(void *context, const char *name, char *text, struct error *error)
{
    struct pass_phrases *phrases = context;
    int length = take_given(phrases->arguments, text, error);

    phrases->is_used = true;
    return length == -ENOENT ? take_answer("pass phrase of", name, text, error)
                             : length;
}

void pass_phrases_init(struct pass_phrases *phrases,
                       const struct arguments *arguments)
{
    *phrases = (struct pass_phrases){
        .arguments = arguments,
        .from = {.ask = ask, .context = phrases},
    };
}

int pass_phrases_end(const struct pass_phrases *phrases)
{
    const char *path = arguments_value(phrases->arguments, "password-file");

    return path != NULL && !phrases->is_used
               ? command_misuse(phrases->arguments,
                                "--password-file '%s': no key is encrypted",
                                path)
               : COMMAND_DONE;
}

int pass_phrases_new(struct pass_phrases *phrases, const char *name, char *text,
                     size_t *size)
{
    struct error error = {""};
    char again[PASS_PHRASE_MAX];
    int length = take_given(phrases->arguments, text, &error);

    phrases->is_used = true;
    if (length == -ENOENT) {
        length = take_answer("pass phrase for", name, text, &error);
        int other = length < 0 ? length
                               : take_answer("the same again, for", name, again,
                                             &error);
        if (other >= 0 && (other != length ||
                           CRYPTO_memcmp(text, again, (size_t)length) != 0)) {
            length = error_set(&error, -EINVAL, "the pass phrases differ");
        }
        length = other < 0 ? other : length;
        OPENSSL_cleanse(again, sizeof(again));
    }
    if (length == 0) {
        length = error_set(&error, -EINVAL, "the pass phrase is empty");
    }
    *size = length < 0 ? 0 : (size_t)length;
    return length < 0 ? command_failure(phrases->arguments, "'%s': %s", name,
                                        error.text)
                      : COMMAND_DONE;
}
