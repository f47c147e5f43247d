/* SPDX-License-Identifier: Apache-2.0 */
/* The core type of the M-profile: traits, creation, reset, lines. */
#include "engine/mprofile/modes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "isa/t32/disassemble.h"

/* ---- Instructions as text ------------------------------------------------ */

static unsigned disassemble(const struct core *core, struct gva pc,
                            const void *bytes, size_t size, struct buffer *out)
{
    const struct mprofile *m = (const struct mprofile *)core;
    unsigned it =
        pc.value == m->state.x[IR_PC] ? (unsigned)m->state.x[T32_IT] : 0;
    uint16_t halves[2] = {0};
    struct t32_insn insn;

    memcpy(halves, bytes, size < 4 ? size : 4);
    if (size < 2 || t32_length(halves[0]) > size) {
        return 0;
    }
    t32_decode(t32_length(halves[0]) == 2
                   ? halves[0]
                   : (uint32_t)halves[0] << 16 | halves[1],
               it != 0, &insn);
    t32_disassemble(&insn, it != 0 ? it >> 4 : (unsigned)T32_ALWAYS, pc, out);
    return insn.length;
}

static void trace(struct vcpu *cpu)
{
    struct core *core = &cpu->core;
    struct buffer text = {0};
    uint32_t pc = (uint32_t)cpu->r[IR_PC];
    uint16_t halves[2] = {0};

    if (core_read_memory(core, gva(pc), halves, 4) != 0 &&
        core_read_memory(core, gva(pc), halves, 2) != 0) {
        return;
    }
    unsigned length = disassemble(core, gva(pc), halves, 4, &text);
    char encoding[12];

    snprintf(encoding, sizeof(encoding), length == 4 ? "%04x %04x" : "%04x",
             halves[0], halves[1]);
    log_write(&core->config.fabric->log, LOG_TRACE, core->name, core->retired,
              "%08x: %-9s %s", pc, encoding, buffer_text(&text));
    buffer_fini(&text);
}

/* ---- The vector table ---------------------------------------------------- */

/* SP and pc come from the vector table (DDI 0553, TakeReset()). */
static void read_vectors(struct mprofile *m)
{
    unsigned context =
        CONTEXT_PRIVILEGED | CONTEXT_NO_MPU |
        (m->state.secure == SECURE ? (unsigned)CONTEXT_SECURE : 0);
    uint32_t table = m->state.vtor[m->state.secure];
    uint32_t sp = 0;
    uint32_t vector = 0;

    if (!mprofile_read_word(m, context, table, &sp) ||
        !mprofile_read_word(m, context, table + 4, &vector)) {
        m->state.cfsr[NON_SECURE] = 0;
        m->state.hfsr = HFSR_VECTTBL;
        mprofile_lock(m, "there is no vector table");
    }
    m->state.x[MPROFILE_SP] = sp & ~3u;
    m->state.x[IR_PC] = vector & ~1u;
    m->state.not_thumb = (vector & 1) == 0;
    m->state.vectors_read = 1;
}

/* The vector table is read when the core begins to run: until then a loader
 * may still put it there. */
static void interrupts(struct vcpu *cpu)
{
    struct mprofile *m = mprofile_of(cpu);

    if (m->state.vectors_read == 0) {
        read_vectors(m);
    }
    mprofile_interrupts(cpu);
}

/* ---- Traits -------------------------------------------------------------- */

static const struct guest_traits traits = {
    .granule = 2,
    .longest = 4,
    .lift = t32_lift,
    .helpers = mprofile_helpers,
    .code_pages = 256,
    .register_bits = 32,
    .has_flags = true,
    .pinned = {0, 1, 2, 3, 4, 5, 6, 7, MPROFILE_SP, MPROFILE_LR},
    .stack_pointer = MPROFILE_SP,
    .aligned_register = IR_ZERO,
    .link_register = MPROFILE_LR,
    .link_bits = 1,
    .contexts = MPROFILE_CONTEXTS,
    .physical = true,
    .misaligned = mprofile_misaligned,
    .translate = mprofile_translate,
    .translate_code = mprofile_translate_code,
    .permits = mprofile_permits,
    .page_rights = mprofile_page_rights,
    .bus_error = mprofile_bus_error,
    .unprotected = mprofile_unprotected,
    .extent = mprofile_extent,
    .breakpoint = mprofile_debug_breakpoint,
    .accessed = mprofile_debug_accessed,
    .interrupts = interrupts,
    .undisturbed = mprofile_undisturbed,
    .lock_up = mprofile_lock_up,
    .trace = trace,
    .lower_assist = lower_t32_assist,
    .fp_control = offsetof(struct mprofile_state, fpscr) -
                  offsetof(struct mprofile_state, x),
};

/* ---- Creation and reset -------------------------------------------------- */

static unsigned features_of(const struct mprofile_model *model,
                            const struct core_mprofile_config *config)
{
    unsigned features = model->features;

    features &= ~(config->no_dsp ? (unsigned)T32_V7EM : 0);
    features &= ~(config->no_security ? (unsigned)MPROFILE_SECURITY : 0);
    features &=
        ~(config->no_fpu ? (unsigned)(T32_FP_SP | T32_FP_DP | T32_FPV5) : 0);
    return features;
}

static int check(const struct core_config *config, struct error *error)
{
    if (config->mprofile.interrupts > MPROFILE_IRQS) {
        return error_set(
            error, -EINVAL, "core '%s': %u interrupts: expected %u at most",
            config->name, config->mprofile.interrupts, MPROFILE_IRQS);
    }
    if (config->mprofile.priority_bits == 1 ||
        config->mprofile.priority_bits > 8) {
        return error_set(error, -EINVAL,
                         "core '%s': %u priority bits: expected 2 to 8",
                         config->name, config->mprofile.priority_bits);
    }
    if (config->mprofile.mpu_regions > MPU_REGIONS) {
        return error_set(
            error, -EINVAL, "core '%s': %u MPU regions: expected %d at most",
            config->name, config->mprofile.mpu_regions, MPU_REGIONS);
    }
    if (config->frequency_hz == 0) {
        return error_set(error, -EINVAL, "core '%s': no frequency",
                         config->name);
    }
    return 0;
}

static int create(const struct core_config *config, struct core **core,
                  struct error *error)
{
    int code = check(config, error);

    if (code != 0) {
        return code;
    }
    struct mprofile *m = xcalloc(1, sizeof(*m));
    *core = &m->vcpu.core;
    (*core)->config = *config;
    snprintf((*core)->name, sizeof((*core)->name), "%s", config->name);
    (*core)->config.name = (*core)->name;
    m->model = mprofile_model(config->compatible);
    m->features = features_of(m->model, &config->mprofile);
    m->irq_words =
        ((config->mprofile.interrupts ? config->mprofile.interrupts : 32) +
         31) /
        32;
    m->mpu_regions = config->mprofile.no_mpu ? 0
                     : config->mprofile.mpu_regions != 0
                         ? config->mprofile.mpu_regions
                         : m->model->mpu_regions;
    (*core)->config.compatible = NULL; /* borrowed from the caller */
    m->next_peer = config->fabric->microcontrollers;
    config->fabric->microcontrollers = m;
    mprofile_list_registers(m);
    mprofile_systick_init(m);
    vcpu_init(&m->vcpu, &traits, m->state.x, NULL);
    if (config->mprofile.secure_space != NULL) {
        vcpu_add_space(&m->vcpu, config->mprofile.secure_space);
    }
    code = mprofile_scs_create(m, error);
    if (code == 0 && mprofile_has(m, MPROFILE_BIT_BAND)) {
        code = mprofile_bit_band_create(m, error);
    }
    return code;
}

static void leave_peers(struct mprofile *m)
{
    struct fabric *fabric = m->vcpu.core.config.fabric;
    struct mprofile *first = fabric->microcontrollers;

    if (first == m) {
        fabric->microcontrollers = m->next_peer;
        return;
    }
    while (first->next_peer != m) {
        first = first->next_peer;
    }
    first->next_peer = m->next_peer;
}

static void destroy(struct core *core)
{
    struct mprofile *m = mprofile_of(vcpu_of(core));

    leave_peers(m);
    mprofile_systick_fini(m);
    vcpu_fini(&m->vcpu);
    mprofile_scs_destroy(m);
    free(m);
}

/* The values that registers hold after a reset, if not 0. */
static void set_reset_values(struct mprofile *m)
{
    const struct core_config *config = &m->vcpu.core.config;
    struct mprofile_state *state = &m->state;
    bool security = mprofile_has(m, MPROFILE_SECURITY);
    uint32_t always = BIT(EXCEPTION_NMI) | BIT(EXCEPTION_HARD_FAULT) |
                      BIT(EXCEPTION_SVCALL) | BIT(EXCEPTION_PENDSV) |
                      BIT(EXCEPTION_SYSTICK);

    state->secure = security ? SECURE : NON_SECURE;
    state->vtor[state->secure] = (uint32_t)config->reset_vector.value & ~0x7fu;
    if (security) {
        state->vtor[NON_SECURE] = config->mprofile.non_secure_vector & ~0x7fu;
    }
    for (unsigned bank = 0; bank < BANKS; bank++) {
        state->system_enabled[bank] = always;
        state->ccr[bank] = mprofile_has(m, T32_V8M_BASE)
                               ? CCR_STKALIGN | CCR_NONBASETHRDENA
                               : CCR_STKALIGN;
        if (mprofile_has(m, T32_FP_SP)) {
            state->fpccr[bank] = 0xc0000000;
        }
        state->systick_zero[bank] = UINT64_MAX;
        if (config->mprofile.systick_reference_hz == 0) {
            state->systick_csr[bank] = 4; /* CLKSOURCE */
        }
    }
    if (security && mprofile_has(m, T32_FP_SP)) {
        state->fpccr[SECURE] |= 4; /* S */
    }
    state->tpiu_sppr = 1; /* asynchronous, Manchester */
    state->tpiu_ffcr = 0x102;
    state->x[MPROFILE_LR] = UINT32_MAX;
    state->cycle_base = 0 - m->vcpu.core.retired;
}

static void reset(struct core *core)
{
    struct mprofile *m = mprofile_of(vcpu_of(core));
    struct mprofile_state *state = &m->state;
    uint32_t levels[ARRAY_SIZE(state->irq_level)];
    uint32_t nmi = state->nmi_level;
    uint32_t callable = state->idau_callable;

    memcpy(levels, state->irq_level, sizeof(levels));
    memset(state, 0, sizeof(*state));
    memcpy(state->irq_level, levels, sizeof(levels));
    memcpy(state->irq_pending, levels, sizeof(levels));
    state->nmi_level = nmi;
    state->idau_callable = callable;
    set_reset_values(m);
    mprofile_systick_arm(m);
    vcpu_flush_tlb(&m->vcpu);
    mprofile_nvic_changed(m);
    mprofile_update_contexts(m);
    mprofile_debug_changed(m);
    if (core->power == CORE_WAITING || core->power == CORE_STUCK) {
        core->power = CORE_RUNNING;
    }
}

static void input(struct core *core, unsigned number, uint32_t level)
{
    struct mprofile *m = mprofile_of(vcpu_of(core));

    if (number == MPROFILE_INPUT_IDAU_CALLABLE0 ||
        number == MPROFILE_INPUT_IDAU_CALLABLE1) {
        uint32_t bit = BIT(number - MPROFILE_INPUT_IDAU_CALLABLE0);

        m->state.idau_callable &= ~bit;
        m->state.idau_callable |= level != 0 ? bit : 0;
        vcpu_flush_tlb(&m->vcpu);
    } else if (number <= MPROFILE_INPUT_NMI) {
        mprofile_set_line(m, number, level);
    }
    m->vcpu.attention = true;
}

/* SLEEPDEEP holds however it waits (DDI 0553 B3.23). */
static enum core_wait wait_of(const struct core *core)
{
    const struct mprofile *m = (const struct mprofile *)core;

    return mprofile_sleeps_deeply(m) ? CORE_WAIT_DEEP
                                     : (enum core_wait)m->state.waits;
}

/* ---- Snapshots ----------------------------------------------------------- */

static void *state_of(struct core *core)
{
    struct mprofile *m = mprofile_of(vcpu_of(core));

    mprofile_put_sp(m); /* what was kept of it otherwise is no state */
    m->state.power = core->power;
    m->state.retired = core->retired;
    return &m->state;
}

/* Anybody may have written a snapshot: registers that are used as indices, or
 * that are of fewer bits than their words, have no other ones. */
static void bound_registers(struct mprofile *m)
{
    uint64_t *x = m->state.x;

    for (unsigned i = 0; i < T32_IT; i++) {
        x[i] = (uint32_t)x[i];
    }
    x[MPROFILE_SP] &= ~3ull;
    x[T32_IT] &= 0xff;
    x[T32_Q] &= 1;
    x[T32_GE] &= 15;
    x[IR_NZCV] &= 15;
    x[IR_PC] = (uint32_t)x[IR_PC] & ~1u;
}

static void restored(struct core *core)
{
    struct mprofile *m = mprofile_of(vcpu_of(core));

    bound_registers(m);
    core->power = (enum core_power)m->state.power;
    core->retired = m->state.retired;
    m->vcpu.stopping = false;
    m->vcpu.resumed = false;
    m->next_stale = true;
    m->priority_stale = true;
    mprofile_update_contexts(m);
    mprofile_systick_arm(m);
    mprofile_debug_derive(m);
    vcpu_flush_tlb(&m->vcpu);
}

#define FIELD_OF(member) STATE(struct mprofile_state, member, RESET_CORE)
static const struct state_field fields[] = {
    FIELD_OF(x),
    FIELD_OF(s),
    FIELD_OF(fpscr),
    STATE_TO(struct mprofile_state, secure, RESET_CORE, 1),
    STATE_TO(struct mprofile_state, exception, RESET_CORE,
             MPROFILE_EXCEPTIONS - 1),
    FIELD_OF(msp),
    FIELD_OF(psp),
    FIELD_OF(msplim),
    FIELD_OF(psplim),
    FIELD_OF(control),
    FIELD_OF(primask),
    FIELD_OF(basepri),
    FIELD_OF(faultmask),
    FIELD_OF(vtor),
    STATE_TO(struct mprofile_state, prigroup, RESET_CORE, 7),
    FIELD_OF(aircr),
    FIELD_OF(scr),
    FIELD_OF(ccr),
    FIELD_OF(cfsr),
    FIELD_OF(hfsr),
    FIELD_OF(dfsr),
    FIELD_OF(mmfar),
    FIELD_OF(bfar),
    FIELD_OF(afsr),
    FIELD_OF(sfsr),
    FIELD_OF(sfar),
    FIELD_OF(cpacr),
    FIELD_OF(nsacr),
    STATE_TO(struct mprofile_state, system_enabled, RESET_CORE, 0xffff),
    STATE_TO(struct mprofile_state, system_pending, RESET_CORE, 0xffff),
    STATE_TO(struct mprofile_state, system_active, RESET_CORE, 0xffff),
    FIELD_OF(system_priority),
    FIELD_OF(irq_enabled),
    FIELD_OF(irq_pending),
    FIELD_OF(irq_active),
    STATE(struct mprofile_state, irq_level, RESET_NEVER),
    FIELD_OF(irq_non_secure),
    FIELD_OF(irq_priority),
    STATE(struct mprofile_state, nmi_level, RESET_NEVER),
    FIELD_OF(systick_csr),
    FIELD_OF(systick_rvr),
    FIELD_OF(systick_held),
    FIELD_OF(systick_zero),
    FIELD_OF(mpu_ctrl),
    STATE_TO(struct mprofile_state, mpu_rnr, RESET_CORE, MPU_REGIONS - 1),
    FIELD_OF(mpu_rbar),
    FIELD_OF(mpu_rasr),
    FIELD_OF(mpu_mair),
    FIELD_OF(sau_ctrl),
    STATE_TO(struct mprofile_state, sau_rnr, RESET_CORE, SAU_REGIONS - 1),
    FIELD_OF(sau_rbar),
    FIELD_OF(sau_rlar),
    FIELD_OF(fpccr),
    FIELD_OF(fpcar),
    FIELD_OF(fpdscr),
    FIELD_OF(demcr),
    FIELD_OF(dcrdr),
    FIELD_OF(dauthctrl),
    FIELD_OF(dwt_ctrl),
    FIELD_OF(dwt_comp),
    FIELD_OF(dwt_mask),
    FIELD_OF(dwt_function),
    FIELD_OF(fp_ctrl),
    FIELD_OF(fp_remap),
    FIELD_OF(fp_comp),
    FIELD_OF(itm_tcr),
    FIELD_OF(itm_ter),
    FIELD_OF(itm_tpr),
    FIELD_OF(itm_tap),
    FIELD_OF(itm_stamp),
    FIELD_OF(tpiu_acpr),
    FIELD_OF(tpiu_sppr),
    FIELD_OF(tpiu_ffcr),
    FIELD_OF(cycle_base),
    FIELD_OF(debug_armed),
    FIELD_OF(debug_pc),
    FIELD_OF(debug_retired),
    FIELD_OF(debug_cycle),
    FIELD_OF(exclusive),
    FIELD_OF(exclusive_address),
    FIELD_OF(exclusive_size),
    FIELD_OF(exclusive_peers),
    FIELD_OF(event),
    STATE_TO(struct mprofile_state, waits, RESET_CORE, CORE_WAIT_ON_EXIT),
    FIELD_OF(not_thumb),
    STATE(struct mprofile_state, idau_callable, RESET_NEVER),
    FIELD_OF(vectors_read),
    FIELD_OF(locked_up),
    STATE(struct mprofile_state, power, STATE_COPIED),
    STATE(struct mprofile_state, retired, STATE_COPIED),
};

/* ---- The type ------------------------------------------------------------ */

static const struct input_spec inputs[MPROFILE_INPUTS] = {
#include "engine/mprofile/inputs.def"
};

static const struct output_spec outputs[MPROFILE_OUTPUTS] = {
    [MPROFILE_OUTPUT_SYSRESETREQ] = {"sysresetreq", LINE_RESET},
};

static const char *mode(const struct core *core)
{
    const struct mprofile *m = (const struct mprofile *)core;
    bool secure = m->state.secure == SECURE;

    if (mprofile_is_handler(m)) {
        return secure ? "S handler" : "handler";
    }
    if (mprofile_is_privileged(m)) {
        return secure ? "S thread" : "thread";
    }
    return secure ? "S user" : "user";
}

/* Where it is; nothing is translated. */
static bool translate(struct core *core, struct gva address, struct gpa *place,
                      struct space **space)
{
    struct mprofile *m = mprofile_of(vcpu_of(core));
    struct mprofile_extent extent = {0, UINT32_MAX};
    bool secure = m->state.secure == SECURE;
    struct mprofile_attribution a =
        mprofile_attribution(m, (uint32_t)address.value, secure, &extent);

    *place = gpa(address.value);
    *space =
        a.exempt || (address.value >= 0xe0000000 && address.value <= 0xe00fffff)
            ? m->ppb
        : !a.non_secure && core->config.mprofile.secure_space != NULL
            ? core->config.mprofile.secure_space
            : core->config.space;
    return true;
}

const struct core_type mprofile_type = {
    .engine = &vcpu_engine,
    .compatibles = mprofile_compatibles,
    .architecture = "arm",
    .inputs = inputs,
    .input_count = ARRAY_SIZE(inputs),
    .outputs = outputs,
    .output_count = ARRAY_SIZE(outputs),
    .create = create,
    .destroy = destroy,
    .reset = reset,
    .input = input,
    .register_get = mprofile_register_get,
    .register_set = mprofile_register_set,
    .state = state_of,
    .state_size = sizeof(struct mprofile_state),
    .fields = fields,
    .field_count = ARRAY_SIZE(fields),
    .restored = restored,
    .translate = translate,
    .mode = mode,
    .stuck = mprofile_stuck,
    .trap_name = mprofile_trap_name,
    .wait = wait_of,
    .wake_name = mprofile_wake_name,
    .disassemble = disassemble,
};
