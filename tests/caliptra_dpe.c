/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/caliptra_dpe.h"

#include <string.h>

#include "abi/caliptra_runtime.h"
#include "base/bits.h"
#include "tests/harness.h"

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
                     &answer) == PART_DATA_READY) {
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
