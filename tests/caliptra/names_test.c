/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of DPE contexts and of the device: tags to look measurements up by, and
 * the other name of certificates' subjects, in our Caliptra runtime behind our
 * own ROM and behind released ones. OpenSSL reads the certificates.
 */
#include <string.h>

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "abi/caliptra_runtime.h"
#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "crypto/sha2.h"
#include "tests/caliptra/dpe.h"
#include "tests/caliptra/part.h"
#include "tests/harness.h"

enum { PRIVILEGED = 2 /* a user that is not ours */ };

static void extend(uint8_t all[48], const uint8_t *data)
{
    uint8_t text[96];
    memcpy(text, all, 48);
    memcpy(text + 48, data, 48);
    sha384(text, sizeof(text), all);
}

static uint32_t tag(struct part *part, const struct dpe_handle *handle,
                    uint32_t number)
{
    struct caliptra_tag_request request = {.tag = number};
    struct part_answer answer;
    memcpy(request.handle, handle, sizeof(request.handle));
    part_command(part, CALIPTRA_CMD_DPE_TAG_TCI, &request, sizeof(request),
                 &answer);
    return answer.code;
}

static uint32_t tagged(struct part *part, uint32_t number,
                       struct caliptra_tagged_response *response)
{
    struct caliptra_tagged_request request = {.tag = number};
    struct part_answer answer;
    part_command(part, CALIPTRA_CMD_DPE_GET_TAGGED_TCI, &request,
                 sizeof(request), &answer);
    memcpy(response, answer.bytes, sizeof(*response));
    return answer.code;
}

static void tags_tell_measurements(const struct part_rom *rom)
{
    struct dpe_handle handle = dpe_default_handle;
    const struct dpe_handle wrong = {{1}};
    struct caliptra_tagged_response response;
    uint8_t data[48];
    uint8_t all[48] = {0};
    OWNED(part_tear_down) struct part part = {0};

    memset(data, 5, sizeof(data));
    extend(all, data);
    if (part_set_up(&part, rom)) {
        EXPECT_EQ(dpe_derive(&part, &handle, DPE_DERIVE_MAKE_DEFAULT, 5),
                  DPE_OK);
        EXPECT_EQ(tag(&part, &wrong, 7), 0x000e001e);
        EXPECT_EQ(tagged(&part, 7, &response), 0x000e001e);
        EXPECT_EQ(tag(&part, &handle, 7), 0);
        EXPECT_EQ(tag(&part, &handle, 8), 0x000e0020);
        EXPECT_EQ(tagged(&part, 7, &response), 0);
        EXPECT_BYTES(response.current, data, 48);
        EXPECT_BYTES(response.cumulative, all, 48);
        test_case("of a parent");
        EXPECT_EQ(dpe_derive(&part, &handle, DPE_DERIVE_MAKE_DEFAULT, 6),
                  DPE_OK);
        EXPECT_EQ(tag(&part, &handle, 7), 0x000e001f);
        EXPECT_EQ(tag(&part, &handle, 8), 0);
        EXPECT_EQ(tagged(&part, 7, &response), 0);
        EXPECT_BYTES(response.current, data, 48);
        test_case("over a warm reset");
        EXPECT(soc_warm_reset(&part.soc));
        EXPECT(soc_wait(&part.soc, "soc_ifc.ready_for_runtime", 1, PART_LIMIT));
        EXPECT_EQ(tagged(&part, 8, &response), 0);
        test_case("but not of a context that is gone");
        struct dpe_destroy_command destroy = {.handle = handle};
        EXPECT_EQ(
            dpe_exchange(&part, DPE_DESTROY_CONTEXT, &destroy, sizeof(destroy))
                .status,
            DPE_OK);
        EXPECT_EQ(tagged(&part, 8, &response), 0x000e001e);
    }
}

static uint32_t name_device(struct part *part, const char *name, uint32_t size)
{
    uint8_t request[8 + CALIPTRA_SUBJECT_NAME_MAX] = {0};
    struct part_answer answer;
    size_t length = strlen(name);
    store_le32(request + 4, size);
    for (size_t i = 0; i < length; i++) {
        request[8 + i] = (uint8_t)name[i];
    }
    part_command(part, CALIPTRA_CMD_ADD_SUBJECT_NAME, request, 8 + length,
                 &answer);
    return answer.code;
}

static uint32_t certify_extended(struct part *part, uint32_t flags,
                                 struct dpe_exchange *e)
{
    struct caliptra_certify_request request = {.flags = flags};
    struct part_answer answer;
    memset(e, 0, sizeof(*e));
    if (part_command(part, CALIPTRA_CMD_CERTIFY_KEY_EXT, &request,
                     sizeof(request),
                     &answer) == CALIPTRA_MBOX_STATUS_DATA_READY) {
        EXPECT_EQ(answer.size, 8 + sizeof(struct dpe_certify_response));
        EXPECT_EQ(load_le32(answer.bytes + 8), DPE_RESPONSE_MAGIC);
        memcpy(e->bytes, answer.bytes + 8 + 12,
               sizeof(struct dpe_certify_response) - 12);
    }
    return answer.code;
}

static void expect_name(X509 *leaf, const char *name)
{
    GENERAL_NAMES *names =
        X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
    if (name == NULL) {
        EXPECT(names == NULL);
    } else if (EXPECT_EQ(sk_GENERAL_NAME_num(names), 1)) {
        const GENERAL_NAME *first = sk_GENERAL_NAME_value(names, 0);
        char type[64] = "";
        if (EXPECT_EQ(first->type, GEN_OTHERNAME)) {
            const OTHERNAME *other = first->d.otherName;
            OBJ_obj2txt(type, sizeof(type), other->type_id, 1);
            EXPECT_STR(type, "1.3.6.1.4.1.412.274.1");
            EXPECT_EQ(other->value->type, V_ASN1_UTF8STRING);
            EXPECT_EQ(other->value->value.utf8string->length, strlen(name));
            EXPECT_BYTES(other->value->value.utf8string->data, name,
                         strlen(name));
        }
    }
    GENERAL_NAMES_free(names);
}

static void names_devices_when_asked(const struct part_rom *rom)
{
    static const struct {
        const char *given;
        uint32_t flags;
        const char *expected;
    } cases[] = {
        {NULL,    CALIPTRA_CERTIFY_OTHER_NAME, NULL   },
        {"a:b:c", 0,                           NULL   },
        {"a:b:c", CALIPTRA_CERTIFY_OTHER_NAME, "a:b:c"},
    };
    struct dpe_chain chain = {NULL, NULL};
    struct dpe_exchange e;
    OWNED(part_tear_down) struct part part = {0};

    if (part_set_up(&part, rom) && dpe_chain_issue(&part, &chain)) {
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
            test_case("%zu", i);
            EXPECT(!cases[i].given ||
                   name_device(&part, cases[i].given, 5) == 0);
            EXPECT_EQ(certify_extended(&part, cases[i].flags, &e), 0);
            X509 *leaf = dpe_leaf(&e);
            if (leaf != NULL) {
                EXPECT_EQ(dpe_chain_verify(&chain, leaf), X509_V_OK);
                expect_name(leaf, cases[i].expected);
            }
            X509_free(leaf);
        }
        test_case("names that are none");
        EXPECT_EQ(name_device(&part, "a:b", 3), 0x000e003e);
        EXPECT_EQ(name_device(&part, "a:b:c:d", 7), 0x000e003e);
        EXPECT_EQ(name_device(&part, "a:b:\xc3\xa9", 6), 0x000e003e);
        EXPECT_EQ(name_device(&part, "a:b:c", 6), 0x000e0009);
    }
    dpe_chain_drop(&chain);
}

static void extended_certificates_are_for_level_0(const struct part_rom *rom)
{
    struct dpe_handle handle = dpe_default_handle;
    struct dpe_exchange e;
    struct part part;

    if (part_set_up_as(&part, rom, false, PRIVILEGED)) {
        EXPECT_EQ(certify_extended(&part, 0, &e), 0x000e0016);
    }
    part_tear_down(&part);
    if (part_set_up(&part, rom)) {
        test_case("nobody's handle");
        EXPECT_EQ(dpe_rotate(&part, &handle), DPE_OK);
        EXPECT_EQ(certify_extended(&part, 0, &e), 0x000e0040);
    }
    part_tear_down(&part);
}

PART_BEHAVIOUR(tags_tell_measurements)
PART_BEHAVIOUR(names_devices_when_asked)
PART_BEHAVIOUR(extended_certificates_are_for_level_0)
