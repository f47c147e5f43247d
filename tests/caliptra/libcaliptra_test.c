/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The work of the driver library of Caliptra's own project with a part, as
 * scripts of our agent (tests/caliptra/libcaliptra/, cairn-agent(5)): behind
 * our ROM and behind released ones, on our firmware as the program carries it.
 */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "host/file.h"
#include "include/cairn/cairn.h"
#include "tests/caliptra/part.h"
#include "tests/harness.h"

#define FIRMWARE "build/out/guest/caliptra/embedded/firmware.bundle"
#define SCRIPTS  "tests/caliptra/libcaliptra/"

static bool read(const char *folder, const char *name, struct buffer *bytes)
{
    struct error error = {""};
    char path[512];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    int result = file_read(path, 1 << 20, bytes, &error);
    EXPECT_STR(error.text, "");
    return result == 0;
}

static struct cairn_machine *create(const struct part_rom *rom)
{
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};
    struct buffer bytes = {0};

    if (part_rom_read(rom->file, rom->released, &bytes)) {
        const struct cairn_image image = {"rom", bytes.bytes, bytes.size};
        const struct cairn_options options = {
            .size = sizeof(struct cairn_options),
            .board = rom->board,
            .images = &image,
            .image_count = 1,
        };
        EXPECT_EQ(cairn_create(&options, &machine, &error), 0);
        EXPECT_STR(error.text, "");
    }
    buffer_fini(&bytes);
    return machine;
}

/* The common start, then the script. */
static void run(const struct part_rom *rom, const char *script,
                const char *const *variables, size_t count)
{
    static const uint8_t zeros[1668];
    static const char device[] = "ChipsAlliance:Caliptra:0123456789";
    OWNED(buffer_fini) struct buffer bundle = {0};
    OWNED(buffer_fini) struct buffer text = {0};
    struct cairn_error error = {""};
    struct cairn_machine *machine = create(rom);

    if (machine && read(".", FIRMWARE, &bundle) &&
        read(SCRIPTS, "boot.agent", &text) && read(SCRIPTS, script, &text)) {
        const struct cairn_image files[] = {
            {"firmware.bundle", bundle.bytes, bundle.size       },
            {"device-info",     device,       sizeof(device) - 1},
            {"zeros-16",        zeros,        16                },
            {"zeros-32",        zeros,        32                },
            {"zeros-48",        zeros,        48                },
            {"zeros-72",        zeros,        72                },
            {"zeros-104",       zeros,        104               },
            {"zeros-192",       zeros,        192               },
            {"zeros-1016",      zeros,        1016              },
            {"zeros-1028",      zeros,        1028              },
            {"zeros-1668",      zeros,        1668              },
        };
        const struct cairn_agent_options options = {
            .size = sizeof(struct cairn_agent_options),
            .script = buffer_text(&text),
            .script_name = script,
            .variables = variables,
            .variable_count = count,
            .files = files,
            .file_count = sizeof(files) / sizeof(files[0]),
        };
        EXPECT_EQ(cairn_agent_run(machine, &options, &error), 0);
        EXPECT_STR(error.text, "");
        EXPECT_EQ(cairn_unmodelled_count(machine), 0);
    }
    cairn_destroy(machine);
}

static void serves_what_is_sent_to_a_rom(const struct part_rom *rom)
{
    run(rom, "rom.agent", NULL, 0);
}

static void serves_what_is_sent_to_a_runtime(const struct part_rom *rom)
{
    run(rom, "runtime.agent", NULL, 0);
}

static void signs_with_an_exported_cdi(const struct part_rom *rom)
{
    run(rom, "export.agent", NULL, 0);
}

static void hands_out_the_idevid_request(const struct part_rom *rom)
{
    static const char *const variables[] = {"REQUEST=1", "KEEPS=1"};
    run(rom, "request.agent", variables, rom->released ? 1 : 2);
}

PART_BEHAVIOUR(serves_what_is_sent_to_a_rom)
PART_BEHAVIOUR(serves_what_is_sent_to_a_runtime)
PART_BEHAVIOUR(signs_with_an_exported_cdi)
PART_BEHAVIOUR(hands_out_the_idevid_request)
