/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Caliptra 1.x mailbox (mbox_csr) and the core's window onto its memory.
 *
 * The side that reads the lock as 0 owns the mailbox. It hands over a command
 * in the order command, length, data, execute; the other side answers by the
 * status. A step by the SoC at the wrong time leads to the error state, which
 * only the core's unlock leaves. The core is trusted to keep the order.
 *
 * View 0 is the core, view 1 the SoC. Writes by a user that is neither
 * requester nor receiver are dropped. The SoC cannot answer with data: it reads
 * what the core wrote.
 */
#include "devices/caliptra/mailbox.h"

#include "abi/caliptra_soc_ifc.h"
#include "base/assert.h"
#include "base/bits.h"
#include "devices/caliptra/authorisation.h"
#include "devices/caliptra/soc_ifc.h"

enum { SRAM_WORDS = 0x8000 };
enum { BUSY = CALIPTRA_MBOX_STATUS_BUSY };

/* Encodings of mbox_status.mbox_fsm_ps. */
enum phase {
    IDLE = 0,
    RDY_FOR_CMD = 1,
    RDY_FOR_DATA = 2,
    RDY_FOR_DLEN = 3,
    EXECUTE_SOC = 4,
    EXECUTE_UC = 6,
    ERROR = 7,
};
enum { PHASE_SHIFT = 6 };

static_assert(ERROR << PHASE_SHIFT == CALIPTRA_MBOX_FSM_MASK &&
                  EXECUTE_UC << PHASE_SHIFT == CALIPTRA_MBOX_FSM_EXECUTE_UC,
              "the status shows the phase where software reads it");

struct state {
    uint32_t lock;
    uint32_t user;
    uint32_t command;
    uint32_t length_bytes;
    uint32_t datain;
    uint32_t dataout; /* the word that the next read of DATAOUT gets */
    uint32_t execute;
    uint32_t status;
    uint32_t phase; /* enum phase */
    uint32_t soc_has_lock;
    uint32_t write_word; /* where the next word goes */
    uint32_t write_full; /* the last word was written */
    uint32_t read_word;  /* where dataout's next word comes from */
    uint32_t read_end;   /* the last word was read */
    uint32_t word_count; /* readable, latched when execution began */
    struct authorisation authorisation;
    uint32_t sram[SRAM_WORDS];
};

struct wiring {
    struct device *soc_ifc;
};

static_assert(SRAM_WORDS - 1 <= 0x7fff, "the read pointer of the status");

/* The registers that the protocol tells apart. */
enum step { COMMAND, LENGTH, DATAIN, EXECUTE, STATUS, DATAOUT, OTHER };

/* ---- Requester and receiver ---------------------------------------------- */

static bool is_requester(const struct state *state, const struct access *access)
{
    if (state->lock == 0) {
        return false;
    }
    if (access->view == VIEW_CORE) {
        return state->soc_has_lock == 0 || state->phase == EXECUTE_UC;
    }
    return state->soc_has_lock != 0 && access->user == state->user;
}

/* The other side while it executes, or the requester that reads the answer. */
static bool is_receiver(const struct state *state, const struct access *access)
{
    bool soc_executes = state->phase == EXECUTE_SOC;
    bool core_executes = state->phase == EXECUTE_UC;

    if (access->view == VIEW_CORE) {
        return core_executes;
    }
    return soc_executes &&
           (state->soc_has_lock == 0 || is_requester(state, access));
}

/* ---- Memory -------------------------------------------------------------- */

const uint32_t *mailbox_sram(struct device *mailbox, size_t *word_count)
{
    const struct state *state = mailbox->state;

    *word_count = SRAM_WORDS;
    return state->sram;
}

/* The length in words, but no more than was written. */
static uint32_t readable_words(const struct state *state)
{
    uint32_t words = SRAM_WORDS;

    if (state->length_bytes < 4 * SRAM_WORDS) {
        words = (state->length_bytes + 3) / 4;
    }
    return state->write_full == 0 && state->write_word < words
               ? state->write_word
               : words;
}

static void rewind_pointers(struct state *state)
{
    state->dataout = readable_words(state) != 0 ? state->sram[0] : 0;
    state->read_word = 1;
    state->read_end = 0;
    state->write_word = 0;
    state->write_full = 0;
}

static void push(struct state *state, uint32_t word)
{
    debug_assert(state->write_word < SRAM_WORDS);
    if (state->write_full != 0) {
        return;
    }
    state->sram[state->write_word] = word;
    state->write_full = state->write_word == SRAM_WORDS - 1;
    state->write_word += state->write_full == 0;
}

static void preload(struct state *state)
{
    bool is_inside = state->read_word < state->word_count;

    debug_assert(state->read_word < SRAM_WORDS);
    debug_assert(state->word_count <= SRAM_WORDS);
    state->dataout =
        is_inside && state->read_end == 0 ? state->sram[state->read_word] : 0;
    state->read_end = state->read_word == SRAM_WORDS - 1;
    state->read_word += is_inside && state->read_end == 0;
}

static uint32_t read_sram(struct device *device, const struct access *access,
                          unsigned index)
{
    const struct state *state = device->state;

    debug_assert(index < SRAM_WORDS);
    if (state->lock != 0 &&
        (state->soc_has_lock == 0 || state->phase == EXECUTE_UC)) {
        return state->sram[index];
    }
    device_guest_error(device, index,
                       "memory read without lock or command: zero");
    return 0;
}

static void write_sram(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct state *state = device->state;

    debug_assert(index < SRAM_WORDS);
    if (state->lock != 0 &&
        (state->soc_has_lock == 0 || state->phase == EXECUTE_UC)) {
        state->sram[index] = value;
        return;
    }
    device_guest_error(device, index,
                       "memory written without lock or command: dropped");
}

/* ---- The state machine --------------------------------------------------- */

static void report(struct device *device, enum mailbox_report what)
{
    const struct wiring *wiring = device->wiring;

    soc_ifc_report(wiring->soc_ifc, what);
}

static void show(struct device *device)
{
    const struct state *state = device->state;

    line_set(&device->outputs[0], state->phase == EXECUTE_SOC);
}

static void become_idle(struct state *state)
{
    state->phase = IDLE;
    state->lock = 0;
    state->soc_has_lock = 0;
    state->status = BUSY;
}

static void begin_execution(struct device *device, enum phase phase)
{
    struct state *state = device->state;

    assert(state->phase == RDY_FOR_DATA || state->phase == EXECUTE_UC);
    assert(phase == EXECUTE_UC || phase == EXECUTE_SOC);
    state->word_count = readable_words(state);
    rewind_pointers(state);
    state->phase = phase;
    if (phase == EXECUTE_UC) {
        authorisation_ask(&state->authorisation, state->command, state->sram,
                          state->length_bytes);
        report(device, MAILBOX_COMMAND);
    }
}

/* Follows execute and status, which may have been set before their time. */
static void advance(struct device *device)
{
    struct state *state = device->state;
    bool executes = state->phase == EXECUTE_UC || state->phase == EXECUTE_SOC;

    if (state->phase == RDY_FOR_DATA && state->execute != 0) {
        begin_execution(device,
                        state->soc_has_lock != 0 ? EXECUTE_UC : EXECUTE_SOC);
    }
    if (executes && state->execute == 0) {
        become_idle(state);
    } else if (state->phase == EXECUTE_UC && state->soc_has_lock != 0 &&
               state->status != BUSY) {
        authorisation_answer(device, &state->authorisation, state->status,
                             state->sram, state->length_bytes);
        begin_execution(device, EXECUTE_SOC);
    } else if (state->phase == EXECUTE_SOC && state->soc_has_lock == 0 &&
               state->status != BUSY) {
        /* Here the length stays as it was latched. */
        rewind_pointers(state);
        state->phase = EXECUTE_UC;
        report(device, MAILBOX_COMMAND);
    }
    show(device);
}

/* True if a write, or the read of DATAOUT, is out of order for this user. */
static bool breaks_order(const struct state *state, const struct access *access,
                         enum step step)
{
    bool requester = is_requester(state, access);

    switch (state->phase) {
    case RDY_FOR_CMD:
        return requester && step != COMMAND;
    case RDY_FOR_DLEN:
        return requester && step != LENGTH;
    case RDY_FOR_DATA:
        return requester && step != DATAIN && step != EXECUTE;
    case EXECUTE_UC:
        return requester;
    case EXECUTE_SOC:
        return step != DATAOUT &&
               ((requester && step != EXECUTE) ||
                (state->soc_has_lock == 0 && step != STATUS));
    default:
        return false;
    }
}

/* The other effects of the SoC's writes, and of its reads of DATAOUT. */
static void watch_soc(struct device *device, const struct access *access,
                      enum step step)
{
    struct state *state = device->state;

    debug_assert(access->view == VIEW_SOC);
    if (!is_requester(state, access) && !is_receiver(state, access)) {
        report(device, MAILBOX_INVALID_USER);
    }
    if (state->phase == IDLE) {
        report(device, MAILBOX_WITHOUT_LOCK);
    } else if (breaks_order(state, access, step)) {
        device_guest_error(device, step,
                           "protocol out of order in state %u by user 0x%08x",
                           state->phase, access->user);
        state->phase = ERROR;
        report(device, MAILBOX_OUT_OF_ORDER);
        show(device);
    }
}

/* Users that are not among the valid ones get a bus error, and zero whatever a
 * handler returns. */
static inline bool admit(struct device *device, const struct access *access)
{
    const struct wiring *wiring = device->wiring;

    if (access->view == VIEW_CORE ||
        soc_ifc_is_mailbox_user(wiring->soc_ifc, access->user)) {
        return true;
    }
    if (!access->debug) {
        device_guest_error(device, 0, "user 0x%08x is not valid", access->user);
    }
    access_refuse(access);
    return false;
}

/* True when the value may be stored. */
static inline bool take(struct device *device, const struct access *access,
                        enum step step)
{
    const struct state *state = device->state;

    if (!admit(device, access)) {
        return false;
    }
    /* Decided on the state before this write moves it. */
    bool stores = step == STATUS ? is_receiver(state, access)
                                 : is_requester(state, access);
    if (access->view == VIEW_SOC) {
        watch_soc(device, access, step);
    }
    return stores;
}

/* ---- Registers ----------------------------------------------------------- */

static uint32_t read_lock(struct device *device, const struct access *access,
                          unsigned index)
{
    struct state *state = device->state;
    uint32_t before = state->lock;

    if (!admit(device, access) || access->debug) {
        return before;
    }
    if (before == 0 && state->phase == IDLE) {
        state->lock = 1;
        state->user = access->user;
        state->soc_has_lock = access->view == VIEW_SOC;
        state->phase = RDY_FOR_CMD;
    } else if (access->view == VIEW_SOC && state->soc_has_lock == 0) {
        report(device, MAILBOX_WANTED);
    }
    return before;
}

static uint32_t read_user(struct device *device, const struct access *access,
                          unsigned index)
{
    const struct state *state = device->state;

    admit(device, access);
    return state->user;
}

static uint32_t read_command(struct device *device, const struct access *access,
                             unsigned index)
{
    const struct state *state = device->state;

    admit(device, access);
    return state->command;
}

static void write_command(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if (take(device, access, COMMAND)) {
        state->command = value;
        if (state->phase == RDY_FOR_CMD) {
            state->phase = RDY_FOR_DLEN;
        }
    }
}

static uint32_t read_length(struct device *device, const struct access *access,
                            unsigned index)
{
    const struct state *state = device->state;

    admit(device, access);
    return state->length_bytes;
}

static void write_length(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if (!take(device, access, LENGTH)) {
        return;
    }
    state->length_bytes = value;
    if (state->phase == RDY_FOR_DLEN) {
        state->phase = RDY_FOR_DATA;
        state->write_word = 0;
        state->write_full = 0;
        advance(device);
    }
}

static uint32_t read_datain(struct device *device, const struct access *access,
                            unsigned index)
{
    const struct state *state = device->state;

    admit(device, access);
    return state->datain;
}

static void write_datain(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if (!take(device, access, DATAIN)) {
        return;
    }
    state->datain = value;
    if (state->phase == RDY_FOR_DATA ||
        (state->phase == EXECUTE_UC && access->view == VIEW_CORE)) {
        push(state, value);
    }
}

static uint32_t read_dataout(struct device *device, const struct access *access,
                             unsigned index)
{
    struct state *state = device->state;

    if (!admit(device, access)) {
        return 0;
    }
    bool receives = is_receiver(state, access);
    uint32_t value = receives ? state->dataout : 0;
    if (access->debug) {
        return value;
    }
    if (access->view == VIEW_SOC && state->phase != EXECUTE_SOC) {
        watch_soc(device, access, DATAOUT);
    }
    if (receives) {
        preload(state);
    }
    return value;
}

static uint32_t read_execute(struct device *device, const struct access *access,
                             unsigned index)
{
    const struct state *state = device->state;

    admit(device, access);
    return state->execute;
}

static void write_execute(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if (take(device, access, EXECUTE)) {
        state->execute = value;
        advance(device);
    }
}

static uint32_t read_status(struct device *device, const struct access *access,
                            unsigned index)
{
    const struct state *state = device->state;

    admit(device, access);
    return state->status | state->phase << PHASE_SHIFT |
           state->soc_has_lock << 9 | state->read_word << 10;
}

static void write_status(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if (take(device, access, STATUS)) {
        state->status = value;
        advance(device);
    }
}

static void write_unlock(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if (value != 0) {
        become_idle(state);
        state->execute = 0;
        show(device);
    }
}

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;

    wiring->soc_ifc = soc_ifc_peer(device, error);
    return wiring->soc_ifc != NULL ? 0 : -EINVAL;
}

#define R(member) FIELD(struct state, member)
#define AT(name)  (CALIPTRA_MBOX_##name - CALIPTRA_MBOX_LOCK)

/* clang-format off */
static const struct register_spec registers[] = {
#include "devices/caliptra/mailbox.def"
};

static const struct register_spec memory[] = {
    {0x00, SRAM_WORDS, "mbox_sram", {RW, NO}, RESET_POWER_ON, 0, UINT32_MAX,
     R(sram), read_sram, write_sram, "the mailbox memory"},
};
/* clang-format on */

const struct device_type caliptra_mailbox = {
    .compatible = MAILBOX_COMPATIBLE,
    .title = "Caliptra mailbox",
    .reference = "Caliptra 1.1 registers, mbox_csr",
    DEVICE_OMISSIONS(
        {NULL, OMITTED_UNSEEN, 0, 0, "memory bit errors: none occur"},
        {NULL, OMITTED_UNSEEN, 0, 0, "reads by the debug interface"},
        {"the log guest", OMITTED_ABSENT, 0, 0,
         "a protocol error of the SoC that writes what it may only read: it is "
         "dropped"}),
    .role = ROLE_MAILBOX,
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS(REGISTER_BANK("mbox_csr", 0x1000, 4, registers),
                 REGISTER_BANK("mbox_sram", 4 * SRAM_WORDS, 1 | 2 | 4, memory)),
    DEVICE_FIELDS(
        STATE(struct state, phase, RESET_WARM),
        STATE(struct state, soc_has_lock, RESET_WARM),
        STATE_TO(struct state, write_word, RESET_WARM, SRAM_WORDS - 1),
        STATE(struct state, write_full, RESET_WARM),
        STATE_TO(struct state, read_word, RESET_WARM, SRAM_WORDS - 1),
        STATE(struct state, read_end, RESET_WARM),
        STATE_TO(struct state, word_count, RESET_WARM, SRAM_WORDS),
        STATE(struct state, authorisation, RESET_WARM)),
    DEVICE_OUTPUTS({"mailbox_data_avail", LINE_SIGNAL}),
    .init = init,
    .restored = show,
};
