/* SPDX-License-Identifier: Apache-2.0 */
/* Finds a command in the table, checks its request, and answers. */
#include "guest/caliptra/runtime/command.h"

#include "abi/caliptra_image.h"
#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_status.h"
#include "guest/kit/ensure/ensure.h"
#include "guest/kit/memory/memory.h"

/* The mailbox's owner is a user, and its request and answer have room. */
static uint32_t serve(struct runtime *runtime, const struct command *command)
{
    ensure(runtime->user != CALIPTRA_RESERVED_USER);
    ensure(runtime->size <= sizeof runtime->request);
    uint32_t error = command->serve(runtime);
    if (error == 0) {
        ensure(runtime->answered >= sizeof(struct caliptra_response_header));
        ensure(runtime->answered <= sizeof runtime->response);
    }
    return error;
}

uint32_t command_serve(struct runtime *runtime, uint32_t code)
{
    for (unsigned i = 0; i < command_count; i++) {
        const struct command *command = &commands[i];
        if (command->code != code) {
            continue;
        }
        if (command->size != COMMAND_ANY_SIZE &&
            command->size != runtime->size) {
            return command->bad_size;
        }
        runtime->answered = sizeof(struct caliptra_response_header);
        memset(runtime->response, 0, runtime->answered);
        return serve(runtime, command);
    }
    return CALIPTRA_ERROR_RUNTIME_UNIMPLEMENTED_COMMAND;
}

bool runtime_privileged(const struct runtime *runtime)
{
    return (runtime->handoff.flags & CALIPTRA_HEADER_PL0_VALID) != 0 &&
           runtime->handoff.pl0_pauser == runtime->user;
}
