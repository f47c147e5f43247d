/* SPDX-License-Identifier: Apache-2.0 */
/* Matches AUTHORIZE_AND_STASH with its answer and adds the event. */
#include "devices/caliptra/authorisation.h"

#include <string.h>

#include "abi/caliptra_image.h"
#include "abi/caliptra_runtime.h"
#include "abi/caliptra_soc_ifc.h"
#include "abi/caliptra_soc_manifest.h"
#include "base/assert.h"
#include "base/bits.h"

enum { WORD = 4 };
enum {
    IMAGE = offsetof(struct caliptra_authorize_request, firmware_id) / WORD,
    DIGEST = offsetof(struct caliptra_authorize_request, measurement) / WORD,
    RESULT = offsetof(struct caliptra_authorize_response, result) / WORD,
};

static_assert(
    offsetof(struct caliptra_authorize_request, firmware_id) % WORD == 0 &&
        offsetof(struct caliptra_authorize_request, measurement) % WORD == 0 &&
        offsetof(struct caliptra_authorize_response, result) % WORD == 0,
    "fields of commands are whole words of the mailbox");

void authorisation_ask(struct authorisation *authorisation, uint32_t command,
                       const uint32_t *memory, uint32_t length)
{
    authorisation->asked = command == CALIPTRA_CMD_AUTHORIZE_AND_STASH &&
                           length == sizeof(struct caliptra_authorize_request);
    if (authorisation->asked != 0) {
        authorisation->image = memory[IMAGE];
        memcpy(authorisation->digest, memory + DIGEST,
               sizeof(authorisation->digest));
    }
}

static enum event_fact decision(uint32_t result)
{
    switch (result) {
    case CALIPTRA_IMAGE_AUTHORISED:
        return FACT_IMAGE_AUTHORISED;
    case CALIPTRA_IMAGE_NOT_AUTHORISED:
        return FACT_IMAGE_NOT_IN_MANIFEST;
    case CALIPTRA_IMAGE_HASH_MISMATCH:
        return FACT_IMAGE_OTHER_DIGEST;
    default:
        return FACT_IMAGE_UNKNOWN_ANSWER;
    }
}

void authorisation_answer(struct device *mailbox,
                          struct authorisation *authorisation, uint32_t status,
                          const uint32_t *memory, uint32_t length)
{
    uint8_t digest[CALIPTRA_DIGEST_SIZE];
    bool answered = status == CALIPTRA_MBOX_STATUS_DATA_READY &&
                    length == sizeof(struct caliptra_authorize_response);

    if (authorisation->asked == 0) {
        return;
    }
    authorisation->asked = 0;
    for (unsigned i = 0; i < CALIPTRA_DIGEST_WORDS; i++) {
        store_le32(digest + (size_t)WORD * i, authorisation->digest[i]);
    }
    device_event(mailbox,
                 .fact = answered ? decision(memory[RESULT])
                                  : FACT_IMAGE_COMMAND_FAILED,
                 .number = authorisation->image,
                 .digest = event_digest(digest, sizeof(digest)));
}
