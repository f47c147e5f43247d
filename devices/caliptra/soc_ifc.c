/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SoC interface of Caliptra 1.x and 2.x (soc_ifc_reg): flow, fuses and generic
 * wires between core and SoC, and the tables of all registers. soc_ifc_state.h
 * says what the files beside this one hold.
 *
 * The set of registers of a generation is a table of the rows that both have
 * (soc_ifc_registers.def, soc_ifc_internal.def) and of its own (soc_ifc_1.def,
 * soc_ifc_2.def). A fuse is a member of the state, a pair of handlers below,
 * and a row. Offsets are those of abi/caliptra_soc_ifc.h.
 */
#include <inttypes.h>
#include <string.h>

#include "devices/caliptra/soc_ifc_state.h"

#define FLOW_WRITABLE                                                          \
    (0xffffffu | CALIPTRA_FLOW_IDEVID_CSR_READY | CALIPTRA_FLOW_READY_FOR_FW | \
     CALIPTRA_FLOW_READY_FOR_RUNTIME | CALIPTRA_FLOW_MAILBOX_DONE)
enum { FLOW_BOOT_STATE_SHIFT = 25 };

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
    soc_ifc_set(device, SOC_IFC_READY_FOR_FW,
                (flow & CALIPTRA_FLOW_READY_FOR_FW) != 0);
    soc_ifc_set(device, SOC_IFC_READY_FOR_RUNTIME,
                (flow & CALIPTRA_FLOW_READY_FOR_RUNTIME) != 0);
    soc_ifc_set(device, SOC_IFC_MAILBOX_FLOW_DONE,
                (flow & CALIPTRA_FLOW_MAILBOX_DONE) != 0);
    soc_ifc_set(device, SOC_IFC_TRNG_REQ,
                (state->trng_status & CALIPTRA_TRNG_STATUS_REQUEST) != 0);
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

    return state->flow_status | state->boot_state << FLOW_BOOT_STATE_SHIFT |
           (waits ? CALIPTRA_FLOW_READY_FOR_FUSES : 0);
}

static void write_flow_status(struct device *device,
                              const struct access *access, unsigned index,
                              uint32_t value)
{
    static const struct {
        uint32_t bit;
        enum event_fact fact;
    } milestones[] = {
        {CALIPTRA_FLOW_IDEVID_CSR_READY,  FACT_CSR_READY         },
        {CALIPTRA_FLOW_READY_FOR_FW,      FACT_READY_FOR_FIRMWARE},
        {CALIPTRA_FLOW_READY_FOR_RUNTIME, FACT_READY_FOR_RUNTIME },
    };
    struct soc_ifc_state *state = device->state;
    uint32_t news = value & ~state->flow_status;

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

    return state->security_state | (level & CALIPTRA_SECURITY_SCAN_MODE);
}

static uint32_t read_hw_revision(struct device *device,
                                 const struct access *access, unsigned index)
{
    const struct soc_ifc_state *state = device->state;
    const struct soc_ifc_wiring *wiring = device->wiring;

    return state->soc_stepping[0] << 16 | wiring->generation->hw_revision;
}

static uint32_t read_hw_config(struct device *device,
                               const struct access *access, unsigned index)
{
    const struct soc_ifc_wiring *wiring = device->wiring;

    return (wiring->internal_trng ? CALIPTRA_HW_CONFIG_INTERNAL_TRNG : 0) |
           (wiring->generation->has_winternitz ? CALIPTRA_HW_CONFIG_LMS : 0);
}

static void write_bootfsm_go(struct device *device, const struct access *access,
                             unsigned index, uint32_t value)
{
    struct soc_ifc_state *state = device->state;

    state->bootfsm_go = value;
    soc_ifc_boot_advance(device);
}

static void write_update_reset(struct device *device,
                               const struct access *access, unsigned index,
                               uint32_t value)
{
    if (value != 0) {
        soc_ifc_boot_update(device);
    }
}

static void write_iccm_lock(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    struct soc_ifc_state *state = device->state;

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

    state->nmi_vector = value;
    soc_ifc_set(device, SOC_IFC_NMI_VECTOR, value);
}

/* ---- Generic wires ------------------------------------------------------- */

static void write_generic_out(struct device *device,
                              const struct access *access, unsigned index,
                              uint32_t value)
{
    struct soc_ifc_state *state = device->state;

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
    if (soc_ifc_is_up(device)) {
        soc_ifc_latch_generic_in(device);
    }
}

/* ---- Fuses --------------------------------------------------------------- */

/* Handlers of a fuse, which its member of the state names. */
#define SECRET_FUSE_HANDLERS(member)                                           \
    static void write_##member(struct device *device,                          \
                               const struct access *access, unsigned index,    \
                               uint32_t value)                                 \
    {                                                                          \
        struct soc_ifc_state *state = device->state;                           \
        uint32_t *fuse = state->member;                                        \
        soc_ifc_write_fuse(device, access, &fuse[index], value);               \
    }
#define FUSE_HANDLERS(member)                                                  \
    SECRET_FUSE_HANDLERS(member)                                               \
    static uint32_t read_##member(struct device *device,                       \
                                  const struct access *access, unsigned index) \
    {                                                                          \
        const struct soc_ifc_state *state = device->state;                     \
        const uint32_t *fuse = state->member;                                  \
        return soc_ifc_read_fuse(device, access, &fuse[index]);                \
    }
SECRET_FUSE_HANDLERS(uds_seed)
SECRET_FUSE_HANDLERS(uds_seed_2)
SECRET_FUSE_HANDLERS(field_entropy)
SECRET_FUSE_HANDLERS(hek_seed)
FUSE_HANDLERS(vendor_key_hash)
FUSE_HANDLERS(owner_key_hash)
FUSE_HANDLERS(ecc_revocation)
FUSE_HANDLERS(lms_revocation)
FUSE_HANDLERS(mldsa_revocation)
FUSE_HANDLERS(lms_verify)
FUSE_HANDLERS(pqc_key_type)
FUSE_HANDLERS(fmc_svn)
FUSE_HANDLERS(runtime_svn)
FUSE_HANDLERS(anti_rollback_disable)
FUSE_HANDLERS(manifest_svn)
FUSE_HANDLERS(manifest_svn_max)
FUSE_HANDLERS(idevid_attributes)
FUSE_HANDLERS(hsm_id)
FUSE_HANDLERS(fuse_life_cycle)
FUSE_HANDLERS(soc_stepping)
FUSE_HANDLERS(debug_token)

/* ---- Registers of generation 2 ------------------------------------------- */

static void write_capabilities(struct device *device,
                               const struct access *access, unsigned index,
                               uint32_t value)
{
    struct soc_ifc_state *state = device->state;

    if (state->capabilities_lock == 0) {
        state->capabilities[index] = value;
    }
}

static void write_owner_hash(struct device *device, const struct access *access,
                             unsigned index, uint32_t value)
{
    struct soc_ifc_state *state = device->state;

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

static int read_key_property(struct device *device, struct error *error)
{
    /* The development key that public test firmware and benches share. */
    static const uint32_t development_key[SOC_IFC_OBF_KEY_WORDS] = {
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
                         device->name, SOC_IFC_OBF_KEY_WORDS, size / 4);
    }
    for (unsigned i = 0; i < SOC_IFC_OBF_KEY_WORDS; i++) {
        wiring->obf_key[i] = load_be32(cells + 4 * i);
    }
    return 0;
}

static int init(struct device *device, struct error *error)
{
    struct soc_ifc_wiring *wiring = device->wiring;
    const struct soc_ifc_layout *layout = device->type->interface;
    uint32_t number =
        device_property_u32(device, "cairn,generation", layout->otherwise);

    wiring->layout = layout;
    wiring->generation = generation_row(number);
    wiring->frequency_hz =
        device_property_u32(device, "clock-frequency", 400000000);
    wiring->internal_trng =
        device_property_u32(device, "cairn,internal-trng", 0) != 0;
    if (wiring->frequency_hz == 0) {
        return error_set(error, -EINVAL,
                         "%s: 'clock-frequency' must be 1 or more",
                         device->name);
    }
    if (number != layout->first && number != layout->last) {
        return error_set(error, -EINVAL,
                         "%s: 'cairn,generation' must be 0x%04" PRIx32
                         " or 0x%04" PRIx32 ", not 0x%04" PRIx32,
                         device->name, layout->first, layout->last, number);
    }
    return read_key_property(device, error);
}

static const struct soc_ifc_layout layout_1 = {
    .first = GENERATION_1_0,
    .last = GENERATION_1_1,
    .otherwise = GENERATION_1_1,
    .uds_seed = FIELD(struct soc_ifc_state, uds_seed),
    .owner_hash = FIELD(struct soc_ifc_state, owner_key_hash),
};
static const struct soc_ifc_layout layout_2 = {
    .first = GENERATION_2_0,
    .last = GENERATION_2_1,
    .otherwise = GENERATION_2_0,
    .uds_seed = FIELD(struct soc_ifc_state, uds_seed_2),
    .owner_hash = FIELD(struct soc_ifc_state, owner_hash),
};

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

/* ---- Tables -------------------------------------------------------------- */

/* A register's offset; AT_2, one that 1.x lacks or has elsewhere. */
#define AT(name)   (CALIPTRA_SOC_IFC_##name - CALIPTRA_SOC_IFC_BASE)
#define AT_2(name) (CALIPTRA2_SOC_IFC_##name - CALIPTRA_SOC_IFC_BASE)

#define R(member)     FIELD(struct soc_ifc_state, member)
#define COUNT(member) ARRAY_SIZE(((struct soc_ifc_state *)0)->member)
#define ALL           UINT32_MAX

/* clang-format off */
/* A secret fuse is never read back by anybody. */
#define SECRET_FUSE(offset, member, name, mask, text)                          \
    {offset, COUNT(member), name, {NO, WO}, RESET_POWER_ON, 0, mask,           \
     R(member), NULL, write_##member, text}
#define FUSE(offset, member, name, mask, text)                                 \
    {offset, COUNT(member), name, {RO, RW}, RESET_POWER_ON, 0, mask,           \
     R(member), read_##member, write_##member, text}

/* Fuses that all generations have at one place. */
#define COMMON_FUSES                                                           \
    FUSE(AT(FUSE_ANTI_ROLLBACK_DISABLE), anti_rollback_disable,                \
         "fuse_anti_rollback_disable", 1,                                      \
         "security versions are not compared"),                                \
    FUSE(AT(FUSE_IDEVID_CERT_ATTR), idevid_attributes,                         \
         "fuse_idevid_cert_attr", ALL,                                         \
         "attributes of the IDevID certificate"),                              \
    FUSE(AT(FUSE_IDEVID_MANUF_HSM_ID), hsm_id, "fuse_idevid_manuf_hsm_id",     \
         ALL, "the manufacturer's HSM")
#define STEPPING_FUSE                                                          \
    FUSE(AT(FUSE_SOC_STEPPING_ID), soc_stepping, "fuse_soc_stepping_id",       \
         0xffff, "stepping of the SoC, shown in CPTRA_HW_REV_ID")
#define INTERRUPTS                                                             \
    INTERRUPT_ROWS_WITH(AT(INTR_GLOBAL_INTR_EN), 8, 6,                         \
                        soc_ifc_write_error_status)

static const struct register_spec registers_1[] = {
#include "devices/caliptra/soc_ifc_registers.def"
#include "devices/caliptra/soc_ifc_1.def"
#include "devices/caliptra/soc_ifc_internal.def"
    INTERRUPTS,
};

static const struct register_spec registers_2[] = {
#include "devices/caliptra/soc_ifc_registers.def"
#include "devices/caliptra/soc_ifc_2.def"
#include "devices/caliptra/soc_ifc_internal.def"
    INTERRUPTS,
};
/* clang-format on */

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

/* A register of 2.x is state without one in 1.x, and the reverse. */
static const struct state_field fields_1[] = {
    COMMON_FIELDS,
    S(uds_seed_2, RESET_POWER_ON),
    S(mldsa_revocation, RESET_POWER_ON),
    S(debug_token, RESET_POWER_ON),
    S(pqc_key_type, RESET_POWER_ON),
    S(manifest_svn, RESET_POWER_ON),
    S(manifest_svn_max, RESET_POWER_ON),
    S(hek_seed, RESET_POWER_ON),
    S(capabilities, RESET_WARM),
    S(capabilities_lock, RESET_WARM),
    S(owner_hash, RESET_POWER_ON),
    S(owner_hash_lock, RESET_POWER_ON),
    S(straps, RESET_POWER_ON),
    S(debug_service, RESET_WARM),
    S(unlock_level, RESET_WARM),
    S(exec_control, RESET_WARM),
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

/* The last is of generation 2 alone. */
static const struct omission omissions[] = {
    {NULL,                  OMITTED_UNSEEN, 0, 0, "memory bit errors: none occur"},
    {NULL,                  OMITTED_UNSEEN, 0, 0, "the debug interface"          },
    {"CPTRA_CLK_GATING_EN", OMITTED_UNSEEN, 0, 0, "clock gating"                 },
    {NULL,                  OMITTED_UNSEEN, 0, 0,
     "the time that resets take, but the wait cycles of an update"               },
    {"a bus error",         OMITTED_ABSENT, 0, 0,
     "the interrupt of a blocked write to ICCM"                                  },
    {"HW_CONFIG",           OMITTED_ABSENT, 0, 0, "the subsystem's part"         },
};

const struct device_type caliptra_soc_ifc = {
    .compatible = SOC_IFC_COMPATIBLE,
    .title = "Caliptra SoC interface",
    .reference = "Caliptra 1.1 registers, soc_ifc_reg",
    DEVICE_TABLE(omission, omissions) - 1,
    .role = ROLE_ROOT_OF_TRUST,
    .state_size = sizeof(struct soc_ifc_state),
    .wiring_size = sizeof(struct soc_ifc_wiring),
    DEVICE_BANKS(REGISTER_BANK("soc_ifc_reg", 0x10000, 4, registers_1)),
    DEVICE_TABLE(field, fields_1),
    DEVICE_TABLE(output, outputs),
    DEVICE_TABLE(input, inputs),
    DEVICE_TABLE(timer, timers),
    .init = init,
    .interface = &layout_1,
    .reset = reset,
    .restored = restored,
};

const struct device_type caliptra_soc_ifc_2 = {
    .compatible = SOC_IFC_2_COMPATIBLE,
    .title = "Caliptra SoC interface, generation 2",
    .reference = "Caliptra 2.0 registers, soc_ifc_reg",
    DEVICE_TABLE(omission, omissions),
    .role = ROLE_ROOT_OF_TRUST,
    .state_size = sizeof(struct soc_ifc_state),
    .wiring_size = sizeof(struct soc_ifc_wiring),
    DEVICE_BANKS(REGISTER_BANK("soc_ifc_reg", 0x10000, 4, registers_2)),
    DEVICE_FIELDS(COMMON_FIELDS, S(uds_seed, RESET_POWER_ON),
                  S(owner_key_hash, RESET_POWER_ON), S(fmc_svn, RESET_POWER_ON),
                  S(fuse_life_cycle, RESET_POWER_ON),
                  S(lms_verify, RESET_POWER_ON)),
    DEVICE_TABLE(output, outputs),
    DEVICE_TABLE(input, inputs),
    DEVICE_TABLE(timer, timers),
    .init = init,
    .interface = &layout_2,
    .reset = reset,
    .restored = restored,
};
