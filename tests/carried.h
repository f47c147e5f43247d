/* SPDX-License-Identifier: Apache-2.0 */
/* Boards under test that start with the images that the program carries, and
 * the consoles of boards whose ports speak at once. */
#ifndef TESTS_CARRIED_H
#define TESTS_CARRIED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "include/cairn/cairn.h"

#define CARRIED "build/out/guest/caliptra/embedded/"

struct carried_file {
    const char *memory; /* that it is an image of */
    const char *path;   /* may be compressed with gzip */
};

/* Reads the files, one into each of images. */
bool carried_read(const struct carried_file *files, size_t count,
                  struct buffer *images);
/* A machine of these options with the images, without power; NULL: none. */
struct cairn_machine *carried_make(const struct carried_file *files,
                                   size_t count, const struct buffer *images,
                                   struct cairn_options options);

enum { CARRIED_FILES_MAX = 4, CARRIED_PORTS = 6 };

/* Lines that are not whole yet. */
struct carried_ports {
    struct {
        char device[32];
        struct buffer line;
    } of[CARRIED_PORTS];
};

/* Whole lines go to the console, so that ports do not break into each other's.
 */
void carried_hear(struct carried_ports *ports, const char *device, uint8_t byte,
                  struct buffer *console);
void carried_ports_fini(struct carried_ports *ports);

#endif
