/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of one mailbox command, and the checks of its response. */
#include "trust/caliptra/mailbox.h"

#include <string.h>

#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_soc_ifc.h"
#include "base/assert.h"
#include "base/bits.h"

enum {
    CHECKSUM_SIZE = sizeof(struct caliptra_request_header),
    RESPONSE_HEADER_SIZE = sizeof(struct caliptra_response_header),
};

static int get(const struct caliptra_mailbox *mailbox, uint32_t address,
               uint32_t *value)
{
    return mailbox->soc->read(mailbox->context, address, value);
}

static int put(const struct caliptra_mailbox *mailbox, uint32_t address,
               uint32_t value)
{
    return mailbox->soc->write(mailbox->context, address, value);
}

static void step(struct caliptra_mailbox *mailbox,
                 enum caliptra_mailbox_state from,
                 enum caliptra_mailbox_state to)
{
    assert(mailbox->state == from);
    mailbox->state = to;
}

/* A read of 0 takes the lock. */
static int lock(struct caliptra_mailbox *mailbox)
{
    uint32_t locked = 0;
    int result = get(mailbox, CALIPTRA_MBOX_LOCK, &locked);
    while (result == 0 && (locked & 1) != 0) {
        result =
            mailbox->soc->wait(mailbox->context, CALIPTRA_MAILBOX_WAIT_LOCK);
        result = result ? result : get(mailbox, CALIPTRA_MBOX_LOCK, &locked);
    }
    if (result == 0) {
        step(mailbox, CALIPTRA_MAILBOX_RELEASED, CALIPTRA_MAILBOX_LOCKED);
    }
    return result;
}

static int send(struct caliptra_mailbox *mailbox, uint32_t command,
                const struct buffer *bytes)
{
    int result = put(mailbox, CALIPTRA_MBOX_CMD, command);
    result = result ? result
                    : put(mailbox, CALIPTRA_MBOX_DLEN, (uint32_t)bytes->size);
    const size_t whole = bytes->size & ~(size_t)3;
    for (size_t i = 0; i < whole && result == 0; i += 4) {
        result =
            put(mailbox, CALIPTRA_MBOX_DATAIN, load_le32(bytes->bytes + i));
    }
    if (whole != bytes->size && result == 0) {
        uint8_t word[4] = {0};
        memcpy(word, bytes->bytes + whole, bytes->size - whole);
        result = put(mailbox, CALIPTRA_MBOX_DATAIN, load_le32(word));
    }
    result = result ? result : put(mailbox, CALIPTRA_MBOX_EXECUTE, 1);
    if (result == 0) {
        step(mailbox, CALIPTRA_MAILBOX_LOCKED, CALIPTRA_MAILBOX_EXECUTING);
    }
    return result;
}

static int await(struct caliptra_mailbox *mailbox, uint32_t *status)
{
    for (;;) {
        int result = get(mailbox, CALIPTRA_MBOX_STATUS, status);
        *status &= CALIPTRA_MBOX_STATUS_MASK;
        if (result == 0 && *status != CALIPTRA_MBOX_STATUS_BUSY) {
            step(mailbox, CALIPTRA_MAILBOX_EXECUTING,
                 CALIPTRA_MAILBOX_ANSWERED);
            return 0;
        }
        result = result ? result
                        : mailbox->soc->wait(mailbox->context,
                                             CALIPTRA_MAILBOX_WAIT_ANSWER);
        if (result) {
            return result;
        }
    }
}

static int receive(const struct caliptra_mailbox *mailbox,
                   const struct caliptra_mailbox_request *request,
                   struct buffer *bytes, struct error *error)
{
    assert(mailbox->state == CALIPTRA_MAILBOX_ANSWERED);
    uint32_t size = 0;
    int result = get(mailbox, CALIPTRA_MBOX_DLEN, &size);
    if (result == 0 && size > request->response_max) {
        return error_set(error, -EPROTO,
                         "%s: a response of %u bytes, the limit is %zu",
                         request->doing, size, request->response_max);
    }
    for (uint32_t i = 0; i < size && result == 0; i += 4) {
        uint32_t word = 0;
        result = get(mailbox, CALIPTRA_MBOX_DATAOUT, &word);
        buffer_append_le32(bytes, word);
    }
    if (result == 0) {
        bytes->size = size;
    }
    return result;
}

/* Every driver asks this of a response: its bytes match the checksum before
 * them, and its FIPS status is one that firmware sends. That the service is not
 * an approved one is for the caller to judge, as the command has succeeded. */
static int check(const struct caliptra_mailbox_request *request,
                 const struct buffer *bytes, struct error *error)
{
    if (bytes->size < RESPONSE_HEADER_SIZE) {
        return error_set(error, -EPROTO, "%s: a response of %zu bytes",
                         request->doing, bytes->size);
    }
    if (load_le32(bytes->bytes) !=
        caliptra_checksum(0, bytes->bytes + CHECKSUM_SIZE,
                          bytes->size - CHECKSUM_SIZE)) {
        return error_set(error, -EPROTO, "%s: a wrong checksum in the response",
                         request->doing);
    }
    uint32_t fips = load_le32(bytes->bytes + CHECKSUM_SIZE);
    return fips == CALIPTRA_FIPS_APPROVED || fips == CALIPTRA_FIPS_USER_DIGEST
               ? 0
               : error_set(error, -EPROTO,
                           "%s: FIPS status 0x%x in the response",
                           request->doing, fips);
}

int caliptra_mailbox_exchange(struct caliptra_mailbox *mailbox,
                              struct caliptra_mailbox_request *request,
                              struct caliptra_mailbox_answer *answer,
                              struct error *error)
{
    struct buffer *bytes = &request->bytes;

    assert(mailbox->state == CALIPTRA_MAILBOX_RELEASED);
    assert(answer->bytes.size == 0);
    if (request->has_checksum) {
        assert(bytes->size >= CHECKSUM_SIZE);
        store_le32(bytes->bytes,
                   caliptra_checksum(request->command,
                                     bytes->bytes + CHECKSUM_SIZE,
                                     bytes->size - CHECKSUM_SIZE));
    }
    int result = lock(mailbox);
    result = result ? result : send(mailbox, request->command, bytes);
    result = result ? result : await(mailbox, &answer->status);
    if (result || answer->status != CALIPTRA_MBOX_STATUS_DATA_READY) {
        return result;
    }
    result = receive(mailbox, request, &answer->bytes, error);
    return result || !request->has_checksum
               ? result
               : check(request, &answer->bytes, error);
}

int caliptra_mailbox_release(struct caliptra_mailbox *mailbox)
{
    int result = put(mailbox, CALIPTRA_MBOX_EXECUTE, 0);
    if (result == 0) {
        step(mailbox, CALIPTRA_MAILBOX_ANSWERED, CALIPTRA_MAILBOX_RELEASED);
    }
    return result;
}
