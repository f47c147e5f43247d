/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole chain of board trust: from fuses to the first application, and what
 * a changed byte anywhere in the flash leads to. CAIRN_MUTATIONS says how many
 * bytes are changed (`make check-chain` does thousands), CAIRN_SEED which.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/boot_mcu.h"
#include "base/bits.h"
#include "host/file.h"
#include "include/cairn/cairn.h"
#include "tests/harness.h"
#include "trust/flash_image.h"
#include "trust/gzip.h"

#define EMBEDDED "build/out/guest/caliptra/embedded/"

enum { FILE_MAX = 256 << 20, BUDGET = 50000000, DEFAULT_MUTATIONS = 150 };

enum { MCU, ROM, FLASH, FUSES };

static const struct {
    const char *memory;
    const char *path;
} files[] = {
    [MCU] = {"mcu_rom",    "build/out/guest/bootmcu/rom.bin" },
    [ROM] = {"rom",        "build/out/guest/caliptra/rom.bin"},
    [FLASH] = {"boot_flash", EMBEDDED "trust.img.gz"           },
    [FUSES] = {"soc_fuses",  EMBEDDED "trust.fuses"            },
};

struct bench {
    struct cairn_machine *machine;
    struct buffer images[ARRAY_SIZE(files)];
    struct flash_image flash;
    struct buffer console;
    /* at the moment that the first application core is let go */
    bool released;
    uint64_t early; /* instructions that application cores ran before */
    bool intact;    /* what is in memory is what was signed */
};

static const struct buffer *flash_bytes(const struct bench *bench)
{
    return &bench->images[FLASH];
}

static void console(void *context, const char *device, uint8_t byte)
{
    struct bench *bench = context;
    (void)device;
    buffer_append(&bench->console, &byte, 1);
}

/* ---- What is released -----------------------------------------------------
 */

static uint64_t application_instructions(struct cairn_machine *machine)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < 8; i++) {
        char name[8];
        snprintf(name, sizeof(name), "cpu%u", i);
        sum += cairn_instructions(machine, name);
    }
    return sum;
}

/* Whether an image's payload lies where its header says. */
static bool is_loaded(struct bench *bench, const struct flash_part *part)
{
    struct boot_image header;
    uint8_t *memory = NULL;
    size_t size = 0;
    if (boot_image_read(&header, part, NULL) != 0) {
        return false;
    }
    bool secure = (header.flags & BOOT_IMAGE_SECURE) != 0;
    uint64_t base = secure ? 0x0e000000 : 0x40000000;
    return cairn_memory(bench->machine, secure ? "secram" : "ram", &memory,
                        &size) == 0 &&
           memcmp(memory + (header.load_address - base),
                  part->bytes + sizeof(header), header.payload_size) == 0;
}

static void line_changed(void *context, uint32_t level)
{
    struct bench *bench = context;
    const struct flash_bank *bank = &bench->flash.banks[0];
    if (level != 0 || bench->released) {
        return;
    }
    bench->released = true;
    bench->early = application_instructions(bench->machine);
    bench->intact = true;
    for (unsigned i = 0; i < bank->count; i++) {
        if (bank->parts[i].id >= FLASH_IMAGE_SOC &&
            !is_loaded(bench, &bank->parts[i])) {
            bench->intact = false;
        }
    }
}

/* ---- A machine ------------------------------------------------------------
 */

static bool read_images(struct bench *bench)
{
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        struct buffer file = {0};
        if (file_read(files[i].path, FILE_MAX, &file, NULL) != 0) {
            buffer_fini(&file);
            return false;
        }
        if (gzip_recognise(file.bytes, file.size)) {
            EXPECT_EQ(gzip_unpack(file.bytes, file.size, FILE_MAX,
                                  &bench->images[i], NULL),
                      0);
        } else {
            buffer_append(&bench->images[i], file.bytes, file.size);
        }
        buffer_fini(&file);
    }
    return true;
}

/* rom: a file in place of our own, or NULL. */
static bool start_with(struct bench *bench, const char *rom)
{
    struct cairn_image images[ARRAY_SIZE(files)];
    struct cairn_error error = {""};
    *bench = (struct bench){0};
    if (!EXPECT(read_images(bench))) {
        return false;
    }
    if (rom != NULL) {
        buffer_clear(&bench->images[ROM]);
        EXPECT_EQ(file_read(rom, FILE_MAX, &bench->images[ROM], NULL), 0);
    }
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        images[i] = (struct cairn_image){
            files[i].memory, bench->images[i].bytes, bench->images[i].size};
    }
    const struct cairn_options options = {
        .board = "trust",
        .images = images,
        .image_count = ARRAY_SIZE(images),
        .strict = true,
        .callbacks = {.console = console, .context = bench},
    };
    EXPECT_EQ(flash_image_read(&bench->flash, flash_bytes(bench)->bytes,
                               flash_bytes(bench)->size, NULL),
              0);
    EXPECT_EQ(cairn_create(&options, &bench->machine, &error), 0);
    EXPECT_STR(error.text, "");
    if (bench->machine == NULL) {
        return false;
    }
    cairn_line_watch(bench->machine, "mcu_reset.line0", line_changed, bench);
    cairn_power(bench->machine);
    return true;
}

static bool start(struct bench *bench)
{
    return start_with(bench, NULL);
}

static void finish(struct bench *bench)
{
    cairn_destroy(bench->machine);
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        buffer_fini(&bench->images[i]);
    }
    buffer_fini(&bench->console);
}

/* To the end of the guest, or to the boot MCU's refusal. */
static enum cairn_stop run(struct bench *bench)
{
    const struct cairn_until until = {
        .instructions = BUDGET,
        .line = "mcu_reset.verdict",
        .level = BOOT_MCU_VERDICT_STOPPED,
    };
    return cairn_run(bench->machine, &until);
}

static bool says(struct bench *bench, const char *text)
{
    return strstr(buffer_text(&bench->console), text) != NULL;
}

/* ---- The good flash -------------------------------------------------------
 */

TEST(the_chain_ends_in_the_first_application)
{
    struct bench bench;
    REQUIRE(start(&bench));
    EXPECT_EQ(run(&bench), CAIRN_STOP_OFF);
    EXPECT(says(&bench, "SoC manifest: accepted"));
    EXPECT(says(&bench, "image 0x1001: authorised"));
    EXPECT(says(&bench, "hello from EL1"));
    EXPECT(bench.released);
    EXPECT(bench.intact);
    EXPECT_EQ(bench.early, 0);
    finish(&bench);
}

TEST(no_application_core_moves_before_the_gate_opens)
{
    struct bench bench;
    REQUIRE(start(&bench));
    uint32_t authorised = 0;
    while (!bench.released) {
        const struct cairn_until until = {.instructions = 10000};
        EXPECT_EQ(application_instructions(bench.machine), 0);
        enum cairn_stop stop = cairn_run(bench.machine, &until);
        REQUIRE(stop == CAIRN_STOP_BUDGET || bench.released);
    }
    cairn_line_get(bench.machine, "soc_ifc.generic_output_wires1", &authorised);
    EXPECT_EQ(authorised, 3);
    EXPECT_EQ(bench.early, 0);
    finish(&bench);
}

TEST(released_roms_boot_the_same_flash)
{
    static const char *const names[] = {
        "caliptra-rom-1.0.1-9342687.bin",
        "caliptra-rom-1.0.3-e8e23d9.bin",
        "caliptra-rom-1.1.1-d6713db.bin",
    };
    const char *folder = getenv("CAIRN_CALIPTRA_ROMS");
    if (folder == NULL) {
        SKIP("CAIRN_CALIPTRA_ROMS is not set");
    }
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        struct bench bench;
        char *path = xasprintf("%s/%s", folder, names[i]);
        test_case("%s", names[i]);
        REQUIRE(start_with(&bench, path));
        EXPECT_EQ(run(&bench), CAIRN_STOP_OFF);
        EXPECT(says(&bench, "hello from EL1"));
        EXPECT(bench.intact);
        EXPECT_EQ(bench.early, 0);
        finish(&bench);
        free(path);
    }
}

/* ---- Other banks -----------------------------------------------------------
 */

/* Puts bytes into the flash of a machine that has not run yet. */
static void write_flash(struct bench *bench, size_t offset, const void *bytes,
                        size_t size)
{
    uint8_t *flash = NULL;
    size_t room = 0;
    EXPECT_EQ(cairn_memory(bench->machine, "boot_flash", &flash, &room), 0);
    EXPECT_EQ(cairn_memory_written(bench->machine, "boot_flash", offset, size),
              0);
    memcpy(flash + offset, bytes, size);
}

/* Copies bank 0 to another and spoils the kernel in bank 0. */
static void move_bank(struct bench *bench, unsigned to)
{
    static const uint8_t spoilt[4] = {0};
    const struct flash_part *kernel =
        flash_bank_find(&bench->flash.banks[0], FLASH_IMAGE_KERNEL);
    size_t from = flash_bank_offset(0);
    write_flash(bench, flash_bank_offset(to), flash_bytes(bench)->bytes + from,
                flash_bytes(bench)->size - from);
    write_flash(bench, from + kernel->offset + 100, spoilt, sizeof(spoilt));
}

TEST(a_refused_bank_gives_way_to_the_accepted_one)
{
    struct bench bench;
    struct buffer metadata = {0};
    REQUIRE(start(&bench));
    bench.flash.metadata.bank_state[1] = FWU_BANK_ACCEPTED;
    bench.flash.metadata.previous = 1;
    fwu_write(&bench.flash.metadata, &metadata);
    write_flash(&bench, FLASH_METADATA_0, metadata.bytes, metadata.size);
    move_bank(&bench, 1);
    EXPECT_EQ(run(&bench), CAIRN_STOP_OFF);
    EXPECT(says(&bench,
                "bank 0: refused: image: the digest is not the "
                "manifest's"));
    EXPECT(says(&bench, "boot MCU: bank 1"));
    EXPECT(says(&bench, "hello from EL1"));
    EXPECT(bench.intact);
    buffer_fini(&metadata);
    finish(&bench);
}

TEST(without_another_bank_recovery_boots)
{
    struct bench bench;
    REQUIRE(start(&bench));
    move_bank(&bench, FLASH_BANK_RECOVERY);
    EXPECT_EQ(run(&bench), CAIRN_STOP_OFF);
    EXPECT(says(&bench, "boot MCU: recovery bank"));
    EXPECT(says(&bench, "hello from EL1"));
    finish(&bench);
}

TEST(damaged_metadata_leads_to_recovery)
{
    static const uint8_t nothing[64] = {0};
    struct bench bench;
    REQUIRE(start(&bench));
    move_bank(&bench, FLASH_BANK_RECOVERY);
    write_flash(&bench, FLASH_METADATA_0, nothing, sizeof(nothing));
    write_flash(&bench, FLASH_METADATA_1, nothing, sizeof(nothing));
    EXPECT_EQ(run(&bench), CAIRN_STOP_OFF);
    EXPECT(says(&bench, "recovery bank, the update metadata is damaged"));
    EXPECT(!says(&bench, "boot MCU: bank 0"));
    finish(&bench);
}

/* ---- Changed flashes ------------------------------------------------------
 */

/* Changes bytes of the flash of a machine at power-on, runs it, and puts
 * everything back. */
static enum cairn_stop run_changed(struct bench *bench,
                                   const struct cairn_snapshot *snapshot,
                                   size_t offset, uint8_t flip)
{
    uint8_t *flash = NULL;
    size_t size = 0;
    buffer_clear(&bench->console);
    bench->released = false;
    EXPECT_EQ(cairn_restore(bench->machine, snapshot, NULL), 0);
    EXPECT_EQ(cairn_memory(bench->machine, "boot_flash", &flash, &size), 0);
    EXPECT_EQ(cairn_memory_written(bench->machine, "boot_flash", offset, 1), 0);
    flash[offset] ^= flip;
    enum cairn_stop stop = run(bench);
    return stop;
}

static size_t part_offset(const struct bench *bench, uint32_t id)
{
    const struct flash_part *part = flash_bank_find(&bench->flash.banks[0], id);
    return flash_bank_offset(0) + (part != NULL ? part->offset : 0);
}

TEST(each_object_that_is_spoilt_is_named_and_nothing_runs)
{
    static const struct {
        const char *what;
        uint32_t id;
        size_t offset;
        const char *reason;
    } cases[] = {
        {"bundle marker",       0,      0,      "bank 0: refused: Caliptra bundle: refused"},
        {"bundle header",       0,      0x1600, "error 0xb000c"                            },
        {"bundle FMC",          0,      0x1700, "error 0xb0014"                            },
        {"manifest marker",     1,      0,      "error 0xe0045"                            },
        {"manifest flags",      1,      12,     "error 0xe0047"                            },
        {"manifest owner",      1,      1876,   "error 0xe0049"                            },
        {"manifest digest",     1,      7190,   "bank 0: refused: SoC manifest: refused"   },
        {"monitor magic",       0x1000, 0,      "image: no header"                         },
        {"monitor address",     0x1000, 27,
         "image: no memory where it wants to go"                                           },
        {"monitor entry",       0x1000, 33,
         "image: the digest is not the manifest's"                                         },
        {"monitor code",        0x1000, 100,
         "image: the digest is not the manifest's"                                         },
        {"kernel code",         0x1001, 80,     "image: the digest is not the manifest's"  },
        {"kernel over monitor", 0x1001, 20,
         "image: the digest is not the manifest's"                                         },
    };
    struct bench bench;
    struct cairn_snapshot *snapshot = NULL;
    REQUIRE(start(&bench));
    REQUIRE(cairn_snapshot(bench.machine, &snapshot, NULL) == 0);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        test_case("%s", cases[i].what);
        EXPECT_EQ(run_changed(
                      &bench, snapshot,
                      part_offset(&bench, cases[i].id) + cases[i].offset, 0x10),
                  CAIRN_STOP_LINE);
        EXPECT(!bench.released);
        EXPECT_EQ(application_instructions(bench.machine), 0);
        if (!EXPECT(says(&bench, cases[i].reason))) {
            printf("%s", buffer_text(&bench.console));
        }
    }
    cairn_snapshot_destroy(snapshot);
    finish(&bench);
}

static uint64_t below(uint64_t *state, uint64_t limit)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state % limit;
}

static uint64_t number_of(const char *variable, uint64_t otherwise)
{
    const char *text = getenv(variable);
    return text != NULL ? strtoull(text, NULL, 0) : otherwise;
}

/* Whatever changes: what runs is what was signed, or nothing does. */
TEST(no_changed_byte_lets_anything_else_run)
{
    uint64_t count = number_of("CAIRN_MUTATIONS", DEFAULT_MUTATIONS);
    uint64_t state = 0x9e3779b97f4a7c15u ^ number_of("CAIRN_SEED", 0);
    struct bench bench;
    struct cairn_snapshot *snapshot = NULL;
    uint64_t refused = 0;
    REQUIRE(start(&bench));
    REQUIRE(cairn_snapshot(bench.machine, &snapshot, NULL) == 0);
    const struct flash_bank *bank = &bench.flash.banks[0];
    for (uint64_t i = 0; i < count; i++) {
        size_t object = (size_t)below(&state, bank->count + 2u);
        size_t offset = object < bank->count
                            ? flash_bank_offset(0) +
                                  bank->parts[object].offset +
                                  below(&state, bank->parts[object].size)
                        : object == bank->count
                            ? flash_bank_offset(0) + below(&state, 0x100)
                            : FLASH_METADATA_0 + below(&state, 0x80);
        uint8_t flip = (uint8_t)(1 + below(&state, 255));
        test_case("offset 0x%zx ^ 0x%02x", offset, flip);
        enum cairn_stop stop = run_changed(&bench, snapshot, offset, flip);
        EXPECT(stop == CAIRN_STOP_OFF || stop == CAIRN_STOP_LINE);
        EXPECT_EQ(stop == CAIRN_STOP_OFF, bench.released);
        EXPECT(!bench.released || bench.intact);
        EXPECT(bench.released || application_instructions(bench.machine) == 0);
        EXPECT(bench.released || says(&bench, "refused: "));
        refused += !bench.released;
    }
    EXPECT(refused > count / 3);
    printf("%llu of %llu changed flashes were refused\n",
           (unsigned long long)refused, (unsigned long long)count);
    cairn_snapshot_destroy(snapshot);
    finish(&bench);
}
