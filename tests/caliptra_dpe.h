/* SPDX-License-Identifier: Apache-2.0 */
/* Commands to the DICE Protection Environment of a part. */
#ifndef TESTS_CALIPTRA_DPE_H
#define TESTS_CALIPTRA_DPE_H

#include <stddef.h>
#include <stdint.h>

#include "abi/dpe.h"
#include "tests/caliptra_part.h"

struct dpe_exchange {
    uint32_t status; /* UINT32_MAX: the mailbox command failed */
    uint32_t code;   /* CPTRA_FW_ERROR_NON_FATAL */
    uint32_t size;   /* of the response, with its header */
    uint8_t bytes[sizeof(struct dpe_certify_response)]; /* without */
};

/* Sends a command, whose header it fills in; checks the response's form. */
struct dpe_exchange dpe_exchange(struct part *part, uint32_t id, void *command,
                                 size_t size);

#endif
