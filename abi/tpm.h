/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TPM 2.0: what a transport looks at in commands and responses (TPM Library
 * Specification, Part 2, 6 and Part 3, 5.2), and the form in which a register
 * interface in the machine asks the TPM behind it.
 */
#ifndef ABI_TPM_H
#define ABI_TPM_H

#include <assert.h>
#include <stdint.h>

/* Both headers: a tag, the size of the whole, a command or response code;
 * big-endian. */
enum {
    TPM_HEADER_TAG = 0, /* offsets */
    TPM_HEADER_LENGTH = 2,
    TPM_HEADER_CODE = 6,
    TPM_HEADER_SIZE = 10,
};

enum { TPM_ST_NO_SESSIONS = 0x8001 };

enum tpm_response_code {
    TPM_RC_SUCCESS = 0,
    TPM_RC_INITIALIZE = 0x100,
    TPM_RC_FAILURE = 0x101,
    TPM_RC_COMMAND_SIZE = 0x142,
};

enum { TPM_LOCALITIES = 5, TPM_BUFFER_MAX = 4096 };

/* A request from an interface to its TPM: this header, then a command whose
 * length is the one in its own header. The reply is the response alone, or in
 * its place the reason why there is none, as text: no response begins with a
 * letter. */
struct tpm_request {
    uint8_t locality;
    uint8_t init;           /* 1: the machine was reset since the last request,
                               _TPM_Init (Part 1, 12.2.2) comes first */
    uint8_t buffer_size[2]; /* big-endian: the most that a response may have,
                               and a command; taken with init */
};

static_assert(sizeof(struct tpm_request) == 4, "bytes alone");

#endif
