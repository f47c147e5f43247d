/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a boot flash and its fuses, and capsules in the flash. */
#include "session/flash.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "abi/aspeed_image.h"
#include "abi/flash_image.h"
#include "base/bits.h"
#include "host/file.h"
#include "tests/harness.h"
#include "tests/own_path.h"

OWN_PATH(flash_path, "", "flash")
OWN_PATH(fuse_path, "", "fuses")
OWN_PATH(capsule_path, "", "capsule")

static const struct session_roles roles = {
    .names = {
              [SESSION_BOOT_FLASH] = "boot_flash", [SESSION_FUSES] = "soc_fuses"}
};

struct bench {
    struct cairn_machine *machine;
    uint8_t *bytes; /* of the flash */
    size_t size;
};

static bool set_up(struct bench *bench, const char *board)
{
    const struct cairn_options options = {.size = sizeof(struct cairn_options),
                                          .board = board};

    *bench = (struct bench){0};
    bool made = EXPECT_EQ(cairn_create(&options, &bench->machine, NULL), 0);
    (void)cairn_memory(bench->machine, "boot_flash", &bench->bytes,
                       &bench->size);
    return made;
}

/* A flash is as long as what was written of it, fuses are whole. */
TEST(new_files_are_of_what_was_written)
{
    static const struct {
        bool wanted;
        size_t last; /* byte of the flash that is written */
    } rows[] = {
        {true,  77},
        {false, 77},
    };
    const struct session_options options = {.flash = flash_path,
                                            .new_flash = true,
                                            .fuse_array = fuse_path,
                                            .new_fuse_array = true};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct session_flash flash = {0};
        struct session_error error = {0};
        struct buffer file = {0};
        struct bench bench;
        uint8_t *fuses = NULL;
        size_t size = 0;

        test_case("row %zu", i);
        REQUIRE(set_up(&bench, "trust"));
        memset(bench.bytes, 0xff, bench.size);
        bench.bytes[rows[i].last] = 0;
        EXPECT_EQ(cairn_memory(bench.machine, "soc_fuses", &fuses, &size), 0);
        EXPECT_EQ(session_flash_load(&flash, &options, &roles, rows[i].wanted,
                                     &error),
                  0);
        EXPECT_EQ(session_flash_save(&flash, bench.machine, NULL), 0);
        EXPECT_EQ(access(flash_path, F_OK) == 0, rows[i].wanted);
        EXPECT_EQ(access(fuse_path, F_OK) == 0, rows[i].wanted);
        if (rows[i].wanted) {
            EXPECT_EQ(file_read(flash_path, 1 << 20, &file, NULL), 0);
            EXPECT_EQ(file.size, rows[i].last + 1);
            buffer_clear(&file);
            EXPECT_EQ(file_read(fuse_path, 1 << 20, &file, NULL), 0);
            EXPECT_EQ(file.size, size);
        }
        buffer_fini(&file);
        session_flash_fini(&flash);
        cairn_destroy(bench.machine);
        unlink(flash_path);
        unlink(fuse_path);
    }
}

TEST(a_capsule_is_delivered_in_erased_blocks)
{
    static const struct {
        const char *board;
        size_t size;
        size_t blocks;  /* that are erased */
        uint32_t magic; /* of the flash */
        int loads, code;
    } rows[] = {
        {"trust", 0,                      0,                                     0,                     -EIO, 0      },
        {"trust", 1,                      1,                                     0,                     0,    0      },
        {"trust", FLASH_ERASE_SIZE,       1,                                     0,                     0,    0      },
        {"trust", FLASH_ERASE_SIZE + 1,   2,                                     0,                     0,    0      },
        {"trust", FLASH_CAPSULE_SIZE,     FLASH_CAPSULE_SIZE / FLASH_ERASE_SIZE, 0,
         0,                                                                                                   0      },
        {"trust", FLASH_CAPSULE_SIZE + 1, 0,                                     0,                     -EIO, 0      },
        {"trust", 1,                      1,                                     ASPEED_FMC_MAGIC,      0,    -EINVAL},
        {"trust", 1,                      1,                                     FLASH_DIRECTORY_MAGIC, 0,    -EINVAL},
        {"virt",  1,                      1,                                     0,                     0,    -ENOENT},
    };
    const struct session_options options = {.capsule = capsule_path};

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const size_t blocks = rows[i].blocks * FLASH_ERASE_SIZE;
        struct session_flash flash = {0};
        struct session_error error = {0};
        struct cairn_error why = {""};
        struct buffer file = {0};
        struct bench bench;

        REQUIRE(set_up(&bench, rows[i].board));
        if (bench.bytes) {
            memset(bench.bytes + FLASH_CAPSULE - 1, 0x55,
                   bench.size - FLASH_CAPSULE + 1);
            store_le32(bench.bytes, rows[i].magic);
        }
        buffer_append_zeros(&file, rows[i].size);
        EXPECT_EQ(file_write(capsule_path, file.bytes, file.size, NULL), 0);
        int code = session_flash_load(&flash, &options, &roles, true, &error);
        test_case("row %zu: %s", i, error.text);
        EXPECT_EQ(code, rows[i].loads);
        if (code == 0) {
            EXPECT_STR(flash.capsule_name, strrchr(capsule_path, '/') + 1);
            EXPECT_EQ(session_flash_deliver(&flash, bench.machine, &why),
                      rows[i].code);
            EXPECT_EQ(why.text[0] != '\0', rows[i].code != 0);
        }
        EXPECT(code != 0 || rows[i].code != 0 || bench.bytes);
        if (code == 0 && rows[i].code == 0 && bench.bytes) {
            const uint8_t *at = bench.bytes + FLASH_CAPSULE;

            EXPECT_EQ(at[-1], 0x55);
            EXPECT_EQ(memcmp(at, file.bytes, file.size), 0);
            for (size_t n = file.size; n < blocks; n++) {
                EXPECT_EQ(at[n], 0xff);
            }
            EXPECT(FLASH_CAPSULE + blocks == bench.size || at[blocks] == 0x55);
        }
        buffer_fini(&file);
        session_flash_fini(&flash);
        cairn_destroy(bench.machine);
    }
    unlink(capsule_path);
}
