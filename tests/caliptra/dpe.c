/* SPDX-License-Identifier: Apache-2.0 */
/* Builds commands, checks answers, and verifies chains by OpenSSL. */
#include "tests/caliptra/dpe.h"

#include <string.h>

#include <openssl/ec.h>
#include <openssl/evp.h>

#include "abi/caliptra_runtime.h"
#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "tests/harness.h"
#include "tests/issuer.h"

const struct dpe_handle dpe_default_handle;

struct dpe_exchange dpe_exchange(struct part *part, uint32_t id, void *command,
                                 size_t size)
{
    const size_t header = sizeof(struct dpe_response);
    uint8_t request[8 + DPE_DATA_MAX] = {0};
    struct dpe_command *head = command;
    struct dpe_exchange exchange = {.status = UINT32_MAX};
    struct part_answer answer;

    head->magic = DPE_COMMAND_MAGIC;
    head->id = id;
    head->profile = DPE_PROFILE;
    store_le32(request + 4, (uint32_t)size);
    memcpy(request + 8, command, size);
    if (part_command(part, CALIPTRA_CMD_INVOKE_DPE, request, 8 + size,
                     &answer) == CALIPTRA_MBOX_STATUS_DATA_READY) {
        exchange.size = load_le32(answer.bytes + 8);
        EXPECT_EQ(answer.size, 12 + exchange.size);
        EXPECT_EQ(load_le32(answer.bytes + 12), DPE_RESPONSE_MAGIC);
        EXPECT_EQ(load_le32(answer.bytes + 20), DPE_PROFILE);
        exchange.status = load_le32(answer.bytes + 16);
        EXPECT(exchange.status == 0 || exchange.size == header);
        if (EXPECT(exchange.size >= header &&
                   exchange.size - header <= sizeof(exchange.bytes))) {
            memcpy(exchange.bytes, answer.bytes + 12 + header,
                   exchange.size - header);
        }
    }
    exchange.code = answer.code;
    return exchange;
}

/* ---- Commands ------------------------------------------------------------ */

struct dpe_exchange dpe_certify(struct part *part,
                                const struct dpe_handle *handle,
                                uint32_t format, uint8_t label)
{
    struct dpe_certify_command command = {.handle = *handle, .format = format};
    memset(command.label, label, sizeof(command.label));
    return dpe_exchange(part, DPE_CERTIFY_KEY, &command, sizeof(command));
}

struct dpe_exchange dpe_sign(struct part *part, const struct dpe_handle *handle,
                             uint8_t label, const uint8_t digest[48])
{
    struct dpe_sign_command command = {.handle = *handle};
    memset(command.label, label, sizeof(command.label));
    memcpy(command.digest, digest, sizeof(command.digest));
    return dpe_exchange(part, DPE_SIGN, &command, sizeof(command));
}

/* With the handle of the new context, and its measurement all of one byte. */
uint32_t dpe_derive(struct part *part, struct dpe_handle *handle,
                    uint32_t flags, uint8_t data)
{
    struct dpe_derive_command command = {
        .handle = *handle,
        .flags = flags,
        .tci_type = 0x44434241,
    };
    memset(command.data, data, sizeof(command.data));
    struct dpe_exchange e =
        dpe_exchange(part, DPE_DERIVE_CONTEXT, &command, sizeof(command));
    if (e.status == DPE_OK) {
        memcpy(handle, e.bytes, sizeof(*handle));
    }
    return e.status;
}

uint32_t dpe_rotate(struct part *part, struct dpe_handle *handle)
{
    struct dpe_rotate_command command = {.handle = *handle};
    struct dpe_exchange e =
        dpe_exchange(part, DPE_ROTATE_CONTEXT, &command, sizeof(command));
    if (e.status == DPE_OK) {
        memcpy(handle, e.bytes, sizeof(*handle));
    }
    return e.status;
}

uint32_t dpe_simulate(struct part *part, struct dpe_handle *handle)
{
    struct dpe_initialize_command command = {.flags = DPE_INIT_SIMULATION};
    struct dpe_exchange e =
        dpe_exchange(part, DPE_INITIALIZE_CONTEXT, &command, sizeof(command));
    memcpy(handle, e.bytes, sizeof(*handle));
    return e.status;
}

/* The public key of a response to CertifyKey, 2 x 48 bytes. */
const uint8_t *dpe_public_key(const struct dpe_exchange *e)
{
    return e->bytes + sizeof(struct dpe_handle);
}

X509 *dpe_leaf(const struct dpe_exchange *e)
{
    const uint8_t *at = e->bytes + 16 + 96 + 4;
    uint32_t size = load_le32(at - 4);
    const uint8_t *end = at + size;

    if (!EXPECT(size <= DPE_CERTIFICATE_MAX)) {
        return NULL;
    }
    X509 *leaf = d2i_X509(NULL, &at, (long)size);
    EXPECT(leaf != NULL && at == end);
    return leaf;
}

/* ---- The chain ----------------------------------------------------------- */

static bool read_chain(struct part *part, struct buffer *bytes)
{
    struct dpe_chain_command command = {.size = 1000};
    struct dpe_exchange e;

    for (;;) {
        command.offset = (uint32_t)bytes->size;
        e = dpe_exchange(part, DPE_GET_CERTIFICATE_CHAIN, &command,
                         sizeof(command));
        if (e.status != DPE_OK) {
            break;
        }
        buffer_append(bytes, e.bytes + 4, load_le32(e.bytes));
    }
    return EXPECT_EQ(e.status, DPE_CERTIFICATE_CHAIN_ERROR) &&
           EXPECT(bytes->size > 0);
}

static EVP_PKEY *idevid_key(struct part *part)
{
    struct part_answer answer;
    uint8_t point[97] = {4};
    uint8_t request[4];
    EVP_PKEY *key = NULL;

    EXPECT_EQ(
        part_command(part, CALIPTRA_CMD_GET_IDEV_INFO, request, 4, &answer),
        CALIPTRA_MBOX_STATUS_DATA_READY);
    memcpy(point + 1, answer.bytes + 8, 96);
    EVP_PKEY *curve = EVP_EC_gen("P-384");
    key = EVP_PKEY_new();
    EXPECT_EQ(EVP_PKEY_copy_parameters(key, curve), 1);
    EXPECT_EQ(EVP_PKEY_set1_encoded_public_key(key, point, sizeof(point)), 1);
    EVP_PKEY_free(curve);
    return key;
}

/* The name that the LDevID's certificate says its issuer has. */
static X509_NAME *idevid_name(struct part *part)
{
    struct part_answer answer;
    uint8_t request[4];

    EXPECT_EQ(
        part_command(part, CALIPTRA_CMD_GET_LDEV_CERT, request, 4, &answer),
        CALIPTRA_MBOX_STATUS_DATA_READY);
    const uint8_t *at = answer.bytes + 12;
    X509 *ldevid = d2i_X509(NULL, &at, (long)load_le32(answer.bytes + 8));
    X509_NAME *name =
        ldevid ? X509_NAME_dup(X509_get_issuer_name(ldevid)) : NULL;
    X509_free(ldevid);
    return name;
}

static bool populate(struct part *part, X509 *idevid)
{
    uint8_t request[8 + CALIPTRA_CERTIFICATE_MAX];
    uint8_t *to = request + 8;
    struct part_answer answer;

    int size = i2d_X509(idevid, NULL);
    if (!EXPECT(size > 0 && size <= CALIPTRA_CERTIFICATE_MAX)) {
        return false;
    }
    i2d_X509(idevid, &to);
    store_le32(request + 4, (uint32_t)size);
    return EXPECT_EQ(part_command(part, CALIPTRA_CMD_POPULATE_IDEV_CERT,
                                  request, 8 + (size_t)size, &answer),
                     CALIPTRA_MBOX_STATUS_DATA_READY);
}

/* A vendor certifies the part, which then has a whole chain to hand out. */
bool dpe_chain_issue(struct part *part, struct dpe_chain *chain)
{
    EVP_PKEY *vendor = EVP_EC_gen("P-384");
    EVP_PKEY *key = idevid_key(part);
    X509_NAME *name = X509_NAME_new();
    X509_NAME *subject = idevid_name(part);
    struct buffer bytes = {0};

    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               (const uint8_t *)"vendor", -1, -1, 0);
    chain->root = issuer_certify(name, vendor, NULL, vendor);
    chain->links = sk_X509_new_null();
    X509 *idevid = issuer_certify(subject, key, chain->root, vendor);
    if (populate(part, idevid) && read_chain(part, &bytes)) {
        const uint8_t *at = bytes.bytes;
        const uint8_t *end = at + bytes.size;
        X509 *link;
        while (at < end && (link = d2i_X509(NULL, &at, end - at)) != NULL) {
            sk_X509_push(chain->links, link);
        }
        EXPECT(at == end);
    }
    buffer_fini(&bytes);
    X509_free(idevid);
    X509_NAME_free(name);
    X509_NAME_free(subject);
    EVP_PKEY_free(vendor);
    EVP_PKEY_free(key);
    return EXPECT_EQ(sk_X509_num(chain->links), 4);
}

void dpe_chain_drop(struct dpe_chain *chain)
{
    X509_free(chain->root);
    sk_X509_pop_free(chain->links, X509_free);
}

/* 0, or OpenSSL's reason. */
int dpe_chain_verify(const struct dpe_chain *chain, X509 *leaf)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();

    X509_STORE_add_cert(store, chain->root);
    X509_STORE_CTX_init(context, store, leaf, chain->links);
    X509_STORE_CTX_set_time(context, 0, 1800000000);
    X509_STORE_CTX_set_flags(context, X509_V_FLAG_X509_STRICT);
    bool good = X509_verify_cert(context) == 1;
    int error = X509_STORE_CTX_get_error(context);
    EXPECT(good == (error == X509_V_OK));
    if (good) {
        EXPECT_EQ(sk_X509_num(X509_STORE_CTX_get0_chain(context)), 6);
    }
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    return error;
}
