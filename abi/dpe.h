/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DICE Protection Environment, integrated root of trust profile 0.12: the
 * commands that come inside INVOKE_DPE. Profile P384-SHA384.
 *
 * Freestanding C11, little-endian.
 */
#ifndef ABI_DPE_H
#define ABI_DPE_H

#include <stdint.h>

#define DPE_COMMAND_MAGIC  0x44504543u
#define DPE_RESPONSE_MAGIC 0x44504552u
#define DPE_PROFILE        4u
#define DPE_VENDOR         0x43545241u /* "CTRA"; product too */

enum {
    DPE_HANDLE_SIZE = 16, /* all zeros: the default context of a locality */
    DPE_EXPORT_SIZE = 32, /* handle of an exported CDI */
    DPE_CONTEXTS = 24,
    DPE_DATA_MAX = 512,   /* of one command */
    DPE_CHUNK_MAX = 2048, /* of a certificate chain */
    DPE_CERTIFICATE_MAX = 6144,
    DPE_MAJOR_VERSION = 0,
    DPE_MINOR_VERSION = 12,
};

enum dpe_command_id {
    DPE_GET_PROFILE = 1,
    DPE_INITIALIZE_CONTEXT = 7,
    DPE_DERIVE_CONTEXT = 8,
    DPE_CERTIFY_KEY = 9,
    DPE_SIGN = 10,
    DPE_ROTATE_CONTEXT = 14,
    DPE_DESTROY_CONTEXT = 15,
    DPE_GET_CERTIFICATE_CHAIN = 16,
};

enum dpe_status {
    DPE_OK = 0,
    DPE_INTERNAL_ERROR = 1,
    DPE_INVALID_COMMAND = 2,
    DPE_INVALID_ARGUMENT = 3,
    DPE_ARGUMENT_NOT_SUPPORTED = 4,
    DPE_INVALID_HANDLE = 0x1000,
    DPE_INVALID_LOCALITY = 0x1001,
    DPE_MAX_TCIS = 0x1003,
    DPE_CERTIFICATE_CHAIN_ERROR = 0x01000001, /* nothing at this offset */
    DPE_CRYPTO_ERROR = 0x02000002,
    DPE_EXPORTED_ALREADY = 0x02000007,
};

/* Features that an instance has (GetProfile). */
#define DPE_SUPPORTS_SIMULATION    0x80000000u
#define DPE_SUPPORTS_RECURSIVE     0x40000000u
#define DPE_SUPPORTS_AUTO_INIT     0x20000000u
#define DPE_SUPPORTS_ROTATE        0x08000000u
#define DPE_SUPPORTS_X509          0x04000000u
#define DPE_SUPPORTS_CSR           0x02000000u
#define DPE_SUPPORTS_INTERNAL_INFO 0x00400000u
#define DPE_SUPPORTS_INTERNAL_DICE 0x00200000u
#define DPE_SUPPORTS_RETAIN_PARENT 0x00080000u
#define DPE_SUPPORTS_EXPORT_CDI    0x00040000u

#define DPE_INIT_SIMULATION 0x80000000u
#define DPE_INIT_DEFAULT    0x40000000u

#define DPE_DERIVE_INTERNAL_INFO      0x80000000u
#define DPE_DERIVE_INTERNAL_DICE      0x40000000u
#define DPE_DERIVE_RETAIN_PARENT      0x20000000u
#define DPE_DERIVE_MAKE_DEFAULT       0x10000000u
#define DPE_DERIVE_CHANGE_LOCALITY    0x08000000u
#define DPE_DERIVE_ALLOW_CA           0x04000000u
#define DPE_DERIVE_ALLOW_X509         0x02000000u
#define DPE_DERIVE_RECURSIVE          0x01000000u
#define DPE_DERIVE_EXPORT_CDI         0x00800000u
#define DPE_DERIVE_CREATE_CERTIFICATE 0x00400000u

#define DPE_ROTATE_TO_DEFAULT 0x80000000u

struct dpe_handle {
    uint8_t bytes[DPE_HANDLE_SIZE];
};

struct dpe_command {
    uint32_t magic;
    uint32_t id;
    uint32_t profile;
};

struct dpe_initialize_command {
    struct dpe_command header;
    uint32_t flags;
};

struct dpe_derive_command {
    struct dpe_command header;
    struct dpe_handle handle;
    uint8_t data[48];
    uint32_t flags;
    uint32_t tci_type;
    uint32_t target_locality;
};

struct dpe_rotate_command {
    struct dpe_command header;
    struct dpe_handle handle;
    uint32_t flags;
};

struct dpe_destroy_command {
    struct dpe_command header;
    struct dpe_handle handle;
};

enum dpe_format {
    DPE_FORMAT_X509 = 0,
    DPE_FORMAT_CSR = 1, /* PKCS#10, in a CMS message that the issuer signs */
};

struct dpe_certify_command {
    struct dpe_command header;
    struct dpe_handle handle;
    uint32_t flags;  /* none are defined */
    uint32_t format; /* enum dpe_format */
    uint8_t label[48];
};

struct dpe_sign_command {
    struct dpe_command header;
    struct dpe_handle handle;
    uint8_t label[48];
    uint32_t flags; /* none are defined */
    uint8_t digest[48];
};

struct dpe_chain_command {
    struct dpe_command header;
    uint32_t offset;
    uint32_t size;
};

struct dpe_response {
    uint32_t magic;
    uint32_t status;
    uint32_t profile;
};

struct dpe_profile_response {
    struct dpe_response header;
    uint16_t major_version;
    uint16_t minor_version;
    uint32_t vendor;
    uint32_t product;
    uint32_t max_contexts;
    uint32_t supports;
};

struct dpe_handle_response {
    struct dpe_response header;
    struct dpe_handle handle;
};

struct dpe_derive_response {
    struct dpe_response header;
    struct dpe_handle handle;
    struct dpe_handle parent_handle;
};

/* The response to DeriveContext with DPE_DERIVE_EXPORT_CDI. */
struct dpe_export_response {
    struct dpe_response header;
    struct dpe_handle handle; /* of no context */
    struct dpe_handle parent_handle;
    uint8_t export[DPE_EXPORT_SIZE];
    uint32_t size;
    uint8_t certificate[DPE_CERTIFICATE_MAX];
};

struct dpe_certify_response {
    struct dpe_response header;
    struct dpe_handle handle;
    uint8_t x[48];
    uint8_t y[48];
    uint32_t size;
    uint8_t certificate[DPE_CERTIFICATE_MAX];
};

struct dpe_sign_response {
    struct dpe_response header;
    struct dpe_handle handle;
    uint8_t r[48];
    uint8_t s[48];
};

struct dpe_chain_response {
    struct dpe_response header;
    uint32_t size;
    uint8_t bytes[DPE_CHUNK_MAX];
};

_Static_assert(sizeof(struct dpe_derive_command) == 88, "wrong size");
_Static_assert(sizeof(struct dpe_certify_command) == 84, "wrong size");
_Static_assert(sizeof(struct dpe_sign_command) == 128, "wrong size");
_Static_assert(sizeof(struct dpe_certify_response) == 6272, "wrong size");
_Static_assert(sizeof(struct dpe_sign_response) == 124, "wrong size");
_Static_assert(sizeof(struct dpe_export_response) == 6224, "wrong size");
_Static_assert(sizeof(struct dpe_profile_response) == 32, "wrong size");
_Static_assert(sizeof(struct dpe_derive_response) == 44, "wrong size");

#endif
