/* SPDX-License-Identifier: Apache-2.0 */
/* Invariants of our Caliptra runtime, broken in its memory as by a bug of its
 * own or a fault: a fatal error that names the place. */
#include <string.h>

#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_memory.h"
#include "abi/caliptra_runtime.h"
#include "abi/caliptra_soc_ifc.h"
#include "abi/caliptra_soc_manifest.h"
#include "abi/caliptra_status.h"
#include "base/bits.h"
#include "guest/caliptra/runtime/dpe.h"
#include "tests/caliptra/part.h"
#include "tests/harness.h"

/* Writes a word of DCCM behind the runtime's back. */
static void plant(struct part *part, uint32_t address, uint32_t value,
                  size_t size)
{
    uint8_t *dccm;
    size_t dccm_size;

    EXPECT_EQ(cairn_memory(part->soc.machine, "dccm", &dccm, &dccm_size), 0);
    memcpy(dccm + (address - CALIPTRA_DCCM_BASE), &value, size);
}

static uint32_t context_at(unsigned index, size_t offset)
{
    return (uint32_t)(CALIPTRA_DCCM_DPE + offsetof(struct dpe, contexts) +
                      index * sizeof(struct dpe_context) + offset);
}

/* Ends with the part. */
static void expect_broken(struct part *part, uint32_t code, void *request,
                          size_t size, const char *place)
{
    struct part_answer answer;

    EXPECT(part_command(part, code, request, size, &answer) !=
           CALIPTRA_MBOX_STATUS_DATA_READY);
    EXPECT_EQ(soc_read(&part->soc, CALIPTRA_SOC_IFC_FW_ERROR_FATAL),
              CALIPTRA_ERROR_INVARIANT);
    EXPECT(soc_read(&part->soc, CALIPTRA_SOC_IFC_FW_EXTENDED_ERROR_INFO) != 0);
    EXPECT(strstr(buffer_text(&part->soc.console), place) != NULL);
    soc_destroy(&part->soc);
    part->soc.machine = NULL;
}

TEST(a_tree_of_contexts_that_cannot_be_is_a_fault)
{
    enum { ROOT = 0, FIRST = 1, FREE = 2 };
#define FIELD(name) offsetof(struct dpe_context, name)
    static const struct {
        const char *what;
        size_t field;
        unsigned context;
        uint8_t value;
    } rows[] = {
        {"no such state",        FIELD(state),      FIRST, 3           },
        {"parent that is free",  FIELD(parent),     FIRST, FREE        },
        {"parent of itself",     FIELD(parent),     FIRST, FIRST       },
        {"parent beyond",        FIELD(parent),     FIRST, DPE_CONTEXTS},
        {"simulation of a fact", FIELD(simulation), FIRST, 1           },
        {"root below its child", FIELD(parent),     ROOT,  FIRST       },
    };
#undef FIELD

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct {
            struct caliptra_request_header header;
            uint32_t size; /* as struct caliptra_sized_request has it */
            struct dpe_command command;
        } request = {
            .size = sizeof(struct dpe_command),
            .command = {DPE_COMMAND_MAGIC, DPE_GET_PROFILE, DPE_PROFILE},
        };
        struct part part;

        test_case("%s", rows[i].what);
        if (part_set_up(&part, &part_roms[0])) {
            plant(&part, context_at(rows[i].context, rows[i].field),
                  rows[i].value, 1);
            expect_broken(&part, CALIPTRA_CMD_INVOKE_DPE, &request,
                          sizeof(request),
                          "guest/caliptra/runtime/dpe_context.c: an invariant "
                          "does not hold, line 0x");
        }
        part_tear_down(&part);
    }
}

TEST(a_list_of_images_that_is_too_long_is_a_fault)
{
    struct caliptra_authorize_request request = {.source = 1};
    struct part part;

    if (part_set_up(&part, &part_roms[0])) {
        plant(&part, CALIPTRA_DCCM_SOC_IMAGES, CALIPTRA_SOC_IMAGES_MAX + 1, 4);
        expect_broken(&part, CALIPTRA_CMD_AUTHORIZE_AND_STASH, &request,
                      sizeof(request),
                      "guest/caliptra/runtime/manifest.c: an invariant does "
                      "not hold, line 0x");
    }
    part_tear_down(&part);
}
