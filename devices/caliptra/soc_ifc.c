/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Caliptra 1.x SoC interface (soc_ifc_reg): what core and SoC tell each other,
 * fuses, generic wires, and all registers. soc_ifc_state.h says what the files
 * beside this one hold.
 */
#include <inttypes.h>
#include <string.h>

#include "devices/caliptra/soc_ifc_state.h"

enum flow_status_bits {
    FLOW_CSR_READY = 1 << 24,
    FLOW_READY_FOR_FW = 1 << 28,
    FLOW_READY_FOR_RUNTIME = 1 << 29,
    FLOW_READY_FOR_FUSES = 1 << 30,
    FLOW_MAILBOX_DONE = 1u << 31,
};
#define FLOW_WRITABLE                                                          \
    (0xffffffu | FLOW_CSR_READY | FLOW_READY_FOR_FW | FLOW_READY_FOR_RUNTIME | \
     FLOW_MAILBOX_DONE)
enum { FLOW_BOOT_STATE_SHIFT = 25 };

enum hw_config_bits { CONFIG_INTERNAL_TRNG = 1 << 0, CONFIG_LMS = 1 << 4 };

/* ---- Lines --------------------------------------------------------------- */

void soc_ifc_set(struct device *device, enum soc_ifc_output output,
                 uint32_t level)
{
    line_set(&device->outputs[output], level);
}

void soc_ifc_show(struct device *device)
{
    const struct soc_ifc_state *state = device->state;
    uint32_t flow = state->flow_status;

    interrupts_update(device);
    soc_ifc_set(device, SOC_IFC_READY_FOR_FW, (flow & FLOW_READY_FOR_FW) != 0);
    soc_ifc_set(device, SOC_IFC_READY_FOR_RUNTIME,
                (flow & FLOW_READY_FOR_RUNTIME) != 0);
    soc_ifc_set(device, SOC_IFC_MAILBOX_FLOW_DONE,
                (flow & FLOW_MAILBOX_DONE) != 0);
    soc_ifc_set(device, SOC_IFC_TRNG_REQ,
                (state->trng_status & TRNG_REQUEST) != 0);
    soc_ifc_set(device, SOC_IFC_NMI_VECTOR, state->nmi_vector);
    soc_ifc_set(device, SOC_IFC_ICCM_LOCK, state->iccm_lock);
    soc_ifc_set(device, SOC_IFC_GENERIC_OUT0, state->generic_out[0]);
    soc_ifc_set(device, SOC_IFC_GENERIC_OUT1, state->generic_out[1]);
    soc_ifc_set(device, SOC_IFC_ERROR_FATAL, state->error_fatal);
    soc_ifc_set(device, SOC_IFC_ERROR_NON_FATAL, state->error_non_fatal);
    soc_ifc_set(device, SOC_IFC_DEBUG_FLUSH, state->error_fatal);
}

/* ---- Flow ---------------------------------------------------------------- */

static uint32_t read_flow_status(struct device *device,
                                 const struct access *access, unsigned index)
{
    const struct soc_ifc_state *state = device->state;
    bool waits = state->boot_state == BOOT_FUSE && !state->fuse_write_seen;

    (void)access;
    (void)index;
    return state->flow_status | state->boot_state << FLOW_BOOT_STATE_SHIFT |
           (waits ? FLOW_READY_FOR_FUSES : 0);
}

static void write_flow_status(struct device *device,
                              const struct access *access, unsigned index,
                              uint32_t value)
{
    static const struct {
        uint32_t bit;
        enum event_fact fact;
    } milestones[] = {
        {FLOW_CSR_READY,         FACT_CSR_READY         },
        {FLOW_READY_FOR_FW,      FACT_READY_FOR_FIRMWARE},
        {FLOW_READY_FOR_RUNTIME, FACT_READY_FOR_RUNTIME },
    };
    struct soc_ifc_state *state = device->state;
    uint32_t news = value & ~state->flow_status;

    (void)access;
    (void)index;
    state->flow_status = value;
    for (size_t i = 0; i < ARRAY_SIZE(milestones); i++) {
        if ((news & milestones[i].bit) != 0) {
            device_event(device, .fact = milestones[i].fact);
        }
    }
    soc_ifc_show(device);
}

static uint32_t read_security_state(struct device *device,
                                    const struct access *access, unsigned index)
{
    const struct soc_ifc_state *state = device->state;
    uint32_t level = device->input_levels[SOC_IFC_SECURITY_STATE];

    (void)access;
    (void)index;
    return state->security_state | (level & SECURITY_SCAN_MODE);
}

/* 3:0 major, 7:4 minor, 15:8 patch. */
static uint32_t revision(uint32_t generation)
{
    switch (generation) {
    case GENERATION_1_0:
        return 0x0001;
    case GENERATION_1_1:
        return 0x0011;
    case GENERATION_2_0:
        return 0x0202;
    default:
        return 0x0212;
    }
}

static uint32_t read_hw_revision(struct device *device,
                                 const struct access *access, unsigned index)
{
    const struct soc_ifc_state *state = device->state;
    const struct soc_ifc_wiring *wiring = device->wiring;

    (void)access;
    (void)index;
    return state->soc_stepping[0] << 16 | revision(wiring->generation);
}

static uint32_t read_hw_config(struct device *device,
                               const struct access *access, unsigned index)
{
    const struct soc_ifc_wiring *wiring = device->wiring;

    (void)access;
    (void)index;
    return (wiring->internal_trng ? CONFIG_INTERNAL_TRNG : 0) |
           (wiring->generation < GENERATION_1_1 ? 0 : CONFIG_LMS);
}

static void write_bootfsm_go(struct device *device, const struct access *access,
                             unsigned index, uint32_t value)
{
    struct soc_ifc_state *state = device->state;

    (void)access;
    (void)index;
    state->bootfsm_go = value;
    soc_ifc_boot_advance(device);
}

static void write_update_reset(struct device *device,
                               const struct access *access, unsigned index,
                               uint32_t value)
{
    (void)access;
    (void)index;
    if (value != 0) {
        soc_ifc_boot_update(device);
    }
}

static void write_iccm_lock(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    struct soc_ifc_state *state = device->state;

    (void)access;
    (void)index;
    /* The ROM's last act before it enters what it loaded there. */
    if (value != 0 && state->iccm_lock == 0) {
        device_event(device, .fact = FACT_FIRMWARE_ENTERED);
    }
    state->iccm_lock |= value;
    soc_ifc_set(device, SOC_IFC_ICCM_LOCK, state->iccm_lock);
}

static void write_nmi_vector(struct device *device, const struct access *access,
                             unsigned index, uint32_t value)
{
    struct soc_ifc_state *state = device->state;

    (void)access;
    (void)index;
    state->nmi_vector = value;
    soc_ifc_set(device, SOC_IFC_NMI_VECTOR, value);
}

/* ---- Generic wires ------------------------------------------------------- */

static void write_generic_out(struct device *device,
                              const struct access *access, unsigned index,
                              uint32_t value)
{
    struct soc_ifc_state *state = device->state;

    (void)access;
    state->generic_out[index] = value;
    /* The console: bits 7:0 a character, bit 8 changes with each. 0xff and
     * 0x01 are verdicts of test firmware, not text. */
    if (index == 0 && (value & 0xff) != 0xff && (value & 0xff) != 0x01) {
        fabric_console(device->fabric, device->name, (uint8_t)value);
    }
    soc_ifc_set(device, SOC_IFC_GENERIC_OUT0 + index, value);
}

void soc_ifc_latch_generic_in(struct device *device)
{
    struct soc_ifc_state *state = device->state;
    const uint32_t *levels = &device->input_levels[SOC_IFC_GENERIC_IN0];

    if (memcmp(state->generic_in, levels, sizeof(state->generic_in)) != 0) {
        memcpy(state->generic_in, levels, sizeof(state->generic_in));
        interrupts_raise(device, INTERRUPT_NOTIF, NOTIF_GENERIC_IN);
    }
}

static void generic_in_changed(struct device *device, unsigned input,
                               uint32_t level)
{
    (void)input;
    (void)level;
    if (soc_ifc_is_up(device)) {
        soc_ifc_latch_generic_in(device);
    }
}

/* ---- Fuses --------------------------------------------------------------- */

/* Handlers of each fuse, by its member of the state. */
#define SECRET_FUSE(member, offset, words, name, mask, text)                   \
    static void write_##member(struct device *device,                          \
                               const struct access *access, unsigned index,    \
                               uint32_t value)                                 \
    {                                                                          \
        struct soc_ifc_state *state = device->state;                           \
        uint32_t *fuse = state->member;                                        \
        soc_ifc_write_fuse(device, access, &fuse[index], value);               \
    }
#define FUSE(member, offset, words, name, mask, text)                          \
    SECRET_FUSE(member, offset, words, name, mask, text)                       \
    static uint32_t read_##member(struct device *device,                       \
                                  const struct access *access, unsigned index) \
    {                                                                          \
        const struct soc_ifc_state *state = device->state;                     \
        const uint32_t *fuse = state->member;                                  \
        return soc_ifc_read_fuse(device, access, &fuse[index]);                \
    }
#include "devices/caliptra/soc_ifc_fuses.def"
#define SHARED_SECRET_FUSE(member, offset, words, name, mask, text)
#define SHARED_FUSE SHARED_SECRET_FUSE
#include "devices/caliptra/soc_ifc_fuses_2.def"
#undef SHARED_FUSE
#undef SHARED_SECRET_FUSE
#undef FUSE
#undef SECRET_FUSE

/* ---- Registers of generation 2 ------------------------------------------- */

static void write_capabilities(struct device *device,
                               const struct access *access, unsigned index,
                               uint32_t value)
{
    struct soc_ifc_state *state = device->state;

    (void)access;
    if (state->capabilities_lock == 0) {
        state->capabilities[index] = value;
    }
}

static void write_owner_hash(struct device *device, const struct access *access,
                             unsigned index, uint32_t value)
{
    struct soc_ifc_state *state = device->state;

    (void)access;
    if (state->owner_hash_lock == 0) {
        state->owner_hash[index] = value;
    }
}

static void write_strap(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    struct soc_ifc_state *state = device->state;

    soc_ifc_write_fuse(device, access, &state->straps[index], value);
}

/* ---- Life cycle of the device -------------------------------------------- */

extern const struct device_type caliptra_soc_ifc_2;

static int read_key_property(struct device *device, struct error *error)
{
    /* The development key that public test firmware and benches share. */
    static const uint32_t development_key[OBF_KEY_WORDS] = {
        0xa0a1a2a3, 0xb0b1b2b3, 0xc0c1c2c3, 0xd0d1d2d3,
        0xe0e1e2e3, 0xf0f1f2f3, 0xa4a5a6a7, 0xb4b5b6b7,
    };
    struct soc_ifc_wiring *wiring = device->wiring;
    const uint8_t *cells = NULL;
    size_t size = 0;

    memcpy(wiring->obf_key, development_key, sizeof(development_key));
    if (device->properties != NULL) {
        cells = device->properties->find(device->node, "cairn,obfuscation-key",
                                         true, &size);
    }
    if (cells == NULL) {
        return 0;
    }
    if (size != sizeof(wiring->obf_key)) {
        return error_set(error, -EINVAL,
                         "%s: 'cairn,obfuscation-key' needs %d cells, not %zu",
                         device->name, OBF_KEY_WORDS, size / 4);
    }
    for (unsigned i = 0; i < OBF_KEY_WORDS; i++) {
        wiring->obf_key[i] = load_be32(cells + 4 * i);
    }
    return 0;
}

static int init(struct device *device, struct error *error)
{
    struct soc_ifc_wiring *wiring = device->wiring;

    wiring->frequency_hz =
        device_property_u32(device, "clock-frequency", 400000000);
    wiring->generation = device_property_u32(
        device, "cairn,generation",
        device->type == &caliptra_soc_ifc_2 ? GENERATION_2_0 : GENERATION_1_1);
    wiring->internal_trng =
        device_property_u32(device, "cairn,internal-trng", 0) != 0;
    if (wiring->frequency_hz == 0) {
        return error_set(error, -EINVAL,
                         "%s: 'clock-frequency' must be 1 or more",
                         device->name);
    }
    bool is_2 = device->type == &caliptra_soc_ifc_2;
    uint32_t first = is_2 ? GENERATION_2_0 : GENERATION_1_0;
    if (wiring->generation < first || wiring->generation > first + 1) {
        return error_set(error, -EINVAL,
                         "%s: 'cairn,generation' must be 0x%04" PRIx32
                         " or 0x%04" PRIx32 ", not 0x%04" PRIx32,
                         device->name, first, first + 1, wiring->generation);
    }
    return read_key_property(device, error);
}

static void reset(struct device *device, enum reset_domain domain)
{
    struct soc_ifc_state *state = device->state;

    if (domain != RESET_CORE) {
        timer_cancel(&device->fabric->clock,
                     &device->timers[SOC_IFC_UPDATE_TIMER]);
        soc_ifc_watchdog_reset(device);
    }
    if (domain == RESET_POWER_ON) {
        soc_ifc_counter_set(device, &state->mtime, 0, true);
        soc_ifc_mtime_update(device);
    }
    soc_ifc_show(device);
    soc_ifc_boot_show(device);
}

static void restored(struct device *device)
{
    const struct soc_ifc_state *state = device->state;

    soc_ifc_show(device);
    soc_ifc_boot_show(device);
    soc_ifc_set(device, SOC_IFC_NMI,
                state->watchdog_expired[1] != 0 &&
                    state->watchdog_enable[1] == 0);
    soc_ifc_mtime_update(device);
}

#define R(member) FIELD(struct soc_ifc_state, member)
#define ALL       UINT32_MAX

/* clang-format off */
static const struct register_spec registers[] = {
#include "devices/caliptra/soc_ifc_registers.def"
#define SECRET_FUSE(member, offset, words, name, mask, text)                   \
    {offset, words, name, {NO, WO}, RESET_POWER_ON, 0, mask, R(member), NULL,  \
     write_##member, text},
#define FUSE(member, offset, words, name, mask, text)                          \
    {offset, words, name, {RO, RW}, RESET_POWER_ON, 0, mask, R(member),        \
     read_##member, write_##member, text},
#include "devices/caliptra/soc_ifc_fuses.def"
#undef FUSE
#undef SECRET_FUSE
#include "devices/caliptra/soc_ifc_internal.def"
    INTERRUPT_ROWS_WITH(0x800, 8, 6, soc_ifc_write_error_status),
};

static const struct register_spec registers_2[] = {
#include "devices/caliptra/soc_ifc_registers.def"
#define SECRET_FUSE(member, offset, words, name, mask, text)                   \
    {offset, words, name, {NO, WO}, RESET_POWER_ON, 0, mask, R(member), NULL,  \
     write_##member, text},
#define FUSE(member, offset, words, name, mask, text)                          \
    {offset, words, name, {RO, RW}, RESET_POWER_ON, 0, mask, R(member),        \
     read_##member, write_##member, text},
#define SHARED_SECRET_FUSE SECRET_FUSE
#define SHARED_FUSE        FUSE
#include "devices/caliptra/soc_ifc_fuses_2.def"
#undef SHARED_FUSE
#undef SHARED_SECRET_FUSE
#undef FUSE
#undef SECRET_FUSE
    {0x128, 2, "CPTRA_CAPABILITIES", {RW, RW}, RESET_WARM, 0, ALL,
     R(capabilities), NULL, write_capabilities, "of hardware and firmware"},
    {0x130, 1, "CPTRA_CAP_LOCK", {W1S, W1S}, RESET_WARM, 0, 1,
     R(capabilities_lock), NULL, NULL, "locks them"},
    {0x140, 12, "CPTRA_OWNER_PK_HASH", {RW, RW}, RESET_POWER_ON, 0, ALL,
     R(owner_hash), NULL, write_owner_hash, "SHA-384 of the owner's public keys"},
    {0x170, 1, "CPTRA_OWNER_PK_HASH_LOCK", {W1S, W1S}, RESET_POWER_ON, 0, 1,
     R(owner_hash_lock), NULL, NULL, "locks it"},
    {0x500, STRAP_WORDS, "SS_STRAP", {RO, RW}, RESET_POWER_ON, 0, ALL,
     R(straps), NULL, write_strap, "straps of the subsystem, until fuses are "
     "written"},
    {0x5c0, 2, "SS_DBG_MANUF_SERVICE_REG", {RW, RW}, RESET_WARM, 0, ALL,
     R(debug_service), NULL, NULL, "debug services: request and response"},
    {0x5c8, 2, "SS_SOC_DBG_UNLOCK_LEVEL", {RW, RO}, RESET_WARM, 0, ALL,
     R(unlock_level), NULL, NULL, "debug level granted"},
    {0x5d0, 4, "SS_GENERIC_FW_EXEC_CTRL", {RW, RO}, RESET_WARM, 0, ALL,
     R(exec_control), NULL, NULL, "which images may run, a bit each"},
#include "devices/caliptra/soc_ifc_internal.def"
    INTERRUPT_ROWS_WITH(0x800, 8, 6, soc_ifc_write_error_status),
};
/* clang-format on */

static const struct register_bank banks[] = {
    {"soc_ifc_reg", 0x10000, 4, registers, ARRAY_SIZE(registers)},
};

static const struct register_bank banks_2[] = {
    {"soc_ifc_reg", 0x10000, 4, registers_2, ARRAY_SIZE(registers_2)},
};

#define S(member, domain) STATE(struct soc_ifc_state, member, domain)

/* clang-format off */
#define COMMON_FIELDS                                                          \
    S(unused, RESET_POWER_ON),                                                 \
    {"notif_count.unused", INTERRUPT_FIELD(notif_count[6]), 8, RESET_POWER_ON, 0}, \
    S(boot_state, RESET_WARM), \
    S(fuse_write_seen, RESET_WARM), \
    S(was_up, RESET_POWER_ON), \
    S(breakpoint, RESET_WARM), \
    S(update_waiting, RESET_WARM), \
    S(security_state, RESET_WARM), \
    S(error_fatal, RESET_WARM), \
    S(error_non_fatal, RESET_WARM), \
    S(watchdog_expired, RESET_WARM), \
    S(watchdog, RESET_WARM), \
    S(mtime, RESET_POWER_ON)
/* clang-format on */

static const struct state_field fields[] = {
    COMMON_FIELDS,
#define FUSE(member, offset, words, name, mask, text) S(member, RESET_POWER_ON),
#define SECRET_FUSE                                   FUSE
#define SHARED_SECRET_FUSE(member, offset, words, name, mask, text)
#define SHARED_FUSE SHARED_SECRET_FUSE
#include "devices/caliptra/soc_ifc_fuses_2.def"
#undef SHARED_FUSE
#undef SHARED_SECRET_FUSE
#undef FUSE
#undef SECRET_FUSE
    S(capabilities, RESET_WARM),
    S(capabilities_lock, RESET_WARM),
    S(owner_hash, RESET_POWER_ON),
    S(owner_hash_lock, RESET_POWER_ON),
    S(straps, RESET_POWER_ON),
    S(debug_service, RESET_WARM),
    S(unlock_level, RESET_WARM),
    S(exec_control, RESET_WARM),
};

/* Fuses that only generation 1 has. */
static const struct state_field fields_2[] = {
    COMMON_FIELDS,
    S(uds_seed, RESET_POWER_ON),
    S(owner_key_hash, RESET_POWER_ON),
    S(fmc_svn, RESET_POWER_ON),
    S(fuse_life_cycle, RESET_POWER_ON),
    S(lms_verify, RESET_POWER_ON),
};

static const struct output_spec outputs[] = {
    [SOC_IFC_ERROR] = {"error",                 LINE_INTERRUPT},
    [SOC_IFC_NOTIF] = {"notif",                 LINE_INTERRUPT},
    [SOC_IFC_RESET_POWER_ON] = {"reset_power_on",        LINE_RESET    },
    [SOC_IFC_RESET_WARM] = {"reset_warm",            LINE_RESET    },
    [SOC_IFC_RESET_CORE] = {"reset_core",            LINE_RESET    },
    [SOC_IFC_READY_FOR_FUSES] = {"ready_for_fuses",       LINE_SIGNAL   },
    [SOC_IFC_READY_FOR_FW] = {"ready_for_fw",          LINE_SIGNAL   },
    [SOC_IFC_READY_FOR_RUNTIME] = {"ready_for_runtime",     LINE_SIGNAL   },
    [SOC_IFC_MAILBOX_FLOW_DONE] = {"mailbox_flow_done",     LINE_SIGNAL   },
    [SOC_IFC_ERROR_FATAL] = {"cptra_error_fatal",     LINE_SIGNAL   },
    [SOC_IFC_ERROR_NON_FATAL] = {"cptra_error_non_fatal", LINE_SIGNAL   },
    [SOC_IFC_TRNG_REQ] = {"trng_req",              LINE_SIGNAL   },
    [SOC_IFC_MTIP] = {"mtip",                  LINE_SIGNAL   },
    [SOC_IFC_NMI] = {"nmi",                   LINE_SIGNAL   },
    [SOC_IFC_NMI_VECTOR] = {"nmi_vector",            LINE_SIGNAL   },
    [SOC_IFC_ICCM_LOCK] = {"iccm_lock",             LINE_SIGNAL   },
    [SOC_IFC_DEBUG_FLUSH] = {"debug_flush",           LINE_SIGNAL   },
    [SOC_IFC_GENERIC_OUT0] = {"generic_output_wires0", LINE_SIGNAL   },
    [SOC_IFC_GENERIC_OUT1] = {"generic_output_wires1", LINE_SIGNAL   },
};

static const struct input_spec inputs[] = {
    [SOC_IFC_PWRGOOD] = {"cptra_pwrgood",        soc_ifc_boot_changed        },
    [SOC_IFC_RST_B] = {"cptra_rst_b",          soc_ifc_boot_changed        },
    [SOC_IFC_SECURITY_STATE] = {"security_state",
                         soc_ifc_security_state_changed                      },
    [SOC_IFC_GENERIC_IN0] = {"generic_input_wires0", generic_in_changed          },
    [SOC_IFC_GENERIC_IN1] = {"generic_input_wires1", generic_in_changed          },
    [SOC_IFC_BREAKPOINT] = {"bootfsm_brkpoint",     NULL                        },
    [SOC_IFC_CRYPTO_ERROR] = {"crypto_error",         soc_ifc_crypto_error_changed},
};

static void (*const timers[])(struct device *device) = {
    [SOC_IFC_WATCHDOG_TIMER] = soc_ifc_watchdog_update,
    [SOC_IFC_MTIME_TIMER] = soc_ifc_mtime_update,
    [SOC_IFC_UPDATE_TIMER] = soc_ifc_boot_waited,
};

const struct device_type caliptra_soc_ifc = {
    .compatible = SOC_IFC_COMPATIBLE,
    .title = "Caliptra SoC interface",
    .reference = "Caliptra 1.1 registers, soc_ifc_reg",
    .omitted =
        "memory bit errors, blocked writes to ICCM as an interrupt, the "
        "debug interface, clock gating; resets take no time but the "
        "wait cycles of an update",
    .role = ROLE_ROOT_OF_TRUST,
    .state_size = sizeof(struct soc_ifc_state),
    .wiring_size = sizeof(struct soc_ifc_wiring),
    DEVICE_TABLE(bank, banks),
    DEVICE_TABLE(field, fields),
    DEVICE_TABLE(output, outputs),
    DEVICE_TABLE(input, inputs),
    DEVICE_TABLE(timer, timers),
    .init = init,
    .reset = reset,
    .restored = restored,
};

const struct device_type caliptra_soc_ifc_2 = {
    .compatible = SOC_IFC_2_COMPATIBLE,
    .title = "Caliptra SoC interface, generation 2",
    .reference = "Caliptra 2.0 registers, soc_ifc_reg",
    .omitted =
        "the subsystem's part, memory bit errors, blocked writes to ICCM as an "
        "interrupt, the "
        "debug interface, clock gating; resets take no time but the "
        "wait cycles of an update",
    .role = ROLE_ROOT_OF_TRUST,
    .state_size = sizeof(struct soc_ifc_state),
    .wiring_size = sizeof(struct soc_ifc_wiring),
    DEVICE_TABLE(bank, banks_2),
    DEVICE_TABLE(field, fields_2),
    DEVICE_TABLE(output, outputs),
    DEVICE_TABLE(input, inputs),
    DEVICE_TABLE(timer, timers),
    .init = init,
    .reset = reset,
    .restored = restored,
};
