/* SPDX-License-Identifier: Apache-2.0 */
/* Reads carried images, makes machines with them and collects their lines. */
#include "tests/carried.h"

#include <stdio.h>
#include <string.h>

#include "host/file.h"
#include "tests/harness.h"
#include "trust/image/gzip.h"

enum { FILE_MAX = 256 << 20 };

bool carried_read(const struct carried_file *files, size_t count,
                  struct buffer *images)
{
    for (size_t i = 0; i < count; i++) {
        struct buffer file = {0};
        if (!EXPECT_EQ(file_read(files[i].path, FILE_MAX, &file, NULL), 0)) {
            buffer_fini(&file);
            return false;
        }
        if (gzip_recognise(file.bytes, file.size)) {
            EXPECT_EQ(
                gzip_unpack(file.bytes, file.size, FILE_MAX, &images[i], NULL),
                0);
        } else {
            buffer_append(&images[i], file.bytes, file.size);
        }
        buffer_fini(&file);
    }
    return true;
}

struct cairn_machine *carried_make(const struct carried_file *files,
                                   size_t count, const struct buffer *images,
                                   struct cairn_options options)
{
    struct cairn_image given[CARRIED_FILES_MAX];
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};
    if (!EXPECT(count <= CARRIED_FILES_MAX)) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        given[i] = (struct cairn_image){files[i].memory, images[i].bytes,
                                        images[i].size};
    }
    options.images = given;
    options.image_count = count;
    EXPECT_EQ(cairn_create(&options, &machine, &error), 0);
    EXPECT_STR(error.text, "");
    return machine;
}

void carried_hear(struct carried_ports *ports, const char *device, uint8_t byte,
                  struct buffer *console)
{
    size_t i = 0;
    while (i < CARRIED_PORTS - 1 && ports->of[i].device[0] != '\0' &&
           strcmp(ports->of[i].device, device) != 0) {
        i++;
    }
    snprintf(ports->of[i].device, sizeof(ports->of[i].device), "%s", device);
    struct buffer *line = &ports->of[i].line;
    buffer_append(line, &byte, 1);
    if (byte == '\n') {
        buffer_append(console, line->bytes, line->size);
        buffer_clear(line);
    }
}

void carried_ports_fini(struct carried_ports *ports)
{
    for (size_t i = 0; i < CARRIED_PORTS; i++) {
        buffer_fini(&ports->of[i].line);
    }
}
