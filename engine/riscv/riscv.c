/* SPDX-License-Identifier: Apache-2.0 */
/* The core type of RV32: traits, creation, reset, lines, and registers for
 * debuggers. */
#include "engine/riscv/riscv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "isa/riscv/decode.h"
#include "isa/riscv/disassemble.h"

static bool misaligned(struct vcpu *cpu, const struct guest_access *access)
{
    struct riscv *hart = riscv_of(cpu);

    return hart->veer && riscv_veer_misaligned(hart, (uint32_t)access->address,
                                               access->size, access->kind);
}

static unsigned disassemble(const struct core *core, struct gva pc,
                            const void *bytes, size_t size, struct buffer *out)
{
    uint32_t encoding = 0;
    struct riscv_insn insn;

    memcpy(&encoding, bytes, size < 4 ? size : 4);
    if (size < 2 || riscv_length((uint16_t)encoding) > size) {
        return 0;
    }
    riscv_decode(encoding, &insn);
    riscv_disassemble(&insn, pc, out);
    return insn.length;
}

static void trace(struct vcpu *cpu)
{
    struct core *core = &cpu->core;
    struct buffer text = {0};
    uint32_t bytes = 0;
    uint64_t pc = cpu->r[IR_PC];

    space_copy_out(core->config.space, NULL, gpa(pc), &bytes, 2, NULL);
    if (riscv_length((uint16_t)bytes) == 4) {
        space_copy_out(core->config.space, NULL, gpa(pc), &bytes, 4, NULL);
    }
    unsigned length = disassemble(core, gva(pc), &bytes, 4, &text);
    log_write(&core->config.fabric->log, LOG_TRACE, core->name, core->retired,
              "%08x: %0*x%*s %s", (uint32_t)pc, (int)length * 2, bytes,
              length == 2 ? 4 : 0, "", buffer_text(&text));
    buffer_fini(&text);
}

static const struct guest_traits traits = {
    .granule = 2,
    .longest = 4,
    .lift = riscv_lift,
    .helpers = riscv_helpers,
    .code_pages = 64,
    .register_bits = 32,
    .pinned = {1, 2, 8, 9, 10, 11, 12, 13, 14, 15}, /* as RVC has them */
    .stack_pointer = 2,
    .aligned_register = IR_ZERO,
    .link_register = 1, /* ra */
    .contexts = 2,
    .physical = true,
    .unaligned_whole = true,
    .misaligned = misaligned,
    .translate = guest_translate_physical,
    .translate_code = guest_translate_physical_code,
    .permits = riscv_permits,
    .page_rights = riscv_page_rights,
    .bus_error = riscv_bus_error,
    .unprotected = riscv_unprotected,
    .interrupts = riscv_interrupts,
    .lock_up = riscv_lock_up,
    .trace = trace,
};

/* ---- Creation and reset -------------------------------------------------- */

static bool is_present(const struct riscv *hart, unsigned row)
{
    const struct core_config *config = &hart->vcpu.core.config;
    unsigned entry;

    switch (riscv_csrs[row].presence) {
    case RISCV_CSR_PLAIN:
        return !hart->veer;
    case RISCV_CSR_VEER:
        return hart->veer || (hart->ibex && row == IBEX_CPUCTRL);
    case RISCV_CSR_IBEX:
        return hart->ibex;
    case RISCV_CSR_USER:
        return config->riscv.user_mode;
    case RISCV_CSR_PMP:
        entry = row >= RISCV_CSR_pmpaddr0 ? row - RISCV_CSR_pmpaddr0
                                          : (row - RISCV_CSR_pmpcfg0) * 4;
        return entry < config->riscv.pmp_entries;
    default:
        return true;
    }
}

static void add_register(struct riscv *hart, const char *name,
                         const char *feature, const char *type,
                         const char *group, int number)
{
    struct core *core = &hart->vcpu.core;

    core->registers[core->register_count++] =
        (struct core_register){name, feature, type, group, 32, number};
}

static void list_registers(struct riscv *hart)
{
    static const char general[] = "org.gnu.gdb.riscv.cpu";

    hart->vcpu.core.registers =
        xcalloc(33 + RISCV_CSRS, sizeof(struct core_register));
    for (int i = 0; i < 32; i++) {
        const char *type = i == 1             ? "code_ptr"
                           : i >= 2 && i <= 4 ? "data_ptr"
                                              : "int";
        add_register(hart, riscv_register_name((unsigned)i), general, type,
                     "general", i);
    }
    add_register(hart, "pc", general, "code_ptr", "general", 32);
    for (unsigned row = 0; row < RISCV_CSRS; row++) {
        hart->has_csr[row] = is_present(hart, row);
        if (hart->has_csr[row]) {
            add_register(hart,
                         hart->ibex && row == IBEX_CPUCTRL
                             ? "cpuctrl"
                             : riscv_csrs[row].name,
                         "org.gnu.gdb.riscv.csr", "int", "csr",
                         65 + riscv_csrs[row].number);
        }
    }
}

static int create(const struct core_config *config, struct core **core,
                  struct error *error)
{
    if (config->riscv.pmp_entries != 0 && config->riscv.pmp_entries != 16 &&
        config->riscv.pmp_entries != 64) {
        return error_set(error, -EINVAL,
                         "core '%s': %u PMP entries: expected 0, 16 or 64",
                         config->name, config->riscv.pmp_entries);
    }
    if (config->frequency_hz == 0) {
        return error_set(error, -EINVAL, "core '%s': no frequency",
                         config->name);
    }
    struct riscv *hart = xcalloc(1, sizeof(*hart));
    *core = &hart->vcpu.core;
    (*core)->config = *config;
    snprintf((*core)->name, sizeof((*core)->name), "%s", config->name);
    (*core)->config.name = (*core)->name;
    hart->veer = strcmp(config->compatible, "chipsalliance,veer-el2") == 0;
    hart->ibex = strcmp(config->compatible, "lowrisc,ibex") == 0;
    (*core)->config.compatible = NULL; /* borrowed from the caller */
    list_registers(hart);
    riscv_veer_init(hart);
    vcpu_init(&hart->vcpu, &traits, hart->state.x, NULL);
    return 0;
}

static void destroy(struct core *core)
{
    struct riscv *hart = riscv_of(vcpu_of(core));

    riscv_veer_fini(hart);
    vcpu_fini(&hart->vcpu);
    free(hart);
}

static void reset(struct core *core)
{
    struct riscv *hart = riscv_of(vcpu_of(core));
    struct riscv_state *state = &hart->state;
    uint32_t inputs[RISCV_INPUTS];

    uint32_t fast = state->fast;

    memcpy(inputs, state->inputs, sizeof(inputs));
    memset(state, 0, sizeof(*state));
    memcpy(state->inputs, inputs, sizeof(inputs));
    state->fast = fast;
    for (unsigned row = 0; row < RISCV_CSRS; row++) {
        state->csr[row] = hart->has_csr[row] ? riscv_csrs[row].reset : 0;
    }
    if (core->config.riscv.user_mode) {
        RISCV_CSR(hart, mstatus) = 0;
    }
    state->cycle_base = 0 - core->retired;
    state->instret_base = 0 - core->retired;
    state->x[IR_PC] = (uint32_t)core->config.reset_vector.value & ~1u;
    if (hart->veer) {
        riscv_veer_reset(hart);
    } else if (hart->ibex) {
        riscv_ibex_reset(hart);
    }
    riscv_set_privilege(hart, RISCV_MACHINE);
    vcpu_flush_tlb(&hart->vcpu);
    if (core->power == CORE_WAITING) {
        core->power = CORE_RUNNING;
    }
}

static void input(struct core *core, unsigned number, uint32_t level)
{
    struct riscv *hart = riscv_of(vcpu_of(core));

    if (number >= RISCV_INPUTS) {
        riscv_ibex_input(hart, number, level);
        return;
    }
    /* An NMI is an edge (VeeR 2.16). */
    if (number == RISCV_INPUT_NMI && level != 0 &&
        hart->state.inputs[RISCV_INPUT_NMI] == 0) {
        hart->state.nmi_pending = 1;
        hart->state.nmi_cause = 0;
    }
    hart->state.inputs[number] = level;
    hart->vcpu.attention = true;
    riscv_wake(hart);
}

/* ---- Registers for debuggers and snapshots ------------------------------- */

static int register_get(struct core *core, size_t index, uint64_t *value)
{
    struct riscv *hart = riscv_of(vcpu_of(core));
    uint32_t csr;

    if (index >= core->register_count) {
        return -EINVAL;
    }
    if (index <= 32) {
        *value = (uint32_t)hart->state.x[index];
        return 0;
    }
    int row = riscv_csr_find((unsigned)core->registers[index].number - 65);
    if (row < 0 || !riscv_csr_read(hart, (unsigned)row, &csr)) {
        return -EINVAL;
    }
    *value = csr;
    return 0;
}

static int register_set(struct core *core, size_t index, uint64_t value)
{
    struct riscv *hart = riscv_of(vcpu_of(core));

    if (index >= core->register_count) {
        return -EINVAL;
    }
    if (index == 0) {
        return 0;
    }
    if (index <= 32) {
        hart->state.x[index] = (uint32_t)value & (index == 32 ? ~1u : ~0u);
        return 0;
    }
    int row = riscv_csr_find((unsigned)core->registers[index].number - 65);
    return row >= 0 && riscv_csr_write(hart, (unsigned)row, (uint32_t)value)
               ? 0
               : -EINVAL;
}

static void *state(struct core *core)
{
    struct riscv *hart = riscv_of(vcpu_of(core));

    hart->state.power = core->power;
    hart->state.retired = core->retired;
    return &hart->state;
}

static void restored(struct core *core)
{
    struct riscv *hart = riscv_of(vcpu_of(core));

    core->power = (enum core_power)hart->state.power;
    core->retired = hart->state.retired;
    hart->vcpu.stopping = false;
    hart->vcpu.resumed = false;
    riscv_update_contexts(hart);
    vcpu_flush_tlb(&hart->vcpu);
    if (hart->veer) {
        riscv_veer_restored(hart);
    }
}

static const struct state_field fields[] = {
    STATE(struct riscv_state, x, RESET_CORE),
    STATE(struct riscv_state, csr, RESET_CORE),
    STATE(struct riscv_state, privilege, RESET_CORE),
    STATE(struct riscv_state, inputs, RESET_NEVER),
    STATE(struct riscv_state, fast, RESET_NEVER),
    STATE(struct riscv_state, nmi_pending, RESET_CORE),
    STATE(struct riscv_state, nmi_cause, RESET_CORE),
    STATE(struct riscv_state, internal_pending, RESET_CORE),
    STATE(struct riscv_state, mdseac_locked, RESET_CORE),
    STATE(struct riscv_state, power, STATE_COPIED),
    STATE(struct riscv_state, retired, STATE_COPIED),
    STATE(struct riscv_state, cycle_base, RESET_CORE),
    STATE(struct riscv_state, instret_base, RESET_CORE),
    STATE(struct riscv_state, timer_start_ns, RESET_CORE),
};

static const struct input_spec inputs[RISCV_INPUTS] = {
    {"msip",       NULL},
    {"mtip",       NULL},
    {"meip",       NULL},
    {"nmi",        NULL},
    {"nmi_vector", NULL},
    {"reset",      NULL},
};

static const char *const plain_names[] = {"riscv,rv32imc", NULL};
static const char *const veer_names[] = {"chipsalliance,veer-el2", NULL};
static const char *const ibex_names[] = {"lowrisc,ibex", NULL};

static const char *mode(const struct core *core)
{
    const struct riscv *hart = (const struct riscv *)core;

    return hart->state.privilege == RISCV_MACHINE ? "M" : "U";
}

#define TYPE(names, lines)                                                     \
    {                                                                          \
        .engine = &vcpu_engine, .compatibles = names,                          \
        .architecture = "riscv:rv32", .inputs = lines,                         \
        .input_count = ARRAY_SIZE(lines), .create = create,                    \
        .destroy = destroy, .reset = reset, .input = input,                    \
        .register_get = register_get, .register_set = register_set,            \
        .state = state, .state_size = sizeof(struct riscv_state),              \
        .fields = fields, .field_count = ARRAY_SIZE(fields),                   \
        .restored = restored, .disassemble = disassemble, .mode = mode,        \
        .stuck = riscv_stuck, .trap_name = riscv_trap_name,                    \
        .wake_name = riscv_wake_name,                                          \
    }

const struct core_type riscv_plain_type = TYPE(plain_names, inputs);
const struct core_type riscv_veer_type = TYPE(veer_names, inputs);
const struct core_type riscv_ibex_type = TYPE(ibex_names, riscv_ibex_inputs);
