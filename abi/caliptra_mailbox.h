/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mailbox commands that every Caliptra firmware serves, the ROM included:
 * codes, layouts and the checksum of requests and responses. Commands of the
 * runtime are in abi/caliptra_runtime.h, the mailbox's registers in
 * abi/caliptra_soc_ifc.h.
 *
 * Freestanding C11, little-endian.
 */
#ifndef ABI_CALIPTRA_MAILBOX_H
#define ABI_CALIPTRA_MAILBOX_H

#include <stddef.h>
#include <stdint.h>

#include "abi/caliptra_assert.h"

/* Commands that a ROM serves. */
#define CALIPTRA_CMD_FIRMWARE_LOAD         0x46574c44u /* no checksum */
#define CALIPTRA_CMD_VERSION               0x46505652u
#define CALIPTRA_CMD_SELF_TEST_START       0x46504c54u
#define CALIPTRA_CMD_SELF_TEST_GET_RESULTS 0x46504c67u
#define CALIPTRA_CMD_SHUTDOWN              0x46505344u
#define CALIPTRA_CMD_CAPABILITIES          0x43415053u
#define CALIPTRA_CMD_STASH_MEASUREMENT     0x4d454153u
#define CALIPTRA_CMD_GET_IDEV_CSR          0x49444352u

#define CALIPTRA_RESERVED_USER 0xffffffffu

/*
 * Every other request starts with a checksum: zero minus the sum of the four
 * command bytes and the bytes of the payload that follows. So does every
 * response, with the command taken as 0.
 */
static inline uint32_t caliptra_sum(const uint8_t *bytes, size_t size)
{
    uint32_t total = 0;
    for (size_t i = 0; i < size; i++) {
        total += bytes[i];
    }
    return total;
}

/* The checksum before these bytes, which follow it or include it as 0. */
static inline uint32_t caliptra_checksum(uint32_t command, const void *bytes,
                                         size_t size)
{
    return 0u - caliptra_sum((const uint8_t *)&command, sizeof(command)) -
           caliptra_sum((const uint8_t *)bytes, size);
}

struct caliptra_request_header {
    uint32_t checksum;
};

/* The service is not an approved one, which is no failure: the digest that was
 * verified came from the user ("USRD"; ROM 2.1.2, ECDSA384_SIGNATURE_VERIFY).
 */
#define CALIPTRA_FIPS_APPROVED    0u
#define CALIPTRA_FIPS_USER_DIGEST 0x55535244u

struct caliptra_response_header {
    uint32_t checksum;
    uint32_t fips_status;
};

struct caliptra_stash_request {
    struct caliptra_request_header header;
    uint8_t metadata[4];
    uint8_t measurement[48];
    uint8_t context[48];
    uint32_t svn;
};

struct caliptra_stash_response {
    struct caliptra_response_header header;
    uint32_t dpe_result;
};

struct caliptra_version_response {
    struct caliptra_response_header header;
    uint32_t mode;        /* 0x46495053 */
    uint32_t fips_rev[3]; /* hardware, ROM (low) and FMC (high), runtime */
    uint8_t name[12];
};

struct caliptra_capabilities_response {
    struct caliptra_response_header header;
    uint8_t capabilities[16]; /* big-endian 128-bit mask */
};

CALIPTRA_ASSERT_SIZE(caliptra_stash_request, 108);
CALIPTRA_ASSERT_SIZE(caliptra_version_response, 36);

#endif
