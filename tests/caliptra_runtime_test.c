/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The black-box suite of our Caliptra runtime: each behaviour below is tried
 * behind our own ROM and behind released ones, which CAIRN_CALIPTRA_ROMS names
 * the folder of. Codes are those of the released runtime 1.2; what is right
 * is decided by trust/ and by OpenSSL, which share no code with the guest.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/caliptra.h"
#include "abi/caliptra_runtime.h"
#include "abi/caliptra_soc_manifest.h"
#include "base/bits.h"
#include "crypto/sha2.h"
#include "host/file.h"
#include "tests/caliptra_soc.h"
#include "tests/harness.h"
#include "trust/caliptra_bundle.h"
#include "trust/elf_image.h"
#include "trust/soc_manifest.h"

#define GUESTS "build/out/guest/caliptra/"
#define LIMIT  20000000ull

enum { DATA_READY = 1, COMPLETE = 2, FAILURE = 3 };
enum { OTHER_USER = 2 };

/* The second word of the generic output wires. */
#define GATES 0x300300d0u

static const struct rom {
    const char *file;
    const char *board;
    bool released;
} roms[] = {
    {"rom.bin",                        "caliptra-1.1", false},
    {"rom.bin",                        "caliptra-1.0", false},
    {"caliptra-rom-1.0.3-e8e23d9.bin", "caliptra-1.0", true },
    {"caliptra-rom-1.1.1-d6713db.bin", "caliptra-1.1", true },
};

/* ---- What all tests share: keys and firmware, made once ----------------- */

/* Rings that live over all tests: their LMS trees take seconds. */
static struct key_ring *ring(const char *seed)
{
    static struct key_ring rings[2];
    struct key_ring *ring = &rings[strcmp(seed, "bundle") != 0];
    if (!ring->development) {
        struct keys_options options = {
            .seed = seed,
            .seed_size = strlen(seed),
            .vendor_lms_count = 1,
            .owner_lms = true,
        };
        EXPECT_EQ(keys_generate(ring, &options, NULL), 0);
        ring->development = true;
    }
    return ring;
}

static bool read_image(const char *name, struct elf_image *image)
{
    struct buffer file = {0};
    struct error error = {0};
    char path[128];

    snprintf(path, sizeof(path), GUESTS "%s", name);
    if (file_read(path, 1 << 20, &file, &error) ||
        elf_image_read(image, file.bytes, file.size, 1 << 17, &error)) {
        printf("%s\n", error.text);
        return false;
    }
    buffer_fini(&file);
    return true;
}

static struct caliptra_image image_of(const struct elf_image *elf)
{
    return (struct caliptra_image){
        .bytes = elf->bytes.bytes,
        .size = elf->bytes.size,
        .load_address = (uint32_t)elf->load_address,
        .entry_point = (uint32_t)elf->entry_point,
        .svn = 5,
    };
}

static bool pack(struct caliptra_pack *recipe)
{
    static struct elf_image fmc;
    static struct elf_image runtime;

    if (!fmc.bytes.bytes &&
        !(read_image("fmc.elf", &fmc) && read_image("runtime.elf", &runtime))) {
        return false;
    }
    caliptra_pack_init(recipe, CALIPTRA_1_1);
    recipe->fmc = image_of(&fmc);
    recipe->runtime = image_of(&runtime);
    recipe->signing.keys = ring("bundle");
    recipe->signing.lms = true;
    recipe->pl0_pauser = SOC_USER;
    memset(recipe->fmc.revision, 0xf0, sizeof(recipe->fmc.revision));
    memset(recipe->runtime.revision, 0x0f, sizeof(recipe->runtime.revision));
    return true;
}

struct bench {
    struct soc soc;
    struct buffer rom;
    struct buffer bytes; /* of the bundle */
    struct caliptra_bundle bundle;
    struct fuses fuses;
};

/* 1 found, 0 not at hand, -1 unreadable. */
static int find_rom(const struct rom *rom, struct buffer *bytes)
{
    const char *folder = rom->released ? getenv("CAIRN_CALIPTRA_ROMS") : GUESTS;
    struct error error = {0};
    char path[512];

    if (!folder) {
        return 0;
    }
    snprintf(path, sizeof(path), "%s/%s", folder, rom->file);
    if (file_read(path, 1 << 16, bytes, &error)) {
        printf("%s\n", error.text);
        return -1;
    }
    return 1;
}

static bool write_bundle(struct bench *bench, const struct caliptra_pack *pack)
{
    struct error error = {0};

    if (caliptra_bundle_write(pack, &bench->bytes, &error) ||
        caliptra_bundle_read(&bench->bundle, bench->bytes.bytes,
                             bench->bytes.size, &error)) {
        printf("%s\n", error.text);
        return false;
    }
    fuses_init(&bench->fuses);
    caliptra_bundle_key_hashes(&bench->bundle, bench->fuses.vendor_key_hash,
                               bench->fuses.owner_key_hash);
    return true;
}

static bool boot(struct bench *bench)
{
    return EXPECT_EQ(soc_boot(&bench->soc, &bench->fuses, &bench->bytes), 0) &&
           EXPECT(soc_wait(&bench->soc, "soc_ifc.ready_for_runtime", 1, LIMIT));
}

/* A part that runs our firmware, up to its runtime. */
static bool set_up_as(struct bench *bench, const struct rom *rom, bool lms,
                      uint32_t pl0_pauser)
{
    struct caliptra_pack recipe;

    memset(bench, 0, sizeof(*bench));
    int found = find_rom(rom, &bench->rom);
    if (found == 0) {
        test_skip("CAIRN_CALIPTRA_ROMS is not set");
        return false;
    }
    if (!EXPECT(found == 1) || !EXPECT(pack(&recipe))) {
        return false;
    }
    recipe.pl0_pauser = pl0_pauser;
    if (!EXPECT(write_bundle(bench, &recipe))) {
        return false;
    }
    bench->fuses.lms_verify = lms;
    return EXPECT(soc_create(&bench->soc, rom->board, &bench->rom)) &&
           boot(bench);
}

static bool set_up(struct bench *bench, const struct rom *rom)
{
    return set_up_as(bench, rom, false, SOC_USER);
}

static void tear_down(struct bench *bench)
{
    if (bench->soc.machine) {
        EXPECT_EQ(soc_read(&bench->soc, FW_ERROR_FATAL), 0);
        EXPECT_EQ(soc_read(&bench->soc, HW_ERROR_FATAL), 0);
        EXPECT_EQ(soc_read(&bench->soc, HW_ERROR_NON_FATAL), 0);
        EXPECT_EQ(cairn_unmodelled_count(bench->soc.machine), 0);
        soc_destroy(&bench->soc);
    }
    buffer_fini(&bench->bytes);
    buffer_fini(&bench->rom);
}

/* ---- Commands ------------------------------------------------------------ */

struct answer {
    uint32_t code; /* CPTRA_FW_ERROR_NON_FATAL */
    uint32_t size;
    uint8_t bytes[8192];
};

static uint32_t sum(const void *bytes, size_t size)
{
    uint32_t total = 0;
    for (size_t i = 0; i < size; i++) {
        total += ((const uint8_t *)bytes)[i];
    }
    return total;
}

static void read_answer(struct bench *bench, struct answer *answer)
{
    answer->size = soc_read(&bench->soc, MBOX_DLEN);
    if (!EXPECT(answer->size >= 8 && answer->size <= sizeof(answer->bytes))) {
        answer->size = 0;
        return;
    }
    for (uint32_t i = 0; i < answer->size; i += 4) {
        store_le32(answer->bytes + i, soc_read(&bench->soc, MBOX_DATAOUT));
    }
    EXPECT_EQ(
        load_le32(answer->bytes) + sum(answer->bytes + 4, answer->size - 4), 0);
    EXPECT_EQ(load_le32(answer->bytes + 4), 0); /* FIPS: approved */
}

/* Sends a request as it is: the status, with the answer or the error. */
static unsigned send(struct bench *bench, uint32_t command, const void *request,
                     size_t size, struct answer *answer)
{
    memset(answer, 0, sizeof(*answer));
    if (!EXPECT(soc_mailbox_send(&bench->soc, command, request, size))) {
        return 0;
    }
    unsigned status = soc_mailbox_wait(&bench->soc, LIMIT);
    if (status == DATA_READY) {
        read_answer(bench, answer);
    }
    answer->code = soc_read(&bench->soc, FW_ERROR_NON_FATAL);
    EXPECT((status == FAILURE) == (answer->code != 0));
    soc_mailbox_finish(&bench->soc);
    return status;
}

/* The same with the checksum put in; the request starts with it. */
static unsigned command(struct bench *bench, uint32_t code, void *request,
                        size_t size, struct answer *answer)
{
    uint8_t name[4];
    store_le32(name, code);
    store_le32(request,
               0u - sum(name, 4) - sum((uint8_t *)request + 4, size - 4));
    return send(bench, code, request, size, answer);
}

static void expect_refused(struct bench *bench, uint32_t code, void *request,
                           size_t size, uint32_t error)
{
    struct answer answer;
    EXPECT_EQ(command(bench, code, request, size, &answer), FAILURE);
    EXPECT_EQ(answer.code, error);
}

/* ---- SoC manifest -------------------------------------------------------- */

static const struct caliptra_soc_image images[] = {
    {0x1001, CALIPTRA_SOC_SOURCE_IN_REQUEST, {1, 2, 3}},
    {0x1000, CALIPTRA_SOC_SOURCE_IN_REQUEST, {4, 5, 6}},
    {0x101f, CALIPTRA_SOC_IGNORE_AUTH_CHECK, {0}      },
    {0x2000, CALIPTRA_SOC_IGNORE_AUTH_CHECK, {0}      },
};

/* Behind room for the head of the request. */
static bool write_manifest(const struct bench *bench, bool vendor_signs,
                           const struct caliptra_soc_image *list, size_t count,
                           struct buffer *out)
{
    const struct caliptra_signing signing = {.keys = ring("bundle"),
                                             .lms = true};
    struct soc_manifest_pack recipe;
    struct error error = {0};

    (void)bench;
    soc_manifest_pack_init(&recipe, &signing);
    recipe.keys = ring("manifest");
    recipe.vendor_signs = vendor_signs;
    recipe.images = list;
    recipe.count = count;
    buffer_clear(out);
    buffer_append_zeros(out, 8);
    return EXPECT_EQ(soc_manifest_write(&recipe, out, &error), 0);
}

/* The code for the first size bytes of a manifest. */
static uint32_t set_manifest(struct bench *bench, struct buffer *manifest,
                             size_t size)
{
    struct answer answer;
    store_le32(manifest->bytes + 4, (uint32_t)size);
    unsigned status = command(bench, CALIPTRA_CMD_SET_AUTH_MANIFEST,
                              manifest->bytes, 8 + size, &answer);
    EXPECT_EQ(status, answer.code ? FAILURE : DATA_READY);
    return answer.code;
}

static struct caliptra_authorize_request
authorisation(uint32_t id, const uint8_t *digest, size_t size)
{
    struct caliptra_authorize_request request = {
        .firmware_id = id,
        .source = CALIPTRA_SOC_SOURCE_IN_REQUEST,
    };
    memcpy(request.measurement, digest, size);
    return request;
}

/* What the runtime says about an image whose digest starts with first. */
static uint32_t authorise(struct bench *bench, uint32_t id, uint8_t first)
{
    const uint8_t digest[] = {first, (uint8_t)(first + 1),
                              (uint8_t)(first + 2)};
    struct caliptra_authorize_request request =
        authorisation(id, digest, sizeof(digest));
    struct answer answer;
    EXPECT_EQ(command(bench, CALIPTRA_CMD_AUTHORIZE_AND_STASH, &request,
                      sizeof(request), &answer),
              DATA_READY);
    EXPECT_EQ(answer.size, 12);
    return load_le32(answer.bytes + 8);
}

static void authorises_what_the_manifest_lists(const struct rom *rom)
{
    struct bench bench;
    struct buffer manifest = {0};

    if (set_up(&bench, rom)) {
        EXPECT_EQ(authorise(&bench, 0x1000, 4), CALIPTRA_IMAGE_NOT_AUTHORISED);
        write_manifest(&bench, true, images, ARRAY_SIZE(images), &manifest);
        EXPECT_EQ(set_manifest(&bench, &manifest, manifest.size - 8), 0);
        EXPECT_EQ(soc_read(&bench.soc, GATES), 0);
        EXPECT_EQ(authorise(&bench, 0x1000, 5), CALIPTRA_IMAGE_HASH_MISMATCH);
        EXPECT_EQ(authorise(&bench, 0x1002, 4), CALIPTRA_IMAGE_NOT_AUTHORISED);
        EXPECT_EQ(soc_read(&bench.soc, GATES), 0);
        EXPECT_EQ(authorise(&bench, 0x1000, 4), CALIPTRA_IMAGE_AUTHORISED);
        EXPECT_EQ(soc_read(&bench.soc, GATES), 1);
        EXPECT_EQ(authorise(&bench, 0x2000, 9), CALIPTRA_IMAGE_AUTHORISED);
        EXPECT_EQ(soc_read(&bench.soc, GATES), 1);
        EXPECT_EQ(authorise(&bench, 0x101f, 9), CALIPTRA_IMAGE_AUTHORISED);
        EXPECT_EQ(authorise(&bench, 0x1001, 1), CALIPTRA_IMAGE_AUTHORISED);
        EXPECT_EQ(soc_read(&bench.soc, GATES), 0x80000003);
        test_case("a refusal takes the permission back");
        EXPECT_EQ(authorise(&bench, 0x1000, 3), CALIPTRA_IMAGE_HASH_MISMATCH);
        EXPECT_EQ(soc_read(&bench.soc, GATES), 0x80000002);
    }
    buffer_fini(&manifest);
    tear_down(&bench);
}

static void
another_manifest_takes_back_what_it_does_not_allow(const struct rom *rom)
{
    static const struct caliptra_soc_image next[] = {
        {0x1000, CALIPTRA_SOC_SOURCE_IN_REQUEST, {4, 5, 6}},
        {0x1001, CALIPTRA_SOC_SOURCE_IN_REQUEST, {1, 2, 4}},
    };
    struct bench bench;
    struct buffer manifest = {0};

    if (set_up(&bench, rom)) {
        write_manifest(&bench, true, images, ARRAY_SIZE(images), &manifest);
        EXPECT_EQ(set_manifest(&bench, &manifest, manifest.size - 8), 0);
        EXPECT_EQ(authorise(&bench, 0x1000, 4), CALIPTRA_IMAGE_AUTHORISED);
        EXPECT_EQ(authorise(&bench, 0x1001, 1), CALIPTRA_IMAGE_AUTHORISED);
        EXPECT_EQ(authorise(&bench, 0x101f, 7), CALIPTRA_IMAGE_AUTHORISED);
        test_case("a bad manifest changes nothing");
        manifest.bytes[8 + 7168 + 12] ^= 1;
        EXPECT_EQ(set_manifest(&bench, &manifest, manifest.size - 8),
                  0x000e0047);
        EXPECT_EQ(soc_read(&bench.soc, GATES), 0x80000003);
        test_case("a good one keeps what is in it");
        write_manifest(&bench, false, next, ARRAY_SIZE(next), &manifest);
        EXPECT_EQ(set_manifest(&bench, &manifest, manifest.size - 8), 0);
        EXPECT_EQ(soc_read(&bench.soc, GATES), 1);
        EXPECT_EQ(authorise(&bench, 0x101f, 7), CALIPTRA_IMAGE_NOT_AUTHORISED);
    }
    buffer_fini(&manifest);
    tear_down(&bench);
}

static void
the_manifest_outlives_a_warm_reset_the_wires_do_not(const struct rom *rom)
{
    struct bench bench;
    struct buffer manifest = {0};

    if (set_up(&bench, rom)) {
        write_manifest(&bench, true, images, ARRAY_SIZE(images), &manifest);
        EXPECT_EQ(set_manifest(&bench, &manifest, manifest.size - 8), 0);
        EXPECT_EQ(authorise(&bench, 0x1000, 4), CALIPTRA_IMAGE_AUTHORISED);
        EXPECT(soc_warm_reset(&bench.soc));
        EXPECT(soc_wait(&bench.soc, "soc_ifc.ready_for_runtime", 1, LIMIT));
        EXPECT_EQ(soc_read(&bench.soc, GATES), 0);
        EXPECT_EQ(authorise(&bench, 0x1000, 4), CALIPTRA_IMAGE_AUTHORISED);
        EXPECT_EQ(soc_read(&bench.soc, GATES), 1);
        test_case("a cold boot forgets it");
        boot(&bench);
        EXPECT_EQ(authorise(&bench, 0x1000, 4), CALIPTRA_IMAGE_NOT_AUTHORISED);
    }
    buffer_fini(&manifest);
    tear_down(&bench);
}

static void compare(struct bench *bench, struct buffer *manifest, size_t size)
{
    struct caliptra_verdict verdict;
    soc_manifest_verify(manifest->bytes + 8, size, &bench->bundle,
                        bench->fuses.lms_verify != 0, &verdict);
    EXPECT_EQ(set_manifest(bench, manifest, size), verdict.code);
}

/* A bit in each field, and cuts. */
static void judges_manifests_as_the_host_does(const struct rom *rom, bool lms)
{
    static const size_t places[] = {
        0,    4,    8,    12,   16,   64,       112,      120,  128,  160,
        208,  256,  300,  1000, 1520, 1876,     1980,     2020, 2200, 3740,
        3900, 5452, 5600, 7100, 7168, 7168 + 3, 7168 + 4, 7176, 7180, 7391};
    struct bench bench;
    struct buffer manifest = {0};

    if (set_up_as(&bench, rom, lms, SOC_USER)) {
        write_manifest(&bench, true, images, ARRAY_SIZE(images), &manifest);
        size_t size = manifest.size - 8;
        compare(&bench, &manifest, size);
        for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
            test_case("offset %zu", places[i]);
            manifest.bytes[8 + places[i]] ^= 4;
            compare(&bench, &manifest, size);
            manifest.bytes[8 + places[i]] ^= 4;
        }
        for (size_t i = 0; i < 7; i++) {
            const size_t sizes[] = {0,    3,        7167,     7168,
                                    7171, size - 1, size - 56};
            test_case("the first %zu bytes", sizes[i]);
            compare(&bench, &manifest, sizes[i]);
        }
        test_case("the owner alone signs");
        write_manifest(&bench, false, images, 1, &manifest);
        compare(&bench, &manifest, manifest.size - 8);
        manifest.bytes[8 + 7180] ^= 1;
        compare(&bench, &manifest, manifest.size - 8);
    }
    buffer_fini(&manifest);
    tear_down(&bench);
}

static void judges_manifests_as_the_host_does_with_ecc(const struct rom *rom)
{
    judges_manifests_as_the_host_does(rom, false);
}

static void judges_manifests_as_the_host_does_with_lms(const struct rom *rom)
{
    judges_manifests_as_the_host_does(rom, true);
}

static void takes_as_many_images_as_there_may_be(const struct rom *rom)
{
    static struct caliptra_soc_image list[CALIPTRA_SOC_IMAGES_MAX];
    struct bench bench;
    struct buffer manifest = {0};

    for (uint32_t i = 0; i < ARRAY_SIZE(list); i++) {
        list[i] = (struct caliptra_soc_image){.firmware_id = 0x1000 + 3 * i,
                                              .digest = {(uint8_t)i}};
    }
    if (set_up(&bench, rom)) {
        write_manifest(&bench, true, list, ARRAY_SIZE(list), &manifest);
        EXPECT_EQ(set_manifest(&bench, &manifest, manifest.size - 8), 0);
        struct caliptra_authorize_request request =
            authorisation(0x1000 + 3 * 126, (const uint8_t[]){126}, 1);
        struct answer answer;
        EXPECT_EQ(command(&bench, CALIPTRA_CMD_AUTHORIZE_AND_STASH, &request,
                          sizeof(request), &answer),
                  DATA_READY);
        EXPECT_EQ(load_le32(answer.bytes + 8), CALIPTRA_IMAGE_AUTHORISED);
        test_case("sizes that do not fit the request");
        store_le32(manifest.bytes + 4, (uint32_t)manifest.size);
        expect_refused(&bench, CALIPTRA_CMD_SET_AUTH_MANIFEST, manifest.bytes,
                       manifest.size, 0x000e0009);
        store_le32(manifest.bytes + 4, CALIPTRA_AUTH_MANIFEST_MAX + 1);
        expect_refused(&bench, CALIPTRA_CMD_SET_AUTH_MANIFEST, manifest.bytes,
                       manifest.size, 0x000e0009);
        expect_refused(&bench, CALIPTRA_CMD_SET_AUTH_MANIFEST, manifest.bytes,
                       4, 0x000e0009);
    }
    buffer_fini(&manifest);
    tear_down(&bench);
}

/* ---- Refusals of all commands -------------------------------------------- */

static void refuses_what_no_command_is(const struct rom *rom)
{
    static uint8_t request[14352];
    struct bench bench;
    struct answer answer;

    if (set_up(&bench, rom)) {
        expect_refused(&bench, 0xabcd1234, request, 4, 0x000e0002);
        test_case("checksum");
        EXPECT_EQ(send(&bench, CALIPTRA_CMD_VERSION, request, 4, &answer),
                  FAILURE);
        EXPECT_EQ(answer.code, 0x000e0005);
        test_case("no checksum");
        EXPECT_EQ(send(&bench, CALIPTRA_CMD_VERSION, request, 0, &answer),
                  FAILURE);
        EXPECT_EQ(answer.code, 0x000e0009);
        EXPECT_EQ(send(&bench, CALIPTRA_CMD_VERSION, request, 3, &answer),
                  FAILURE);
        EXPECT_EQ(answer.code, 0x000e0009);
        test_case("too long for any command");
        expect_refused(&bench, CALIPTRA_CMD_VERSION, request, 14348,
                       0x000e0003);
        test_case("as long as any may be");
        expect_refused(&bench, CALIPTRA_CMD_VERSION, request, 14344,
                       0x000e0009);
        test_case("too long by a byte");
        expect_refused(&bench, CALIPTRA_CMD_VERSION, request, 5, 0x000e0009);
        test_case("and goes on");
        EXPECT_EQ(command(&bench, CALIPTRA_CMD_VERSION, request, 4, &answer),
                  DATA_READY);
        EXPECT_EQ(answer.code, 0);
    }
    tear_down(&bench);
}

static void knows_which_sizes_requests_have(const struct rom *rom)
{
    static const struct {
        uint32_t code;
        size_t size;
        uint32_t error;
    } cases[] = {
        {CALIPTRA_CMD_CAPABILITIES,        4,   0x000e0009},
        {CALIPTRA_CMD_STASH_MEASUREMENT,   108, 0x000e0003},
        {CALIPTRA_CMD_AUTHORIZE_AND_STASH, 116, 0x000e0003},
    };
    uint8_t request[2048] = {0};
    struct bench bench;

    if (set_up(&bench, rom)) {
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
            test_case("0x%08x", cases[i].code);
            expect_refused(&bench, cases[i].code, request, cases[i].size + 1,
                           cases[i].error);
            if (cases[i].size > 4) {
                expect_refused(&bench, cases[i].code, request,
                               cases[i].size - 1, cases[i].error);
            }
        }
    }
    tear_down(&bench);
}

static void level_1_neither_stashes_nor_opens_gates(const struct rom *rom)
{
    struct caliptra_stash_request measurement = {0};
    struct bench bench;
    struct buffer manifest = {0};

    if (set_up_as(&bench, rom, false, OTHER_USER)) {
        write_manifest(&bench, true, images, ARRAY_SIZE(images), &manifest);
        EXPECT_EQ(set_manifest(&bench, &manifest, manifest.size - 8), 0);
        expect_refused(&bench, CALIPTRA_CMD_STASH_MEASUREMENT, &measurement,
                       sizeof(measurement), 0x000e0016);
        struct caliptra_authorize_request request =
            authorisation(0x1000, images[1].digest, 48);
        expect_refused(&bench, CALIPTRA_CMD_AUTHORIZE_AND_STASH, &request,
                       sizeof(request), 0x000e0016);
        struct answer answer;
        request.flags = CALIPTRA_AUTHORIZE_SKIP_STASH;
        EXPECT_EQ(command(&bench, CALIPTRA_CMD_AUTHORIZE_AND_STASH, &request,
                          sizeof(request), &answer),
                  DATA_READY);
        EXPECT_EQ(load_le32(answer.bytes + 8), CALIPTRA_IMAGE_AUTHORISED);
        EXPECT_EQ(soc_read(&bench.soc, GATES), 0);
        test_case("digest from elsewhere");
        request.source = 2;
        expect_refused(&bench, CALIPTRA_CMD_AUTHORIZE_AND_STASH, &request,
                       sizeof(request), 0x000e004e);
    }
    buffer_fini(&manifest);
    tear_down(&bench);
}

/* ---- Each behaviour behind each ROM -------------------------------------- */

#define BEHAVIOUR(name)                                                        \
    TEST(own_rom_##name)                                                       \
    {                                                                          \
        name(&roms[0]);                                                        \
    }                                                                          \
    TEST(own_rom_on_1_0_##name)                                                \
    {                                                                          \
        name(&roms[1]);                                                        \
    }                                                                          \
    TEST(rom_1_0_3_##name)                                                     \
    {                                                                          \
        name(&roms[2]);                                                        \
    }                                                                          \
    TEST(rom_1_1_1_##name)                                                     \
    {                                                                          \
        name(&roms[3]);                                                        \
    }

BEHAVIOUR(authorises_what_the_manifest_lists)
BEHAVIOUR(another_manifest_takes_back_what_it_does_not_allow)
BEHAVIOUR(the_manifest_outlives_a_warm_reset_the_wires_do_not)
BEHAVIOUR(judges_manifests_as_the_host_does_with_ecc)
BEHAVIOUR(judges_manifests_as_the_host_does_with_lms)
BEHAVIOUR(takes_as_many_images_as_there_may_be)
BEHAVIOUR(refuses_what_no_command_is)
BEHAVIOUR(knows_which_sizes_requests_have)
BEHAVIOUR(level_1_neither_stashes_nor_opens_gates)
