/* SPDX-License-Identifier: Apache-2.0 */
/* Reads --custom-tlv by the rules of imgtool: a tag is there once, and a value
 * is text or 0x and digits. */
#include "commands/pack/mcuboot_custom.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Appends the bytes of digit pairs; false for any other text. */
static bool append_digits(const char *text, struct buffer *out)
{
    static const char digits[] = "0123456789abcdef";

    for (; *text != '\0'; text += 2) {
        const char *high = strchr(digits, tolower((unsigned char)text[0]));
        const char *low = text[1] != '\0'
                              ? strchr(digits, tolower((unsigned char)text[1]))
                              : NULL;
        if (high == NULL || low == NULL) {
            return false;
        }
        uint8_t byte = (uint8_t)((high - digits) << 4 | (low - digits));
        buffer_append(out, &byte, sizeof(byte));
    }
    return true;
}

/* Reads the tag before the sign. */
static int read_tag(const struct arguments *arguments,
                    const struct mcuboot_pack *pack, const char *text,
                    uint16_t *tag)
{
    const char *sign = strchr(text, '=');
    char *word = strndup(text, sign != NULL ? (size_t)(sign - text) : 0);
    uint64_t number = 0;
    bool good = number_parse(word, &number) &&
                number >= MCUBOOT_TLV_VENDOR_FIRST &&
                number <= MCUBOOT_TLV_VENDOR_LAST;

    free(word);
    *tag = (uint16_t)number;
    if (!good) {
        return command_misuse(arguments,
                              "--custom-tlv: '%s' is not TAG=VALUE, TAG from "
                              "0x%x to 0x%x",
                              text, MCUBOOT_TLV_VENDOR_FIRST,
                              MCUBOOT_TLV_VENDOR_LAST);
    }
    for (unsigned i = 0; i < pack->custom_count; i++) {
        if (pack->custom[i].type == *tag) {
            return command_misuse(arguments,
                                  "--custom-tlv: '%s': tag 0x%x is there "
                                  "already",
                                  text, *tag);
        }
    }
    return COMMAND_DONE;
}

static int read_custom(const struct arguments *arguments,
                       struct mcuboot_pack *pack, struct buffer *values,
                       const char *text)
{
    size_t start = values->size;
    uint16_t tag = 0;

    if (pack->custom_count == MCUBOOT_CUSTOM_MAX) {
        return command_misuse(arguments, "more than %d --custom-tlv",
                              MCUBOOT_CUSTOM_MAX);
    }
    int status = read_tag(arguments, pack, text, &tag);
    if (status != COMMAND_DONE) {
        return status;
    }
    const char *value = strchr(text, '=') + 1;
    if (strncmp(value, "0x", 2) != 0) {
        buffer_append(values, value, strlen(value));
    } else if (!append_digits(value + 2, values)) {
        return command_misuse(arguments,
                              "--custom-tlv: '%s' is not of pairs of "
                              "hexadecimal digits behind 0x",
                              text);
    }
    size_t size = values->size - start;
    if (size > MCUBOOT_CUSTOM_SIZE_MAX) {
        return command_misuse(arguments,
                              "--custom-tlv: tag 0x%x: value of %zu bytes is "
                              "longer than %d",
                              tag, size, MCUBOOT_CUSTOM_SIZE_MAX);
    }
    pack->custom[pack->custom_count++] =
        (struct mcuboot_custom){.type = tag, .size = (uint16_t)size};
    return COMMAND_DONE;
}

int mcuboot_custom_read(const struct arguments *arguments,
                        struct mcuboot_pack *pack, struct buffer *values)
{
    size_t count = arguments_count(arguments, "custom-tlv");
    int status = COMMAND_DONE;

    for (size_t i = 0; status == COMMAND_DONE && i < count; i++) {
        status = read_custom(arguments, pack, values,
                             arguments_nth(arguments, "custom-tlv", i));
    }
    pack->custom_values = values->bytes;
    return status;
}
