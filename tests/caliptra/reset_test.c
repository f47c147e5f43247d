/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every life-cycle state, debug locked and not, over cold, warm and update
 * resets in any order: our firmware gets to its runtime again, and the
 * runtime's certificate is by the key that signs. What the FMC leaves and says.
 */
#include <string.h>

#include "abi/caliptra_handoff.h"
#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_memory.h"
#include "abi/caliptra_runtime.h"
#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "tests/caliptra/part.h"
#include "tests/harness.h"

enum { UNPROVISIONED = 0, MANUFACTURING = 1, PRODUCTION = 3 };

struct certificate {
    uint32_t size;
    uint8_t bytes[1024];
};

static void certificate_of(struct part *part, struct certificate *certificate)
{
    struct part_answer answer;
    uint8_t request[4] = {0};

    certificate->size = 0;
    EXPECT_EQ(part_command(part, CALIPTRA_CMD_GET_RT_ALIAS_CERT, request,
                           sizeof(request), &answer),
              CALIPTRA_MBOX_STATUS_DATA_READY);
    if (EXPECT(answer.size > 12) &&
        EXPECT(load_le32(answer.bytes + 8) <= sizeof(certificate->bytes))) {
        certificate->size = load_le32(answer.bytes + 8);
        memcpy(certificate->bytes, answer.bytes + 12, certificate->size);
    }
}

static bool is_ready(struct part *part)
{
    return EXPECT(soc_wait(&part->soc, "soc_ifc.ready_for_runtime", 1,
                           PART_LIMIT)) &&
           EXPECT_EQ(soc_read(&part->soc, CALIPTRA_SOC_IFC_FW_ERROR_FATAL),
                     0) &&
           EXPECT_EQ(soc_read(&part->soc, CALIPTRA_SOC_IFC_FW_ERROR_NON_FATAL),
                     0);
}

static bool reset_by(struct part *part, char kind)
{
    switch (kind) {
    case 'c':
        return part_boot(part);
    case 'w':
        return EXPECT(soc_warm_reset(&part->soc));
    default:
        if (!EXPECT(soc_mailbox_send(&part->soc, CALIPTRA_CMD_FIRMWARE_LOAD,
                                     part->bytes.bytes, part->bytes.size)) ||
            !EXPECT_EQ(soc_mailbox_wait(&part->soc, PART_LIMIT),
                       CALIPTRA_MBOX_STATUS_COMPLETE)) {
            return false;
        }
        soc_mailbox_finish(&part->soc);
        return true;
    }
}

static void survives(const struct part_rom *rom, uint32_t life_cycle,
                     bool debug_locked, const char *resets)
{
    struct certificate first;
    struct certificate now;
    OWNED(part_tear_down) struct part part = {0};
    bool flushed = false;

    test_case("life cycle %u, debug %s, resets %s", life_cycle,
              debug_locked ? "locked" : "unlocked", resets);
    if (part_set_up_in(&part, rom, life_cycle, debug_locked)) {
        certificate_of(&part, &first);
        for (const char *kind = resets; *kind != 0; kind++) {
            if (!reset_by(&part, *kind) || !is_ready(&part)) {
                break;
            }
            flushed =
                (flushed || (*kind == 'w' && !debug_locked)) && *kind != 'c';
            certificate_of(&part, &now);
            /* The vault's keys are gone, so the names are others'.
             */
            EXPECT((now.size == first.size &&
                    memcmp(now.bytes, first.bytes, first.size) == 0) !=
                   flushed);
        }
    }
}

static void every_state_survives_every_reset(const struct part_rom *rom)
{
    static const uint32_t life_cycles[] = {UNPROVISIONED, MANUFACTURING,
                                           PRODUCTION};

    for (size_t i = 0; i < ARRAY_SIZE(life_cycles); i++) {
        survives(rom, life_cycles[i], true, "wuwc");
        survives(rom, life_cycles[i], false, "wuwc");
    }
    survives(rom, PRODUCTION, false, "uwuc");
}
PART_BEHAVIOUR(every_state_survives_every_reset)

/* The start of a line and of what it says: digests are the firmware's own. */
static const char *const lines[] = {
    "[fmc] entered\n",
    "[fmc] PCR0 ",
    "[fmc] PCR1 ",
    "[fmc] runtime alias X ",
    "[fmc] runtime at 0x40004000\n",
    "[runtime] ready\n",
};

static void the_fmc_says_what_it_found(const struct part_rom *rom)
{
    OWNED(part_tear_down) struct part part = {0};

    if (part_set_up(&part, rom)) {
        const char *at = buffer_text(&part.soc.console);
        for (size_t i = 0; i < ARRAY_SIZE(lines) && at != NULL; i++) {
            test_case("%s", lines[i]);
            at = strstr(at, lines[i]);
            EXPECT(at != NULL);
        }
    }
}
PART_BEHAVIOUR(the_fmc_says_what_it_found)

/* A field that this ROM knows nothing of is all ones to newer firmware. */
static void what_no_rom_filled_in_is_ones(const struct part_rom *rom)
{
    OWNED(part_tear_down) struct part part = {0};
    uint8_t *bytes = NULL;
    size_t size;

    if (part_set_up(&part, rom) &&
        EXPECT_EQ(cairn_memory(part.soc.machine, "dccm", &bytes, &size), 0)) {
        const struct caliptra_fht *fht =
            (const void *)(bytes + (CALIPTRA_DCCM_FHT - CALIPTRA_DCCM_BASE));
        for (size_t i = 0; i < sizeof(fht->reserved); i++) {
            EXPECT_EQ(fht->reserved[i], 0xff);
        }
    }
}
PART_BEHAVIOUR(what_no_rom_filled_in_is_ones)
