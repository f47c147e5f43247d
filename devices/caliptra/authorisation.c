/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/caliptra/authorisation.h"

#include <stdio.h>
#include <string.h>

#include "abi/caliptra.h"
#include "abi/caliptra_soc_manifest.h"
#include "base/bits.h"

enum { DATA_READY = 1, WORD = 4 };
enum {
    IMAGE = offsetof(struct caliptra_authorize_request, firmware_id) / WORD,
    DIGEST = offsetof(struct caliptra_authorize_request, measurement) / WORD,
    RESULT = offsetof(struct caliptra_authorize_response, result) / WORD,
};

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

static const char *decision(uint32_t result)
{
    switch (result) {
    case CALIPTRA_IMAGE_AUTHORISED:
        return "authorised";
    case CALIPTRA_IMAGE_NOT_AUTHORISED:
        return "refused: not in the manifest";
    case CALIPTRA_IMAGE_HASH_MISMATCH:
        return "refused: not the digest in the manifest";
    default:
        return "refused: an unknown answer";
    }
}

void authorisation_answer(struct device *mailbox,
                          struct authorisation *authorisation, uint32_t status,
                          const uint32_t *memory, uint32_t length)
{
    uint8_t digest[CALIPTRA_DIGEST_SIZE];
    char subject[24];
    bool answered = status == DATA_READY &&
                    length == sizeof(struct caliptra_authorize_response);

    if (authorisation->asked == 0) {
        return;
    }
    authorisation->asked = 0;
    for (unsigned i = 0; i < CALIPTRA_DIGEST_WORDS; i++) {
        store_le32(digest + (size_t)WORD * i, authorisation->digest[i]);
    }
    snprintf(subject, sizeof(subject), "image 0x%x", authorisation->image);
    device_event(
        mailbox, EVENT_AUTHORISE, subject, digest, sizeof(digest), "%s",
        answered ? decision(memory[RESULT]) : "refused: the command failed");
}
