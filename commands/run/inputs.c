/* SPDX-License-Identifier: Apache-2.0 */
/* The command line and the digests of input files, for reports. */
#include "commands/run/inputs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "commands/run/origin.h"
#include "crypto/sha2.h"
#include "host/file.h"

enum { PIECE = 1 << 20 };

static char *command_line(const struct arguments *arguments)
{
    struct buffer text = {0};
    buffer_print(&text, "cairn %s", arguments->command->name);
    for (size_t i = 0; i < arguments->word_count; i++) {
        buffer_print(&text, " ");
        buffer_print_word(&text, arguments->words[i]);
    }
    char *line = xstrdup(buffer_text(&text));
    buffer_fini(&text);
    return line;
}

static bool is_regular(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* Appends the SHA-256 of a file to hex. The file is read in pieces, as it may
 * be larger than memory. */
static int hash_file(const char *path, struct buffer *hex, struct error *error)
{
    struct sha256_pieces pieces = {.size_bytes = 0};
    uint64_t size_bytes = 0;
    int fd = -1;
    int code = file_open(path, &fd, &size_bytes, error);
    if (code != 0) {
        return code;
    }
    uint8_t *piece = xcalloc(1, PIECE);
    for (uint64_t at = 0; code == 0 && at < size_bytes; at += PIECE) {
        uint64_t left = size_bytes - at;
        size_t size = left < PIECE ? (size_t)left : PIECE;
        code = file_read_at(fd, at, piece, size, error);
        sha256_add(&pieces, piece, code == 0 ? size : 0);
    }
    free(piece);
    file_close(fd);
    if (code == 0) {
        uint8_t digest[SHA256_SIZE];
        sha256_end(&pieces, digest);
        buffer_print_hex(hex, digest, sizeof(digest));
    }
    return code;
}

/* Takes the path. */
static void add_file(struct run_inputs *inputs, const char *option, char *path)
{
    struct buffer hex = {0};
    struct error error = {""};
    char *at = is_regular(path) ? NULL : strrchr(path, '@');
    if (at != NULL) {
        *at = '\0'; /* an address stood behind */
        if (!is_regular(path)) {
            *at = '@';
        }
    }
    if (!is_regular(path)) {
        error_set(&error, -EINVAL, "no regular file");
    } else if (hash_file(path, &hex, &error) != 0 && error.text[0] == '\0') {
        error_set(&error, -EIO, "cannot be read");
    }
    bool hashed = hex.size != 0;
    char *const texts[] = {path,
                           xstrdup(hashed ? buffer_text(&hex) : error.text)};
    const struct cairn_input input = {.option = option,
                                      .path = path,
                                      .sha256 = hashed ? texts[1] : NULL,
                                      .not_hashed = hashed ? NULL : texts[1]};
    buffer_append(&inputs->files, &input, sizeof(input));
    buffer_append(&inputs->texts, texts, sizeof(texts));
    buffer_fini(&hex);
}

/* --guest: the files of a folder that has a kernel. */
static void add_guest(struct run_inputs *inputs, const char *kernel)
{
    static const char *const others[] = {"initrd", "cmdline"};
    int folder = (int)(strrchr(kernel, '/') - kernel);
    add_file(inputs, "guest", xstrdup(kernel));
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        char *path = xasprintf("%.*s/%s", folder, kernel, others[i]);
        if (access(path, F_OK) == 0) {
            add_file(inputs, "guest", path);
        } else {
            free(path);
        }
    }
}

/* The path in an option's value, or NULL: it is no file that the machine began
 * with. */
static const char *file_of(const struct arguments *arguments,
                           const struct given *given)
{
    const char *value = given->value;
    if (!value || strncmp(value, "new:", 4) == 0) {
        return NULL;
    }
    const struct session_option *option =
        run_origin_row(arguments, given->option);
    return option->origin == SESSION_ORIGIN_INPUT ||
                   option->origin == SESSION_ORIGIN_AGAIN_INPUT
               ? value
               : run_origin_file(option, value);
}

void run_inputs_read(struct run_inputs *inputs,
                     const struct arguments *arguments,
                     const char *guest_kernel)
{
    if (arguments_count(arguments, "report") == 0 &&
        !arguments_flag(arguments, "json")) {
        return;
    }
    inputs->command = command_line(arguments);
    for (size_t i = 0; i < arguments->operand_count; i++) {
        /* else it is the name of a board that is built in */
        if (is_regular(arguments->operands[i])) {
            add_file(inputs, "board", xstrdup(arguments->operands[i]));
        }
    }
    for (size_t i = 0; i < arguments->given.count; i++) {
        const char *path = file_of(arguments, &arguments->given.list[i]);
        if (path != NULL) {
            add_file(inputs, arguments->given.list[i].option->name,
                     xstrdup(path));
        }
    }
    if (guest_kernel) {
        add_guest(inputs, guest_kernel);
    }
}

void run_inputs_fini(struct run_inputs *inputs)
{
    char **texts = (char **)(void *)inputs->texts.bytes;
    for (size_t i = 0; i < inputs->texts.size / sizeof(*texts); i++) {
        free(texts[i]);
    }
    buffer_fini(&inputs->texts);
    buffer_fini(&inputs->files);
    free(inputs->command);
}
