/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guest/tests/worlds at EL3 of the board virt: what either world may touch, by
 * the serial ports' text. The same image under qemu-system-aarch64 is the
 * control.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "host/file.h"
#include "include/cairn/cairn.h"
#include "tests/harness.h"
#include "tests/machine.h"

#define IMAGE "build/out/guest/worlds/worlds.bin"

enum { IMAGE_LIMIT = 1 << 20, TEXT_LIMIT = 1 << 20, BUDGET = 10000000 };

struct machine_kind {
    unsigned gic;
    bool virtualization;
};

static const struct machine_kind kinds[] = {
    {2, false},
    {2, true },
    {3, false},
    {3, true },
};

/* The output of each world. */
struct texts {
    struct buffer normal;
    struct buffer secure;
};

static void hear(void *context, const char *device, uint8_t byte)
{
    struct texts *texts = context;
    if (byte != '\r') {
        buffer_append(strcmp(device, "uart") == 0 ? &texts->normal
                                                  : &texts->secure,
                      &byte, 1);
    }
}

static void fini(struct texts *texts)
{
    buffer_fini(&texts->normal);
    buffer_fini(&texts->secure);
}

static struct cairn_machine *make(const struct machine_kind *kind,
                                  const struct buffer *bytes,
                                  struct texts *texts)
{
    const struct cairn_image image = {"flash0", bytes->bytes, bytes->size};
    const struct cairn_guest guest = {.size = sizeof(struct cairn_guest),
                                      .memory_bytes = 256 << 20,
                                      .cpus = 1,
                                      .security = true,
                                      .virtualization = kind->virtualization};
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options),
        .board = kind->gic == 3 ? "virt-gicv3" : "virt",
        .seed = 1,
        .images = &image,
        .image_count = 1,
        .guest = &guest,
        .callbacks = {.console = hear, .context = texts},
    };
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};
    if (cairn_create(&options, &machine, &error) == 0) {
        cairn_power(machine);
    }
    return machine;
}

/* To the end of the guest; the hash of its state there. */
static uint64_t finish(struct cairn_machine *machine)
{
    EXPECT_EQ(run_instructions(machine, BUDGET), CAIRN_STOP_OFF);
    return cairn_state_hash(machine);
}

static void run_ours(const struct machine_kind *kind, struct texts *texts)
{
    OWNED(buffer_fini) struct buffer bytes = {0};
    REQUIRE(file_read(IMAGE, IMAGE_LIMIT, &bytes, NULL) == 0);
    struct cairn_machine *machine = make(kind, &bytes, texts);
    REQUIRE(machine);
    finish(machine);
    cairn_destroy(machine);
}

/* ---- Output required of every reference machine -------------------------- */

TEST(only_the_secure_world_sees_what_is_its_own)
{
    static const char *const secure[] = {
        "EL3: read e000000 done\n",
        "EL3: fetch e080000 done\n",
        "EL3, tables with NS: read 8e000000 class 25 status 10 there\n",
        "EL3, SCR.NS: read 9040018 done\n",
        "Secure EL1: read 0 done\n",
        "Secure EL1, tables: read e000000 done\n",
        "Secure EL1, tables with NS: read 89040018 class 25 status 10 there\n",
        "Secure EL1, tables with NS: fetch 8e080000 class 21 status 10 there\n",
        "Secure EL1: the other world's memory 1234\n",
        "In turn: Secure c0ffee\n",
        "In turn: normal 100000100 class 25 status 10 there\n",
        /* SCR_EL3.EA: QEMU 7.2 takes this one to EL1 */
        "EL3 for EL1: read e000000 class 24 status 10 there\n",
        "EL3 over EL1: interrupt 1d\n",
        "EL3: done\n",
    };
    static const char *const normal[] = {
        "EL1: read 0 class 25 status 10 there\n",
        "EL1: read 4000000 done\n",
        "EL1: read 9040018 class 25 status 10 there\n",
        "EL1: read 90b0fe0 class 25 status 10 there\n",
        "EL1: write e040000 class 25 status 10 there\n",
        "EL1: fetch e080000 class 21 status 10 there\n",
        "EL1: enabled 800\n",
        "EL1, tables: read e000000 class 25 status 10 there\n",
    };
    for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
        OWNED(fini) struct texts texts = {0};
        test_case("GICv%u%s", kinds[k].gic,
                  kinds[k].virtualization ? " with EL2" : "");
        run_ours(&kinds[k], &texts);
        for (size_t i = 0; i < ARRAY_SIZE(secure); i++) {
            EXPECT(strstr(buffer_text(&texts.secure), secure[i]) != NULL);
        }
        for (size_t i = 0; i < ARRAY_SIZE(normal); i++) {
            EXPECT(strstr(buffer_text(&texts.normal), normal[i]) != NULL);
        }
    }
}

/* ---- The control --------------------------------------------------------- */

static bool read_text(const char *path, struct buffer *text)
{
    struct buffer raw = {0};
    bool read = file_read(path, TEXT_LIMIT, &raw, NULL) == 0;
    for (size_t i = 0; i < raw.size; i++) {
        if (raw.bytes[i] != '\r') {
            buffer_append(text, &raw.bytes[i], 1);
        }
    }
    buffer_fini(&raw);
    return read;
}

static bool run_theirs(const struct machine_kind *kind, struct texts *texts)
{
    char normal[] = "/tmp/cairn-normal-XXXXXX";
    char secure[] = "/tmp/cairn-secure-XXXXXX";
    char command[512];
    close(mkstemp(normal));
    close(mkstemp(secure));
    snprintf(command, sizeof(command),
             "timeout 60 qemu-system-aarch64 -nic none -machine "
             "virt,secure=on,gic-version=%u,virtualization=%s -cpu cortex-a57 "
             "-m 256 -display none -monitor none -bios %s -serial file:%s "
             "-serial file:%s >/dev/null 2>&1",
             kind->gic, kind->virtualization ? "on" : "off", IMAGE, normal,
             secure);
    bool ran = system(command) == 0 && read_text(normal, &texts->normal) &&
               read_text(secure, &texts->secure);
    unlink(normal);
    unlink(secure);
    return ran;
}

/* Takes out the line that starts with start. */
static void forget(struct buffer *text, const char *start)
{
    char *line = strstr(buffer_text(text), start);
    char *end = line ? strchr(line, '\n') : NULL;
    if (end) {
        memmove(line, end + 1, strlen(end + 1) + 1);
        text->size -= (size_t)(end + 1 - line);
    }
}

TEST(another_machine_of_the_same_map_says_the_same)
{
    if (system("command -v qemu-system-aarch64 >/dev/null") != 0) {
        SKIP("qemu-system-aarch64 is not here");
    }
    for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
        struct texts ours = {0};
        OWNED(fini) struct texts theirs = {0};
        test_case("GICv%u%s", kinds[k].gic,
                  kinds[k].virtualization ? " with EL2" : "");
        run_ours(&kinds[k], &ours);
        EXPECT(run_theirs(&kinds[k], &theirs));
        forget(&ours.secure, "EL3 for EL1");
        forget(&theirs.secure, "EL3 for EL1");
        EXPECT(ours.secure.size > 1000);
        EXPECT_STR(buffer_text(&ours.normal), buffer_text(&theirs.normal));
        EXPECT_STR(buffer_text(&ours.secure), buffer_text(&theirs.secure));
        fini(&ours);
    }
}

/* ---- Snapshots ----------------------------------------------------------- */

TEST(from_a_snapshot_anywhere_both_worlds_end_alike)
{
    enum { CUTS = 5, STRIDE = 17011 };
    OWNED(buffer_fini) struct buffer bytes = {0};
    REQUIRE(file_read(IMAGE, IMAGE_LIMIT, &bytes, NULL) == 0);
    for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
        OWNED(fini) struct texts texts = {0};
        struct cairn_machine *machine = make(&kinds[k], &bytes, &texts);
        REQUIRE(machine);
        for (unsigned i = 0; i < CUTS; i++) {
            struct cairn_snapshot *snapshot = NULL;
            test_case("GICv%u, cut %u", kinds[k].gic, i);
            EXPECT_EQ(run_instructions(machine, STRIDE), CAIRN_STOP_BUDGET);
            REQUIRE(cairn_snapshot(machine, &snapshot, NULL) == 0);
            uint64_t first = finish(machine);
            EXPECT_EQ(cairn_restore(machine, snapshot, NULL), 0);
            EXPECT_EQ(finish(machine), first);
            EXPECT_EQ(cairn_restore(machine, snapshot, NULL), 0);
            cairn_snapshot_destroy(snapshot);
        }
        cairn_destroy(machine);
    }
}
