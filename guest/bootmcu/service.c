/* SPDX-License-Identifier: Apache-2.0 */
/* Answers the requests of the monitor, and kicks the watchdog. */
#include "guest/bootmcu/service.h"

#include "abi/boot_mcu.h"
#include "abi/boot_service.h"
#include "guest/bootmcu/console.h"
#include "guest/bootmcu/update.h"
#include "guest/kit/csr/csr.h"
#include "guest/kit/hart/hart.h"
#include "guest/kit/mmio/mmio.h"

/* Well within the watchdog's period. */
enum { KICK_SECONDS = 5 };

/* The system as it was booted. */
struct system {
    struct metadata *metadata;
    unsigned bank;
};

/* ---- A channel ----------------------------------------------------------- */

static uint32_t argument(unsigned channel, unsigned index)
{
    return mmio_read(BOOT_SERVICE_ARGUMENT + 32 * channel + 4 * index);
}

static void answer(unsigned channel, unsigned index, uint32_t value)
{
    mmio_write(BOOT_SERVICE_RESULT + 16 * channel + 4 * index, value);
}

/* ---- Cores --------------------------------------------------------------- */

static bool is_held(unsigned core)
{
    return (mmio_read(BOOT_MCU_RESET_LINES) >> core & 1) != 0;
}

static int core_on(unsigned channel)
{
    unsigned core = argument(channel, 0);
    if (core >= SOC_RESET_CORES) {
        return BOOT_SERVICE_CORE_INVALID;
    }
    if (!is_held(core)) {
        return BOOT_SERVICE_CORE_ON_NOW;
    }
    for (unsigned i = 0; i < 4; i++) {
        mmio_write(BOOT_SERVICE_START + 16 * core + 4 * i,
                   argument(channel, 1 + i));
    }
    mmio_write(BOOT_MCU_RESET_RELEASE, 1u << core);
    return is_held(core) ? BOOT_SERVICE_CORE_DENIED : BOOT_SERVICE_CORE_GOOD;
}

static int core_state(unsigned channel)
{
    unsigned core = argument(channel, 0);
    return core >= SOC_RESET_CORES ? BOOT_SERVICE_CORE_INVALID : is_held(core);
}

/* ---- The system ---------------------------------------------------------- */

static _Noreturn void end(const char *how, uint32_t place, uint32_t key)
{
    console_text("boot MCU: ");
    console_text(how);
    console_text("\n");
    mmio_write(place, key);
    for (;;) {
        hart_wait();
    }
}

union image_type {
    uint32_t words[4];
    struct uefi_guid guid;
};

static int bless(const struct system *system, unsigned channel)
{
    union image_type type;
    for (unsigned i = 0; i < 4; i++) {
        type.words[i] = argument(channel, i);
    }
    return update_bless(system->metadata, system->bank, &type.guid);
}

static void answer_image_type(const struct system *system, unsigned channel)
{
    union image_type type = {.words = {0}};
    if (system->metadata != NULL) {
        type.guid = system->metadata->image.image_type;
    }
    for (unsigned i = 0; i < 4; i++) {
        answer(channel, i, type.words[i]);
    }
}

static void answer_update_state(const struct system *system, unsigned channel)
{
    uint32_t boots_left;
    answer(channel, 0,
           update_state(system->metadata, system->bank, &boots_left));
    answer(channel, 1, boots_left);
}

/* Requests whose result is one number. */
static int result_of(const struct system *system, unsigned channel,
                     uint32_t request)
{
    switch (request) {
    case BOOT_SERVICE_CORE_ON:
        return core_on(channel);
    case BOOT_SERVICE_CORE_OFF:
        mmio_write(BOOT_MCU_RESET_ASSERT, 1u << channel);
        return BOOT_SERVICE_CORE_GOOD;
    case BOOT_SERVICE_CORE_STATE:
        return core_state(channel);
    case BOOT_SERVICE_POWER_OFF:
        end("power off", BOOT_MCU_RESET_POWER_OFF, SOC_RESET_POWER_OFF_KEY);
    case BOOT_SERVICE_RESET:
        end("reset", BOOT_MCU_RESET_WARM, SOC_RESET_WARM_KEY);
    case BOOT_SERVICE_FWU_ACCEPT:
        return bless(system, channel);
    case BOOT_SERVICE_FWU_REVERSE:
        return update_select_previous(system->metadata, system->bank);
    default:
        return BOOT_SERVICE_CORE_INVALID;
    }
}

static void serve(const struct system *system, unsigned channel)
{
    uint32_t request = mmio_read(BOOT_SERVICE_REQUEST + 4 * channel);
    if (request == BOOT_SERVICE_UPDATE) {
        answer_update_state(system, channel);
    } else if (request == BOOT_SERVICE_IMAGE_TYPE) {
        answer_image_type(system, channel);
    } else {
        answer(channel, 0, (uint32_t)result_of(system, channel, request));
    }
    mmio_write(BOOT_SERVICE_REQUEST + 4 * channel, 0);
}

/* ---- Sleep --------------------------------------------------------------- */

static uint64_t now(void)
{
    uint32_t high;
    uint32_t low;
    do {
        high = mmio_read(BOOT_MCU_MTIME + 4);
        low = mmio_read(BOOT_MCU_MTIME);
    } while (high != mmio_read(BOOT_MCU_MTIME + 4));
    return (uint64_t)high << 32 | low;
}

/* The low word is at its end for as long as the high one is not right
 * (Privileged Architecture, 3.2.1). */
static void wake_at(uint64_t time)
{
    mmio_write(BOOT_MCU_MTIMECMP, UINT32_MAX);
    mmio_write(BOOT_MCU_MTIMECMP + 4, (uint32_t)(time >> 32));
    mmio_write(BOOT_MCU_MTIMECMP, (uint32_t)time);
}

/* Interrupts are off: the timer and the doorbell only wake. */
_Noreturn void service_run(struct metadata *metadata, unsigned bank)
{
    const struct system system = {metadata, bank};
    hart_wake_by(CSR_MIE_MTIE | CSR_MIE_MEIE);
    for (;;) {
        uint32_t pending = mmio_read(BOOT_SERVICE_PENDING);
        for (unsigned channel = 0; channel < SOC_RESET_CORES; channel++) {
            if ((pending >> channel & 1) != 0) {
                serve(&system, channel);
            }
        }
        mmio_write(BOOT_MCU_RESET_KICK, 1);
        wake_at(now() + KICK_SECONDS * BOOT_MCU_TIMER_HZ);
        hart_wait();
    }
}
