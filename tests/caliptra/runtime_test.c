/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The black-box suite of our Caliptra runtime: each behaviour below is tried
 * behind our own ROM and behind released ones, which CAIRN_CALIPTRA_ROMS names
 * the folder of. Codes are those of the released runtime 1.2; what is right
 * is decided by trust/ and by OpenSSL, which share no code with the guest.
 */
#include <string.h>

#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_runtime.h"
#include "abi/caliptra_soc_ifc.h"
#include "abi/caliptra_soc_manifest.h"
#include "base/bits.h"
#include "tests/caliptra/part.h"
#include "tests/harness.h"
#include "trust/caliptra/bundle.h"
#include "trust/caliptra/soc_manifest.h"

enum { OTHER_USER = 2 };

/* ---- SoC manifest -------------------------------------------------------- */

static const struct caliptra_soc_image images[] = {
    {0x1001, CALIPTRA_SOC_SOURCE_IN_REQUEST, {1, 2, 3}},
    {0x1000, CALIPTRA_SOC_SOURCE_IN_REQUEST, {4, 5, 6}},
    {0x101f, CALIPTRA_SOC_IGNORE_AUTH_CHECK, {0}      },
    {0x2000, CALIPTRA_SOC_IGNORE_AUTH_CHECK, {0}      },
};

/* Behind room for the head of the request. */
static bool write_manifest(const struct part *part, bool vendor_signs,
                           const struct caliptra_soc_image *list, size_t count,
                           struct buffer *out)
{
    const struct caliptra_signing signing = {.keys = part_ring("bundle"),
                                             .lms = true};
    struct soc_manifest_pack recipe;
    struct error error = {0};

    soc_manifest_pack_init(&recipe, &signing);
    recipe.keys = part_ring("manifest");
    recipe.vendor_signs = vendor_signs;
    recipe.images = list;
    recipe.count = count;
    buffer_clear(out);
    buffer_append_zeros(out, 8);
    return EXPECT_EQ(soc_manifest_write(&recipe, out, &error), 0);
}

/* The code for the first size bytes of a manifest. */
static uint32_t set_manifest(struct part *part, struct buffer *manifest,
                             size_t size)
{
    struct part_answer answer;
    store_le32(manifest->bytes + 4, (uint32_t)size);
    unsigned status = part_command(part, CALIPTRA_CMD_SET_AUTH_MANIFEST,
                                   manifest->bytes, 8 + size, &answer);
    EXPECT_EQ(status, answer.code ? CALIPTRA_MBOX_STATUS_FAILURE
                                  : CALIPTRA_MBOX_STATUS_DATA_READY);
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

/* The runtime's answer about an image whose digest starts with first. */
static uint32_t authorise(struct part *part, uint32_t id, uint8_t first)
{
    const uint8_t digest[] = {first, (uint8_t)(first + 1),
                              (uint8_t)(first + 2)};
    struct caliptra_authorize_request request =
        authorisation(id, digest, sizeof(digest));
    struct part_answer answer;
    EXPECT_EQ(part_command(part, CALIPTRA_CMD_AUTHORIZE_AND_STASH, &request,
                           sizeof(request), &answer),
              CALIPTRA_MBOX_STATUS_DATA_READY);
    EXPECT_EQ(answer.size, 12);
    return load_le32(answer.bytes + 8);
}

static void authorises_what_the_manifest_lists(const struct part_rom *rom)
{
    OWNED(part_tear_down) struct part part = {0};
    OWNED(buffer_fini) struct buffer manifest = {0};

    if (part_set_up(&part, rom)) {
        EXPECT_EQ(authorise(&part, 0x1000, 4), CALIPTRA_IMAGE_NOT_AUTHORISED);
        write_manifest(&part, true, images, ARRAY_SIZE(images), &manifest);
        EXPECT_EQ(set_manifest(&part, &manifest, manifest.size - 8), 0);
        EXPECT_EQ(soc_read(&part.soc, CALIPTRA_SOC_IFC_AUTHORISED), 0);
        EXPECT_EQ(authorise(&part, 0x1000, 5), CALIPTRA_IMAGE_HASH_MISMATCH);
        EXPECT_EQ(authorise(&part, 0x1002, 4), CALIPTRA_IMAGE_NOT_AUTHORISED);
        EXPECT_EQ(soc_read(&part.soc, CALIPTRA_SOC_IFC_AUTHORISED), 0);
        EXPECT_EQ(authorise(&part, 0x1000, 4), CALIPTRA_IMAGE_AUTHORISED);
        EXPECT_EQ(soc_read(&part.soc, CALIPTRA_SOC_IFC_AUTHORISED), 1);
        EXPECT_EQ(authorise(&part, 0x2000, 9), CALIPTRA_IMAGE_AUTHORISED);
        EXPECT_EQ(soc_read(&part.soc, CALIPTRA_SOC_IFC_AUTHORISED), 1);
        EXPECT_EQ(authorise(&part, 0x101f, 9), CALIPTRA_IMAGE_AUTHORISED);
        EXPECT_EQ(authorise(&part, 0x1001, 1), CALIPTRA_IMAGE_AUTHORISED);
        EXPECT_EQ(soc_read(&part.soc, CALIPTRA_SOC_IFC_AUTHORISED), 0x80000003);
        test_case("a refusal takes the permission back");
        EXPECT_EQ(authorise(&part, 0x1000, 3), CALIPTRA_IMAGE_HASH_MISMATCH);
        EXPECT_EQ(soc_read(&part.soc, CALIPTRA_SOC_IFC_AUTHORISED), 0x80000002);
    }
}

static void
another_manifest_takes_back_what_it_does_not_allow(const struct part_rom *rom)
{
    static const struct caliptra_soc_image next[] = {
        {0x1000, CALIPTRA_SOC_SOURCE_IN_REQUEST, {4, 5, 6}},
        {0x1001, CALIPTRA_SOC_SOURCE_IN_REQUEST, {1, 2, 4}},
    };
    OWNED(part_tear_down) struct part part = {0};
    OWNED(buffer_fini) struct buffer manifest = {0};

    if (part_set_up(&part, rom)) {
        write_manifest(&part, true, images, ARRAY_SIZE(images), &manifest);
        EXPECT_EQ(set_manifest(&part, &manifest, manifest.size - 8), 0);
        EXPECT_EQ(authorise(&part, 0x1000, 4), CALIPTRA_IMAGE_AUTHORISED);
        EXPECT_EQ(authorise(&part, 0x1001, 1), CALIPTRA_IMAGE_AUTHORISED);
        EXPECT_EQ(authorise(&part, 0x101f, 7), CALIPTRA_IMAGE_AUTHORISED);
        test_case("a bad manifest changes nothing");
        manifest.bytes[8 + 7168 + 12] ^= 1;
        EXPECT_EQ(set_manifest(&part, &manifest, manifest.size - 8),
                  0x000e0047);
        EXPECT_EQ(soc_read(&part.soc, CALIPTRA_SOC_IFC_AUTHORISED), 0x80000003);
        test_case("a good one keeps what is in it");
        write_manifest(&part, false, next, ARRAY_SIZE(next), &manifest);
        EXPECT_EQ(set_manifest(&part, &manifest, manifest.size - 8), 0);
        EXPECT_EQ(soc_read(&part.soc, CALIPTRA_SOC_IFC_AUTHORISED), 1);
        EXPECT_EQ(authorise(&part, 0x101f, 7), CALIPTRA_IMAGE_NOT_AUTHORISED);
    }
}

static void
the_manifest_outlives_a_warm_reset_the_wires_do_not(const struct part_rom *rom)
{
    OWNED(part_tear_down) struct part part = {0};
    OWNED(buffer_fini) struct buffer manifest = {0};

    if (part_set_up(&part, rom)) {
        write_manifest(&part, true, images, ARRAY_SIZE(images), &manifest);
        EXPECT_EQ(set_manifest(&part, &manifest, manifest.size - 8), 0);
        EXPECT_EQ(authorise(&part, 0x1000, 4), CALIPTRA_IMAGE_AUTHORISED);
        EXPECT(soc_warm_reset(&part.soc));
        EXPECT(soc_wait(&part.soc, "soc_ifc.ready_for_runtime", 1, PART_LIMIT));
        EXPECT_EQ(soc_read(&part.soc, CALIPTRA_SOC_IFC_AUTHORISED), 0);
        EXPECT_EQ(authorise(&part, 0x1000, 4), CALIPTRA_IMAGE_AUTHORISED);
        EXPECT_EQ(soc_read(&part.soc, CALIPTRA_SOC_IFC_AUTHORISED), 1);
        test_case("a cold boot forgets it");
        part_boot(&part);
        EXPECT_EQ(authorise(&part, 0x1000, 4), CALIPTRA_IMAGE_NOT_AUTHORISED);
    }
}

static void compare(struct part *part, struct buffer *manifest, size_t size)
{
    struct caliptra_verdict verdict;
    soc_manifest_verify(manifest->bytes + 8, size, &part->bundle,
                        part->fuses.lms_verify != 0, &verdict);
    EXPECT_EQ(set_manifest(part, manifest, size), verdict.code);
}

/* A bit in each field, and cuts. */
static void judges_manifests_as_the_host_does(const struct part_rom *rom,
                                              bool lms)
{
    static const size_t places[] = {
        0,    4,    8,    12,   16,   64,       112,      120,  128,  160,
        208,  256,  300,  1000, 1520, 1876,     1980,     2020, 2200, 3740,
        3900, 5452, 5600, 7100, 7168, 7168 + 3, 7168 + 4, 7176, 7180, 7391};
    OWNED(part_tear_down) struct part part = {0};
    OWNED(buffer_fini) struct buffer manifest = {0};

    if (part_set_up_as(&part, rom, lms, SOC_USER)) {
        write_manifest(&part, true, images, ARRAY_SIZE(images), &manifest);
        size_t size = manifest.size - 8;
        compare(&part, &manifest, size);
        for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
            test_case("offset %zu", places[i]);
            manifest.bytes[8 + places[i]] ^= 4;
            compare(&part, &manifest, size);
            manifest.bytes[8 + places[i]] ^= 4;
        }
        for (size_t i = 0; i < 7; i++) {
            const size_t sizes[] = {0,    3,        7167,     7168,
                                    7171, size - 1, size - 56};
            test_case("the first %zu bytes", sizes[i]);
            compare(&part, &manifest, sizes[i]);
        }
        test_case("the owner alone signs");
        write_manifest(&part, false, images, 1, &manifest);
        compare(&part, &manifest, manifest.size - 8);
        manifest.bytes[8 + 7180] ^= 1;
        compare(&part, &manifest, manifest.size - 8);
    }
}

static void
judges_manifests_as_the_host_does_with_ecc(const struct part_rom *rom)
{
    judges_manifests_as_the_host_does(rom, false);
}

static void
judges_manifests_as_the_host_does_with_lms(const struct part_rom *rom)
{
    judges_manifests_as_the_host_does(rom, true);
}

static void takes_as_many_images_as_there_may_be(const struct part_rom *rom)
{
    static struct caliptra_soc_image list[CALIPTRA_SOC_IMAGES_MAX];
    OWNED(part_tear_down) struct part part = {0};
    OWNED(buffer_fini) struct buffer manifest = {0};

    for (uint32_t i = 0; i < ARRAY_SIZE(list); i++) {
        list[i] = (struct caliptra_soc_image){.firmware_id = 0x1000 + 3 * i,
                                              .digest = {(uint8_t)i}};
    }
    if (part_set_up(&part, rom)) {
        write_manifest(&part, true, list, ARRAY_SIZE(list), &manifest);
        EXPECT_EQ(set_manifest(&part, &manifest, manifest.size - 8), 0);
        struct caliptra_authorize_request request =
            authorisation(0x1000 + 3 * 126, (const uint8_t[]){126}, 1);
        struct part_answer answer;
        EXPECT_EQ(part_command(&part, CALIPTRA_CMD_AUTHORIZE_AND_STASH,
                               &request, sizeof(request), &answer),
                  CALIPTRA_MBOX_STATUS_DATA_READY);
        EXPECT_EQ(load_le32(answer.bytes + 8), CALIPTRA_IMAGE_AUTHORISED);
        test_case("sizes that do not fit the request");
        store_le32(manifest.bytes + 4, (uint32_t)manifest.size);
        part_expect_refused(&part, CALIPTRA_CMD_SET_AUTH_MANIFEST,
                            manifest.bytes, manifest.size, 0x000e0009);
        store_le32(manifest.bytes + 4, CALIPTRA_AUTH_MANIFEST_MAX + 1);
        part_expect_refused(&part, CALIPTRA_CMD_SET_AUTH_MANIFEST,
                            manifest.bytes, manifest.size, 0x000e0009);
        part_expect_refused(&part, CALIPTRA_CMD_SET_AUTH_MANIFEST,
                            manifest.bytes, 4, 0x000e0009);
    }
}

/* ---- Refusals of all commands -------------------------------------------- */

static void refuses_what_no_command_is(const struct part_rom *rom)
{
    static uint8_t request[14352];
    OWNED(part_tear_down) struct part part = {0};
    struct part_answer answer;

    if (part_set_up(&part, rom)) {
        part_expect_refused(&part, 0xabcd1234, request, 4, 0x000e0002);
        test_case("checksum");
        EXPECT_EQ(part_send(&part, CALIPTRA_CMD_VERSION, request, 4, &answer),
                  CALIPTRA_MBOX_STATUS_FAILURE);
        EXPECT_EQ(answer.code, 0x000e0005);
        test_case("no checksum");
        EXPECT_EQ(part_send(&part, CALIPTRA_CMD_VERSION, request, 0, &answer),
                  CALIPTRA_MBOX_STATUS_FAILURE);
        EXPECT_EQ(answer.code, 0x000e0009);
        EXPECT_EQ(part_send(&part, CALIPTRA_CMD_VERSION, request, 3, &answer),
                  CALIPTRA_MBOX_STATUS_FAILURE);
        EXPECT_EQ(answer.code, 0x000e0009);
        test_case("too long for any command");
        part_expect_refused(&part, CALIPTRA_CMD_VERSION, request, 14348,
                            0x000e0003);
        test_case("as long as any may be");
        part_expect_refused(&part, CALIPTRA_CMD_VERSION, request, 14344,
                            0x000e0009);
        test_case("too long by a byte");
        part_expect_refused(&part, CALIPTRA_CMD_VERSION, request, 5,
                            0x000e0009);
        test_case("and goes on");
        EXPECT_EQ(
            part_command(&part, CALIPTRA_CMD_VERSION, request, 4, &answer),
            CALIPTRA_MBOX_STATUS_DATA_READY);
        EXPECT_EQ(answer.code, 0);
    }
}

/* Codes, sizes and errors as the released runtime has them. A command without
 * arguments is its checksum alone; there it looks at no length, and ours
 * refuses others as it refuses them elsewhere. */
static const struct {
    uint32_t code;
    uint32_t size;
    uint32_t error;
} requests[] = {
    {CALIPTRA_CMD_VERSION,               4,    0x000e0009},
    {CALIPTRA_CMD_CAPABILITIES,          4,    0x000e0009},
    {CALIPTRA_CMD_FW_INFO,               4,    0x000e0009},
    {CALIPTRA_CMD_SELF_TEST_START,       4,    0x000e0009},
    {CALIPTRA_CMD_SELF_TEST_GET_RESULTS, 4,    0x000e0009},
    {CALIPTRA_CMD_SHUTDOWN,              4,    0x000e0009},
    {CALIPTRA_CMD_DISABLE_ATTESTATION,   4,    0x000e0009},
    {CALIPTRA_CMD_GET_PCR_LOG,           4,    0x000e0009},
    {CALIPTRA_CMD_GET_IDEV_INFO,         4,    0x000e0009},
    {CALIPTRA_CMD_GET_IDEV_CSR,          4,    0x000e0009},
    {CALIPTRA_CMD_GET_LDEV_CERT,         4,    0x000e0009},
    {CALIPTRA_CMD_GET_FMC_ALIAS_CERT,    4,    0x000e0009},
    {CALIPTRA_CMD_GET_RT_ALIAS_CERT,     4,    0x000e0009},
    {CALIPTRA_CMD_QUOTE_PCRS,            36,   0x000e0009},
    {CALIPTRA_CMD_INCREMENT_PCR_RESET,   8,    0x000e0003},
    {CALIPTRA_CMD_EXTEND_PCR,            56,   0x000e0003},
    {CALIPTRA_CMD_ECDSA384_VERIFY,       196,  0x000e0003},
    {CALIPTRA_CMD_LMS_VERIFY,            1672, 0x000e0003},
    {CALIPTRA_CMD_STASH_MEASUREMENT,     108,  0x000e0003},
    {CALIPTRA_CMD_AUTHORIZE_AND_STASH,   116,  0x000e0003},
    {CALIPTRA_CMD_DPE_TAG_TCI,           24,   0x000e0003},
    {CALIPTRA_CMD_DPE_GET_TAGGED_TCI,    8,    0x000e0003},
    {CALIPTRA_CMD_CERTIFY_KEY_EXT,       80,   0x000e0003},
    {CALIPTRA_CMD_SIGN_WITH_EXPORTED,    84,   0x000e0009},
    {CALIPTRA_CMD_REVOKE_EXPORTED,       36,   0x000e0009},
};

static void knows_which_sizes_requests_have(const struct part_rom *rom)
{
    uint8_t request[2048] = {0};
    OWNED(part_tear_down) struct part part = {0};

    if (part_set_up(&part, rom)) {
        for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
            test_case("0x%08x", requests[i].code);
            part_expect_refused(&part, requests[i].code, request,
                                requests[i].size + 1, requests[i].error);
            if (requests[i].size > 4) {
                part_expect_refused(&part, requests[i].code, request,
                                    requests[i].size - 1, requests[i].error);
            }
        }
        test_case("requests that vary in size, by a byte too much");
        memset(request, 0, sizeof(request));
        part_expect_refused(&part, 0x49444543, request, 104 + 917, 0x000e0003);
        part_expect_refused(&part, 0x49444550, request, 8 + 1025, 0x000e0003);
        part_expect_refused(&part, 0x414c544e, request, 8 + 129, 0x000e0003);
        part_expect_refused(&part, 0x44504543, request, 8 + 513, 0x000e0003);
    }
}

/* Whatever it is for: nothing happens, least of all a shutdown. */
static void takes_no_request_with_a_wrong_checksum(const struct part_rom *rom)
{
    static const uint32_t sized[] = {0x49444543, 0x49444550, 0x414c544e,
                                     0x44504543, 0x41544d4e};
    uint8_t request[2048] = {0};
    struct part_answer answer;
    OWNED(part_tear_down) struct part part = {0};

    if (part_set_up(&part, rom)) {
        for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
            test_case("0x%08x", requests[i].code);
            EXPECT_EQ(part_send(&part, requests[i].code, request,
                                requests[i].size, &answer),
                      CALIPTRA_MBOX_STATUS_FAILURE);
            EXPECT_EQ(answer.code, 0x000e0005);
        }
        for (size_t i = 0; i < ARRAY_SIZE(sized); i++) {
            test_case("0x%08x", sized[i]);
            EXPECT_EQ(part_send(&part, sized[i], request, 64, &answer),
                      CALIPTRA_MBOX_STATUS_FAILURE);
            EXPECT_EQ(answer.code, 0x000e0005);
        }
    }
}

static void level_1_neither_stashes_nor_opens_gates(const struct part_rom *rom)
{
    struct caliptra_stash_request measurement = {0};
    OWNED(part_tear_down) struct part part = {0};
    OWNED(buffer_fini) struct buffer manifest = {0};

    if (part_set_up_as(&part, rom, false, OTHER_USER)) {
        write_manifest(&part, true, images, ARRAY_SIZE(images), &manifest);
        EXPECT_EQ(set_manifest(&part, &manifest, manifest.size - 8), 0);
        part_expect_refused(&part, CALIPTRA_CMD_STASH_MEASUREMENT, &measurement,
                            sizeof(measurement), 0x000e0016);
        struct caliptra_authorize_request request =
            authorisation(0x1000, images[1].digest, 48);
        part_expect_refused(&part, CALIPTRA_CMD_AUTHORIZE_AND_STASH, &request,
                            sizeof(request), 0x000e0016);
        struct part_answer answer;
        request.flags = CALIPTRA_AUTHORIZE_SKIP_STASH;
        EXPECT_EQ(part_command(&part, CALIPTRA_CMD_AUTHORIZE_AND_STASH,
                               &request, sizeof(request), &answer),
                  CALIPTRA_MBOX_STATUS_DATA_READY);
        EXPECT_EQ(load_le32(answer.bytes + 8), CALIPTRA_IMAGE_AUTHORISED);
        EXPECT_EQ(soc_read(&part.soc, CALIPTRA_SOC_IFC_AUTHORISED), 0);
        test_case("digest from elsewhere");
        request.source = 2;
        part_expect_refused(&part, CALIPTRA_CMD_AUTHORIZE_AND_STASH, &request,
                            sizeof(request), 0x000e004e);
    }
}

PART_BEHAVIOUR(authorises_what_the_manifest_lists)
PART_BEHAVIOUR(another_manifest_takes_back_what_it_does_not_allow)
PART_BEHAVIOUR(the_manifest_outlives_a_warm_reset_the_wires_do_not)
PART_BEHAVIOUR(judges_manifests_as_the_host_does_with_ecc)
PART_BEHAVIOUR(judges_manifests_as_the_host_does_with_lms)
PART_BEHAVIOUR(takes_as_many_images_as_there_may_be)
PART_BEHAVIOUR(refuses_what_no_command_is)
PART_BEHAVIOUR(knows_which_sizes_requests_have)
PART_BEHAVIOUR(takes_no_request_with_a_wrong_checksum)
PART_BEHAVIOUR(level_1_neither_stashes_nor_opens_gates)
