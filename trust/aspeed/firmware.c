/* SPDX-License-Identifier: Apache-2.0 */
/* The table of firmware.def. */
#include "trust/aspeed/firmware.h"

#include <string.h>

#define FIRMWARE(id, key, words) [ASPEED_FIRMWARE_##id] = {key, words},
static const struct {
    const char *key;
    const char *words;
} firmware[ASPEED_FIRMWARE_COUNT] = {
#include "trust/aspeed/firmware.def"
};
#undef FIRMWARE

static const char unknown[] = "unknown";

const char *aspeed_firmware_key(uint32_t id)
{
    return id < ASPEED_FIRMWARE_COUNT && firmware[id].key ? firmware[id].key
                                                          : unknown;
}

const char *aspeed_firmware_words(uint32_t id)
{
    return id < ASPEED_FIRMWARE_COUNT && firmware[id].words ? firmware[id].words
                                                            : unknown;
}

uint32_t aspeed_firmware_find(const char *key)
{
    for (uint32_t id = 1; id < ASPEED_FIRMWARE_COUNT; id++) {
        if (strcmp(firmware[id].key, key) == 0) {
            return id;
        }
    }
    return 0;
}

const char *aspeed_entry_words(uint32_t entry)
{
    switch (entry) {
    case ASPEED_ENTRY_CALIPTRA:
        return "Caliptra bundle";
    case ASPEED_ENTRY_MANIFEST:
        return "SoC manifest";
    case ASPEED_ENTRY_MCU:
        return aspeed_firmware_words(ASPEED_FIRMWARE_MCU);
    default:
        return entry < ASPEED_ENTRY_SOC
                   ? unknown
                   : aspeed_firmware_words(entry - ASPEED_ENTRY_SOC +
                                           ASPEED_FIRMWARE_DDR4_IMEM);
    }
}
