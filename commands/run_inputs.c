/* SPDX-License-Identifier: Apache-2.0 */
/* The command line and the digests of input files, for reports. */
#include "commands/run_inputs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "commands/run_origin.h"
#include "crypto/sha2.h"
#include "host/file.h"

/* A file that is larger is no image of firmware. */
static const size_t size_max = (size_t)1 << 30;

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || strchr("-_./=:,+@%", c) != NULL;
}

static void print_word(struct buffer *out, const char *word)
{
    bool plain = *word != '\0';
    for (const char *c = word; *c; c++) {
        plain = plain && is_plain(*c);
    }
    if (plain) {
        buffer_print(out, " %s", word);
        return;
    }
    buffer_print(out, " '");
    for (const char *c = word; *c; c++) {
        if (*c == '\'') {
            buffer_print(out, "'\\''");
        } else {
            buffer_append(out, c, 1);
        }
    }
    buffer_print(out, "'");
}

static char *command_line(const struct arguments *arguments)
{
    struct buffer text = {0};
    buffer_print(&text, "cairn %s", arguments->command->name);
    for (size_t i = 0; i < arguments->word_count; i++) {
        print_word(&text, arguments->words[i]);
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

/* Takes the path. */
static void add_file(struct run_inputs *inputs, const char *option, char *path)
{
    struct buffer bytes = {0};
    struct error error = {""};
    char *at = is_regular(path) ? NULL : strrchr(path, '@');
    if (at != NULL) {
        *at = '\0'; /* an address stood behind */
    }
    if (!is_regular(path) || file_read(path, size_max, &bytes, &error) != 0) {
        free(path);
        return;
    }
    uint8_t digest[SHA256_SIZE];
    struct buffer hex = {0};
    sha256(bytes.bytes, bytes.size, digest);
    buffer_print_hex(&hex, digest, sizeof(digest));
    char **texts = &inputs->texts[2 * inputs->count];
    texts[0] = path;
    texts[1] = xstrdup(buffer_text(&hex));
    inputs->files[inputs->count++] =
        (struct cairn_input){option, texts[0], texts[1]};
    buffer_fini(&hex);
    buffer_fini(&bytes);
}

void run_inputs_read(struct run_inputs *inputs,
                     const struct arguments *arguments)
{
    if (arguments_count(arguments, "report") == 0) {
        return;
    }
    inputs->command = command_line(arguments);
    size_t most = arguments->given_count + arguments->operand_count + 1;
    inputs->files = xcalloc(most, sizeof(*inputs->files));
    inputs->texts = xcalloc(2 * most, sizeof(*inputs->texts));
    for (size_t i = 0; i < arguments->operand_count; i++) {
        add_file(inputs, "board", xstrdup(arguments->operands[i]));
    }
    for (size_t i = 0; i < arguments->given_count; i++) {
        const struct given *given = &arguments->given[i];
        const char *path =
            given->value ? run_origin_file(given->option->name, given->value)
                         : NULL;
        if (path != NULL) {
            add_file(inputs, given->option->name, xstrdup(path));
        }
    }
}

void run_inputs_fini(struct run_inputs *inputs)
{
    for (size_t i = 0; i < 2 * inputs->count; i++) {
        free(inputs->texts[i]);
    }
    free(inputs->texts);
    free(inputs->files);
    free(inputs->command);
}
