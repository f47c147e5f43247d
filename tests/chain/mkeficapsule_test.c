/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Updates of board trust by capsules that U-Boot's mkeficapsule made, with keys
 * that OpenSSL made: the boot MCU takes them as they are. The tool sets no
 * version, so the payload starts with the header that has one.
 */
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi/boot_mcu.h"
#include "abi/uefi_capsule.h"
#include "base/bits.h"
#include "host/file.h"
#include "tests/chain/trust_board.h"
#include "tests/chain/trust_capsule.h"
#include "tests/harness.h"
#include "trust/capsule/guid.h"

enum { FLOOR = 1, FILE_MAX = 1 << 20 };

static char folder[] = "/tmp/cairn-mkeficapsule-XXXXXX";

/* Runs a command line in the tests' folder; true when it succeeds. */
static bool shell(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

static bool shell(const char *format, ...)
{
    struct buffer line = {0};
    va_list args;
    buffer_print(&line, "cd %s && exec >log 2>&1; ", folder);
    va_start(args, format);
    buffer_vprint(&line, format, args);
    va_end(args);
    /* NOLINTNEXTLINE(cert-env33-c): the tools are the oracle */
    bool done = system(buffer_text(&line)) == 0;
    buffer_fini(&line);
    return done;
}

static void remove_folder(void)
{
    (void)shell("rm -rf %s", folder);
}

/* Makes the folder with the keys and certificates "good" and "other". */
static bool prepare(void)
{
    static bool made;
    if (!made) {
        made = mkdtemp(folder) != NULL && atexit(remove_folder) == 0 &&
               shell(
                   "for name in good other; do openssl req -x509 -newkey "
                   "rsa:2048 -nodes -keyout $name.key -out $name.pem -days "
                   "3650 -subj /CN=$name || exit 1; done");
    }
    return made && shell("command -v mkeficapsule");
}

#define NEED_TOOL                                                              \
    do {                                                                       \
        if (!prepare()) {                                                      \
            SKIP("mkeficapsule is not installed (package u-boot-tools)");      \
        }                                                                      \
    } while (0)

static char *path_of(const char *name)
{
    return xasprintf("%s/%s", folder, name);
}

/* SHA-256 of the certificate "good", for the fuses. */
static void digest_signer(uint8_t digest[32])
{
    char *path = path_of("good.pem");
    FILE *file = fopen(path, "r");
    X509 *certificate =
        file != NULL ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
    unsigned size = 32;
    EXPECT(certificate != NULL &&
           X509_digest(certificate, EVP_sha256(), digest, &size) == 1);
    X509_free(certificate);
    if (file != NULL) {
        fclose(file);
    }
    free(path);
}

static bool start(struct trust_board *board)
{
    if (!trust_board_read(board)) {
        return false;
    }
    trust_capsule_fuses(board, FLOOR);
    digest_signer(board->images[TRUST_FUSES].bytes + BOOT_MCU_FUSES_SIGNER);
    return trust_board_start(board);
}

/* The file "set": version 5, lowest 4, behind the header that says so. */
static void write_set(const struct trust_board *board)
{
    const struct uefi_fmp_payload_header header = {
        .signature = UEFI_FMP_PAYLOAD_SIGNATURE,
        .header_size = sizeof(header),
        .version = 5,
        .lowest_supported_version = 4,
    };
    OWNED(buffer_fini) struct buffer set = {0};
    OWNED(free_at) char *path = path_of("set");
    buffer_append(&set, &header, sizeof(header));
    trust_capsule_set(board, header.version, false, &set);
    EXPECT_EQ(file_write(path, set.bytes, set.size, NULL), 0);
}

/* The tool's words for this board's component. */
static char *type_of(const struct trust_board *board)
{
    char text[GUID_TEXT_SIZE];
    guid_print(&board->flash.metadata.images[0].image_type, text);
    return xstrdup(text);
}

static void deliver(struct trust_board *board, const char *name)
{
    OWNED(buffer_fini) struct buffer capsule = {0};
    OWNED(free_at) char *path = path_of(name);
    EXPECT_EQ(file_read(path, FILE_MAX, &capsule, NULL), 0);
    trust_capsule_deliver(board, &capsule);
}

FIXTURE(struct trust_board, board, trust_board_finish)

TEST_BEGINS(a_capsule_that_mkeficapsule_signed_is_installed, board)
{
    NEED_TOOL;
    REQUIRE(start(board));
    OWNED(free_at) char *type = type_of(board);
    write_set(board);
    REQUIRE(
        shell("mkeficapsule -g %s -i 1 -m 7 -p good.key -c good.pem "
              "set signed",
              type));
    deliver(board, "signed");
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT_SAYS(board, "update: bank 1 gets the new set");
    EXPECT_SAYS(board, "update: bank 1 is accepted");
    EXPECT_SAYS(board, "boot MCU: bank 1");
    EXPECT_SAYS(board, "hello from EL1");
    EXPECT(board->intact);
    EXPECT_EQ(trust_board_floor(board), 4);
    deliver(board, "signed");
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT_SAYS(board, "refused: capsule: its version is active already");
}

TEST_BEGINS(mkeficapsules_unsigned_and_strangers_capsules_are_refused, board)
{
    static const struct {
        const char *options;
        const char *why;
    } cases[] = {
        {"",                                       "refused: capsule: not signed"},
        {"-m 7 -p other.key -c other.pem",
         "refused: capsule: signed by somebody else"                             },
        {"-I 1 -m 7 -p good.key -c good.pem -i 2",
         "refused: capsule: for another component"                               },
    };
    NEED_TOOL;
    REQUIRE(start(board));
    OWNED(free_at) char *type = type_of(board);
    write_set(board);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        test_case("%s", cases[i].why);
        REQUIRE(shell("mkeficapsule -g %s -i 1 %s set refused", type,
                      cases[i].options));
        deliver(board, "refused");
        uint32_t before = trust_board_operations(board);
        EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
        EXPECT_SAYS(board, cases[i].why);
        EXPECT_SAYS(board, "boot MCU: bank 0");
        EXPECT_EQ(trust_board_operations(board), before);
        EXPECT_EQ(trust_board_floor(board), FLOOR);
    }
}

/* On trial by a flag that the tool does not set; blessed, or taken back, by its
 * empty capsules. */
TEST(mkeficapsules_empty_capsules_accept_and_revert_a_trial)
{
    static const struct {
        const char *says;
        const char *bank;
        uint32_t floor;
    } cases[] = {
        {"update: bank 1 is accepted",     "boot MCU: bank 1", 4    },
        {"update: bank 0 is active again", "boot MCU: bank 0", FLOOR},
    };
    NEED_TOOL;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(trust_board_finish) struct trust_board board = {0};
        test_case("%s", cases[i].says);
        REQUIRE(start(&board));
        OWNED(free_at) char *type = type_of(&board);
        write_set(&board);
        REQUIRE(
            shell("mkeficapsule -g %s -i 1 -m 7 -p good.key -c good.pem "
                  "set trial && printf '\\200' | dd of=trial bs=1 seek=21 "
                  "conv=notrunc",
                  type));
        deliver(&board, "trial");
        EXPECT_EQ(trust_board_boot(&board), CAIRN_STOP_OFF);
        EXPECT_SAYS(&board, "update: boot 1 of 3 on trial");
        EXPECT_EQ(trust_board_floor(&board), FLOOR);
        REQUIRE(i == 0 ? shell("mkeficapsule -A -g %s empty", type)
                       : shell("mkeficapsule -R empty"));
        deliver(&board, "empty");
        EXPECT_EQ(trust_board_boot(&board), CAIRN_STOP_OFF);
        EXPECT_SAYS(&board, cases[i].says);
        EXPECT_SAYS(&board, cases[i].bank);
        EXPECT_EQ(trust_board_floor(&board), cases[i].floor);
    }
}
