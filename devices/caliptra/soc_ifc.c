/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Caliptra 1.x SoC interface (soc_ifc_reg): what core and SoC tell each other,
 * fuses, errors, generic wires, random numbers from the SoC, timers.
 *
 * View 0 is the core, view 1 the SoC. What counts and what resets is in
 * soc_ifc_watchdog.c and soc_ifc_boot.c.
 */
#include <inttypes.h>
#include <string.h>

#include "devices/caliptra/soc_ifc_state.h"

enum views { VIEW_CORE, VIEW_SOC };

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

enum trng_status_bits { TRNG_REQUEST = 1 << 0, TRNG_DONE = 1 << 1 };
enum hw_config_bits { CONFIG_INTERNAL_TRNG = 1 << 0, CONFIG_LMS = 1 << 4 };

/* ---- Lines ------------------------------------------------------------- */

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

/* ---- Flow -------------------------------------------------------------- */

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
        const char *text;
    } milestones[] = {
        {FLOW_CSR_READY,         "identity certificate request is ready"},
        {FLOW_READY_FOR_FW,      "ready for firmware"                   },
        {FLOW_READY_FOR_RUNTIME, "ready for runtime commands"           },
    };
    struct soc_ifc_state *state = device->state;
    uint32_t news = value & ~state->flow_status;

    (void)access;
    (void)index;
    state->flow_status = value;
    for (size_t i = 0; i < ARRAY_SIZE(milestones); i++) {
        if ((news & milestones[i].bit) != 0) {
            device_event(device, EVENT_UPDATE, "flow", NULL, 0, "%s",
                         milestones[i].text);
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

static uint32_t read_hw_revision(struct device *device,
                                 const struct access *access, unsigned index)
{
    const struct soc_ifc_state *state = device->state;
    const struct soc_ifc_wiring *wiring = device->wiring;

    (void)access;
    (void)index;
    return state->soc_stepping[0] << 16 |
           (wiring->generation < 0x0101 ? 0x0001 : 0x0011);
}

static uint32_t read_hw_config(struct device *device,
                               const struct access *access, unsigned index)
{
    const struct soc_ifc_wiring *wiring = device->wiring;

    (void)access;
    (void)index;
    return (wiring->internal_trng ? CONFIG_INTERNAL_TRNG : 0) |
           (wiring->generation < 0x0101 ? 0 : CONFIG_LMS);
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

/* ---- Users ------------------------------------------------------------- */

bool soc_ifc_is_mailbox_user(struct device *soc_ifc, uint32_t user)
{
    const struct soc_ifc_state *state = soc_ifc->state;
    bool valid = user == UINT32_MAX;

    for (unsigned i = 0; i < MAILBOX_USERS; i++) {
        valid = valid || (state->mailbox_user_lock[i] != 0 &&
                          state->mailbox_user[i] == user);
    }
    return valid;
}

static void write_mailbox_user(struct device *device,
                               const struct access *access, unsigned index,
                               uint32_t value)
{
    struct soc_ifc_state *state = device->state;

    (void)access;
    if (state->mailbox_user_lock[index] != 0) {
        device_guest_error(device, index,
                           "CPTRA_MBOX_VALID_PAUSER[%u] is locked", index);
        return;
    }
    state->mailbox_user[index] = value;
}

static void write_trng_user(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    struct soc_ifc_state *state = device->state;

    (void)access;
    if (state->trng_user_lock != 0) {
        device_guest_error(device, index, "CPTRA_TRNG_VALID_PAUSER is locked");
        return;
    }
    state->trng_user = value;
}

static void write_fuse_user(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    struct soc_ifc_state *state = device->state;

    (void)access;
    if (state->fuse_user_lock != 0) {
        device_guest_error(device, index, "CPTRA_FUSE_VALID_PAUSER is locked");
        return;
    }
    state->fuse_user = value;
}

/* ---- Random numbers from the SoC --------------------------------------- */

static bool is_trng_user(const struct soc_ifc_state *state,
                         const struct access *access)
{
    return state->trng_user_lock == 0 || access->user == state->trng_user;
}

static uint32_t read_trng_data(struct device *device,
                               const struct access *access, unsigned index)
{
    const struct soc_ifc_state *state = device->state;
    bool shown = access->view == VIEW_CORE || is_trng_user(state, access);

    return shown ? state->trng_data[index] : 0;
}

static void write_trng_data(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    struct soc_ifc_state *state = device->state;

    if (!is_trng_user(state, access)) {
        device_guest_error(device, index,
                           "CPTRA_TRNG_DATA written by user 0x%08" PRIx32
                           ", only 0x%08" PRIx32 " may",
                           access->user, state->trng_user);
        return;
    }
    state->trng_data[index] = value;
}

static void write_trng_control(struct device *device,
                               const struct access *access, unsigned index,
                               uint32_t value)
{
    struct soc_ifc_state *state = device->state;

    (void)access;
    (void)index;
    if (value != 0) {
        memset(state->trng_data, 0, sizeof(state->trng_data));
    }
}

/* The request bit is the core's, the done bit the SoC's and only there while
 * there is a request. */
static void write_trng_status(struct device *device,
                              const struct access *access, unsigned index,
                              uint32_t value)
{
    struct soc_ifc_state *state = device->state;
    uint32_t mine = access->view == VIEW_CORE     ? TRNG_REQUEST
                    : is_trng_user(state, access) ? TRNG_DONE
                                                  : 0;

    (void)index;
    state->trng_status = (state->trng_status & ~mine) | (value & mine);
    if ((state->trng_status & TRNG_REQUEST) == 0) {
        state->trng_status = 0;
    }
    soc_ifc_set(device, SOC_IFC_TRNG_REQ,
                (state->trng_status & TRNG_REQUEST) != 0);
}

/* ---- Generic wires ----------------------------------------------------- */

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

/* ---- Fuses and secrets -------------------------------------------------- */

bool soc_ifc_is_debug_locked(const struct soc_ifc_state *state)
{
    return (state->security_state & SECURITY_DEBUG_LOCKED) != 0;
}

bool soc_ifc_is_open(const struct device *device)
{
    const struct soc_ifc_state *state = device->state;
    uint32_t level = device->input_levels[SOC_IFC_SECURITY_STATE];

    return !soc_ifc_is_debug_locked(state) || (level & SECURITY_SCAN_MODE) != 0;
}

void soc_ifc_flush(struct device *device)
{
    const struct soc_ifc_state *state = device->state;

    soc_ifc_set(device, SOC_IFC_DEBUG_FLUSH, 0);
    soc_ifc_set(device, SOC_IFC_DEBUG_FLUSH, 1);
    soc_ifc_set(device, SOC_IFC_DEBUG_FLUSH, state->error_fatal);
}

/* Life cycle and debug lock are latched at the next reset, scan mode is not. */
static void security_state_changed(struct device *device, unsigned input,
                                   uint32_t level)
{
    (void)input;
    if (soc_ifc_is_up(device) && (level & SECURITY_SCAN_MODE) != 0) {
        interrupts_raise(device, INTERRUPT_NOTIF, NOTIF_SCAN_MODE);
        soc_ifc_clear_secrets(device);
        soc_ifc_flush(device);
    }
}

static const uint32_t open_secret[UDS_WORDS] = {
    0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
    0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
};

const uint32_t *soc_ifc_obf_key(struct device *soc_ifc)
{
    const struct soc_ifc_state *state = soc_ifc->state;

    return soc_ifc_is_open(soc_ifc) ? open_secret : state->obf_key;
}

const uint32_t *soc_ifc_uds_seed(struct device *soc_ifc)
{
    const struct soc_ifc_state *state = soc_ifc->state;

    return soc_ifc_is_open(soc_ifc) ? open_secret : state->uds_seed;
}

const uint32_t *soc_ifc_field_entropy(struct device *soc_ifc)
{
    const struct soc_ifc_state *state = soc_ifc->state;

    return soc_ifc_is_open(soc_ifc) ? open_secret : state->field_entropy;
}

void soc_ifc_clear_secrets(struct device *soc_ifc)
{
    struct soc_ifc_state *state = soc_ifc->state;

    memset(state->obf_key, 0, sizeof(state->obf_key));
    memset(state->uds_seed, 0, sizeof(state->uds_seed));
    memset(state->field_entropy, 0, sizeof(state->field_entropy));
}

/* A user who is not the one for fuses gets a bus error. */
static bool admit_fuse_user(struct device *device, const struct access *access)
{
    const struct soc_ifc_state *state = device->state;

    if (access->view == VIEW_CORE || state->fuse_user_lock == 0 ||
        access->user == state->fuse_user) {
        return true;
    }
    device_guest_error(device, 0x200,
                       "fuse accessed by user 0x%08" PRIx32
                       ", only 0x%08" PRIx32 " may",
                       access->user, state->fuse_user);
    device_refuse(device);
    return false;
}

static uint32_t read_fuse(struct device *device, const struct access *access,
                          const uint32_t *fuse)
{
    return admit_fuse_user(device, access) ? *fuse : 0;
}

static void write_fuse(struct device *device, const struct access *access,
                       uint32_t *fuse, uint32_t value)
{
    const struct soc_ifc_state *state = device->state;

    if (!admit_fuse_user(device, access)) {
        return;
    }
    if (state->fuse_write_done != 0) {
        device_guest_error(device, 0x200,
                           "fuse written after CPTRA_FUSE_WR_DONE");
        return;
    }
    *fuse = value;
}

static void write_fuse_done(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    struct soc_ifc_state *state = device->state;

    (void)access;
    (void)index;
    if (state->fuse_write_done == 0 && value != 0) {
        state->fuse_write_done = 1;
        device_event(device, EVENT_UPDATE, "fuses", NULL, 0,
                     "written and locked");
    }
    state->fuse_write_seen = 1;
    soc_ifc_boot_advance(device);
}

/* Handlers of each fuse, by its member of the state. */
#define SECRET_FUSE(member, offset, words, name, mask, text)                   \
    static void write_##member(struct device *device,                          \
                               const struct access *access, unsigned index,    \
                               uint32_t value)                                 \
    {                                                                          \
        struct soc_ifc_state *state = device->state;                           \
        uint32_t *fuse = state->member;                                        \
        write_fuse(device, access, &fuse[index], value);                       \
    }
#define FUSE(member, offset, words, name, mask, text)                          \
    SECRET_FUSE(member, offset, words, name, mask, text)                       \
    static uint32_t read_##member(struct device *device,                       \
                                  const struct access *access, unsigned index) \
    {                                                                          \
        const struct soc_ifc_state *state = device->state;                     \
        const uint32_t *fuse = state->member;                                  \
        return read_fuse(device, access, &fuse[index]);                        \
    }
#include "devices/caliptra/soc_ifc_fuses.def"
#undef FUSE
#undef SECRET_FUSE

/* ---- Life cycle of the device ------------------------------------------ */

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
    wiring->generation =
        device_property_u32(device, "cairn,generation", 0x0101);
    wiring->internal_trng =
        device_property_u32(device, "cairn,internal-trng", 0) != 0;
    if (wiring->frequency_hz == 0) {
        return error_set(error, -EINVAL,
                         "%s: 'clock-frequency' must be 1 or more",
                         device->name);
    }
    if (wiring->generation < 0x0100 || wiring->generation > 0x0101) {
        return error_set(error, -EINVAL,
                         "%s: 'cairn,generation' must be 0x0100 or 0x0101, "
                         "not 0x%04" PRIx32,
                         device->name, wiring->generation);
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
    {0x000, 1, "CPTRA_HW_ERROR_FATAL", {W1C, W1C}, RESET_POWER_ON, 0, 0xf,
     R(hw_error_fatal), NULL, NULL,
     "bit 0 ICCM, 1 DCCM double-bit error, 2 NMI, 3 two crypto engines at once"},
    {0x004, 1, "CPTRA_HW_ERROR_NON_FATAL", {W1C, W1C}, RESET_POWER_ON, 0, 0x7,
     R(hw_error_non_fatal), NULL, soc_ifc_write_hw_error_non_fatal,
     "bit 0 mailbox without lock, 1 mailbox out of order, 2 mailbox memory"},
    {0x008, 1, "CPTRA_FW_ERROR_FATAL", {RW, RW}, RESET_POWER_ON, 0, ALL,
     R(fw_error_fatal), NULL, soc_ifc_write_fw_error_fatal, "the firmware's code"},
    {0x00c, 1, "CPTRA_FW_ERROR_NON_FATAL", {RW, RW}, RESET_POWER_ON, 0, ALL,
     R(fw_error_non_fatal), NULL, soc_ifc_write_fw_error_non_fatal,
     "the firmware's code"},
    {0x010, 1, "CPTRA_HW_ERROR_ENC", {RW, RW}, RESET_POWER_ON, 0, ALL,
     R(hw_error_encoding), NULL, NULL, "encoding of hardware errors"},
    {0x014, 1, "CPTRA_FW_ERROR_ENC", {RW, RW}, RESET_POWER_ON, 0, ALL,
     R(fw_error_encoding), NULL, NULL, "encoding of firmware errors"},
    {0x018, 8, "CPTRA_FW_EXTENDED_ERROR_INFO", {RW, RW}, RESET_POWER_ON, 0, ALL,
     R(fw_error_info), NULL, NULL, "more about a firmware error"},
    {0x038, 1, "CPTRA_BOOT_STATUS", {RW, RO}, RESET_WARM, 0, ALL,
     R(boot_status), NULL, NULL, "how far the firmware's boot is"},
    {0x03c, 1, "CPTRA_FLOW_STATUS", {RW, RO}, RESET_WARM, 0, FLOW_WRITABLE,
     R(flow_status), read_flow_status, write_flow_status,
     "23:0 status, 24 CSR ready, 27:25 boot state, 28 ready for firmware, 29 "
     "ready for runtime, 30 ready for fuses, 31 mailbox flow done"},
    {0x040, 1, "CPTRA_RESET_REASON", {RO, RO}, RESET_POWER_ON, 0, 0,
     R(reset_reason), NULL, NULL, "bit 0 firmware update, 1 warm reset"},
    {0x044, 1, "CPTRA_SECURITY_STATE", {RO, RO}, RESET_WARM, 0, 0, NO_FIELD,
     read_security_state, NULL, "1:0 life cycle, 2 debug locked, 3 scan mode"},
    {0x048, 5, "CPTRA_MBOX_VALID_PAUSER", {RW, RW}, RESET_WARM, ALL, ALL,
     R(mailbox_user), NULL, write_mailbox_user, "users of the mailbox"},
    {0x05c, 5, "CPTRA_MBOX_PAUSER_LOCK", {W1S, W1S}, RESET_WARM, 0, 1,
     R(mailbox_user_lock), NULL, NULL, "locks a user and makes it valid"},
    {0x070, 1, "CPTRA_TRNG_VALID_PAUSER", {RW, RW}, RESET_WARM, ALL, ALL,
     R(trng_user), NULL, write_trng_user, "who brings random numbers"},
    {0x074, 1, "CPTRA_TRNG_PAUSER_LOCK", {W1S, W1S}, RESET_WARM, 0, 1,
     R(trng_user_lock), NULL, NULL, "locks that user and makes it valid"},
    {0x078, 12, "CPTRA_TRNG_DATA", {RO, RW}, RESET_WARM, 0, ALL, R(trng_data),
     read_trng_data, write_trng_data, "random words from the SoC"},
    {0x0a8, 1, "CPTRA_TRNG_CTRL", {WO, RO}, RESET_WARM, 0, 1, NO_FIELD, NULL,
     write_trng_control, "bit 0 clears the random words"},
    {0x0ac, 1, "CPTRA_TRNG_STATUS", {RW, RW}, RESET_WARM, 0, 3, R(trng_status),
     NULL, write_trng_status, "bit 0 the core's request, 1 the SoC's done"},
    {0x0b0, 1, "CPTRA_FUSE_WR_DONE", {RO, RW}, RESET_POWER_ON, 0, 1,
     R(fuse_write_done), NULL, write_fuse_done,
     "fuses are complete and locked; each reset waits for a write"},
    {0x0b4, 1, "CPTRA_TIMER_CONFIG", {RW, RW}, RESET_POWER_ON, 0, ALL,
     R(timer_config), NULL, NULL, "clock period in picoseconds"},
    {0x0b8, 1, "CPTRA_BOOTFSM_GO", {RO, RW}, RESET_WARM, 0, 1, R(bootfsm_go),
     NULL, write_bootfsm_go, "goes on from a breakpoint"},
    {0x0bc, 1, "CPTRA_DBG_MANUF_SERVICE_REG", {RW, RW}, RESET_WARM, 0, ALL,
     R(service_request), NULL, NULL, "services wanted; bit 0 IDevID CSR"},
    {0x0c0, 1, "CPTRA_CLK_GATING_EN", {RO, RW}, RESET_WARM, 0, 1,
     R(clock_gating), NULL, NULL, "clock gating; no effect"},
    {0x0c4, 2, "CPTRA_GENERIC_INPUT_WIRES", {RO, RO}, RESET_WARM, 0, 0,
     R(generic_in), NULL, NULL, "wires from the SoC"},
    {0x0cc, 2, "CPTRA_GENERIC_OUTPUT_WIRES", {RW, RO}, RESET_WARM, 0, ALL,
     R(generic_out), NULL, write_generic_out,
     "wires to the SoC; [0] 7:0 also a console character"},
    {0x0d4, 1, "CPTRA_HW_REV_ID", {RO, RO}, RESET_WARM, 0, 0, NO_FIELD,
     read_hw_revision, NULL, "15:0 generation, 31:16 stepping of the SoC"},
    {0x0d8, 2, "CPTRA_FW_REV_ID", {RW, RO}, RESET_WARM, 0, ALL, R(fw_revision),
     NULL, NULL, "revisions of ROM and firmware"},
    {0x0e0, 1, "CPTRA_HW_CONFIG", {RO, RO}, RESET_WARM, 0, 0, NO_FIELD,
     read_hw_config, NULL, "bit 0 internal TRNG, 4 LMS acceleration"},
    {0x0e4, 1, "CPTRA_WDT_TIMER1_EN", {RW, RO}, RESET_WARM, 0, 1,
     R(watchdog_enable[0]), NULL, soc_ifc_write_watchdog1_enable, "starts watchdog 1"},
    {0x0e8, 1, "CPTRA_WDT_TIMER1_CTRL", {WO, RO}, RESET_WARM, 0, 1, NO_FIELD,
     NULL, soc_ifc_write_watchdog1_control, "bit 0 restarts watchdog 1"},
    {0x0ec, 2, "CPTRA_WDT_TIMER1_TIMEOUT_PERIOD", {RW, RO}, RESET_WARM, ALL, ALL,
     R(watchdog_period[0]), NULL, soc_ifc_write_watchdog1_period, "cycles"},
    {0x0f4, 1, "CPTRA_WDT_TIMER2_EN", {RW, RO}, RESET_WARM, 0, 1,
     R(watchdog_enable[1]), NULL, soc_ifc_write_watchdog2_enable,
     "starts watchdog 2 by itself; 0: it is the second stage of 1"},
    {0x0f8, 1, "CPTRA_WDT_TIMER2_CTRL", {WO, RO}, RESET_WARM, 0, 1, NO_FIELD,
     NULL, soc_ifc_write_watchdog2_control, "bit 0 restarts watchdog 2"},
    {0x0fc, 2, "CPTRA_WDT_TIMER2_TIMEOUT_PERIOD", {RW, RO}, RESET_WARM, ALL, ALL,
     R(watchdog_period[1]), NULL, soc_ifc_write_watchdog2_period, "cycles"},
    {0x104, 1, "CPTRA_WDT_STATUS", {RO, RO}, RESET_WARM, 0, 0, NO_FIELD,
     soc_ifc_read_watchdog_status, NULL, "bit 0 watchdog 1 expired, 1 watchdog 2"},
    {0x108, 1, "CPTRA_FUSE_VALID_PAUSER", {RW, RW}, RESET_POWER_ON, ALL, ALL,
     R(fuse_user), NULL, write_fuse_user, "who writes fuses"},
    {0x10c, 1, "CPTRA_FUSE_PAUSER_LOCK", {W1S, W1S}, RESET_POWER_ON, 0, 1,
     R(fuse_user_lock), NULL, NULL, "locks that user and makes it valid"},
    {0x110, 2, "CPTRA_WDT_CFG", {RW, RW}, RESET_POWER_ON, 0, ALL,
     R(watchdog_config), NULL, NULL, "what the SoC wants of watchdog 1"},
    {0x118, 2, "CPTRA_iTRNG_ENTROPY_CONFIG", {RW, RW}, RESET_WARM, 0, ALL,
     R(itrng_config), NULL, NULL,
     "[0] 15:0 low, 31:16 high threshold; [1] 15:0 repetition count"},
    {0x120, 2, "CPTRA_RSVD_REG", {RW, RW}, RESET_WARM, 0, ALL, R(reserved), NULL,
     NULL, "spare"},
#define SECRET_FUSE(member, offset, words, name, mask, text)                   \
    {offset, words, name, {NO, WO}, RESET_POWER_ON, 0, mask, R(member), NULL,  \
     write_##member, text},
#define FUSE(member, offset, words, name, mask, text)                          \
    {offset, words, name, {RO, RW}, RESET_POWER_ON, 0, mask, R(member),        \
     read_##member, write_##member, text},
#include "devices/caliptra/soc_ifc_fuses.def"
#undef FUSE
#undef SECRET_FUSE
    {0x600, 8, "internal_obf_key", {NO, NO}, RESET_WARM, 0, 0, R(obf_key), NULL,
     NULL, "obfuscation key; nobody reads it"},
    {0x620, 1, "internal_iccm_lock", {W1S, RO}, RESET_WARM, 0, 1, R(iccm_lock),
     NULL, write_iccm_lock, "ICCM cannot be written until the core's reset"},
    {0x624, 1, "internal_fw_update_reset", {WO, RO}, RESET_WARM, 0, 1, NO_FIELD,
     NULL, write_update_reset, "bit 0 resets the core alone"},
    {0x628, 1, "internal_fw_update_reset_wait_cycles", {RW, RO}, RESET_WARM, 5,
     0xff, R(update_wait_cycles), NULL, NULL, "how long that takes"},
    {0x62c, 1, "internal_nmi_vector", {RW, RO}, RESET_WARM, 0, ALL,
     R(nmi_vector), NULL, write_nmi_vector, "where an NMI goes"},
    {0x630, 1, "internal_hw_error_fatal_mask", {RW, RO}, RESET_WARM, 0, 0x7,
     R(hw_error_fatal_mask), NULL, NULL, "not reported to the SoC"},
    {0x634, 1, "internal_hw_error_non_fatal_mask", {RW, RO}, RESET_WARM, 0, 0x7,
     R(hw_error_non_fatal_mask), NULL, soc_ifc_write_hw_non_fatal_mask,
     "not reported to the SoC"},
    {0x638, 1, "internal_fw_error_fatal_mask", {RW, RO}, RESET_WARM, 0, ALL,
     R(fw_error_fatal_mask), NULL, NULL, "not reported to the SoC"},
    {0x63c, 1, "internal_fw_error_non_fatal_mask", {RW, RO}, RESET_WARM, 0, ALL,
     R(fw_error_non_fatal_mask), NULL, soc_ifc_write_fw_non_fatal_mask,
     "not reported to the SoC"},
    {0x640, 2, "internal_rv_mtime", {RW, RO}, RESET_POWER_ON, 0, ALL, NO_FIELD,
     soc_ifc_read_mtime, soc_ifc_write_mtime, "cycles since power-on, low and high word"},
    {0x648, 2, "internal_rv_mtimecmp", {RW, RO}, RESET_POWER_ON, 0, ALL,
     R(mtimecmp), NULL, soc_ifc_write_mtimecmp, "timer interrupt while mtime is not "
     "below, low and high word"},
    INTERRUPT_ROWS_WITH(0x800, 8, 6, soc_ifc_write_error_status),
};
/* clang-format on */

static const struct register_bank banks[] = {
    {"soc_ifc_reg", 0x10000, 4, registers, ARRAY_SIZE(registers)},
};

#define S(member, domain) STATE(struct soc_ifc_state, member, domain)

static const struct state_field fields[] = {
    {"notif_count.unused", INTERRUPT_FIELD(notif_count[6]), 8, RESET_POWER_ON},
    S(boot_state, RESET_WARM),
    S(fuse_write_seen, RESET_WARM),
    S(was_up, RESET_POWER_ON),
    S(breakpoint, RESET_WARM),
    S(update_waiting, RESET_WARM),
    S(security_state, RESET_WARM),
    S(error_fatal, RESET_WARM),
    S(error_non_fatal, RESET_WARM),
    S(watchdog_expired, RESET_WARM),
    S(watchdog, RESET_WARM),
    S(mtime, RESET_POWER_ON),
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
    [SOC_IFC_SECURITY_STATE] = {"security_state",       security_state_changed      },
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
    .state_size = sizeof(struct soc_ifc_state),
    .wiring_size = sizeof(struct soc_ifc_wiring),
    .banks = banks,
    .bank_count = ARRAY_SIZE(banks),
    .fields = fields,
    .field_count = ARRAY_SIZE(fields),
    .outputs = outputs,
    .output_count = ARRAY_SIZE(outputs),
    .inputs = inputs,
    .input_count = ARRAY_SIZE(inputs),
    .timer_count = ARRAY_SIZE(timers),
    .timers = timers,
    .init = init,
    .reset = reset,
    .restored = restored,
};
