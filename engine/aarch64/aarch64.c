/* SPDX-License-Identifier: Apache-2.0 */
/* The core type of AArch64: traits, creation, reset, lines, snapshots, and
 * which context the present level looks into. */
#include "engine/aarch64/aarch64.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "bus/gic_cpu.h"
#include "engine/gate_inside.h"
#include "isa/aarch64/exceptions.h"

/* ---- Levels and contexts ------------------------------------------------- */

unsigned aarch64_context(struct aarch64 *pe, unsigned level)
{
    unsigned context = level <= 1 ? aarch64_banks_context(pe, level) : level;

    if (!pe->vcpu.tlbs[context].ready) {
        vcpu_prepare_bank(&pe->vcpu, context);
    }
    return context;
}

struct aarch64 *aarch64_first(struct aarch64 *pe)
{
    return pe->vcpu.core.config.fabric->cores;
}

/* The interrupt controller decides between IRQ and FIQ by these. */
static void tell_interrupt_controller(struct aarch64 *pe)
{
    const struct core_config *config = &pe->vcpu.core.config;
    bool non_secure = aarch64_non_secure(pe);
    bool el3 = pe->state.level == 3;

    if (config->aarch64.interrupt_controller == NULL ||
        (non_secure == pe->told_non_secure && el3 == pe->told_el3)) {
        return;
    }
    const struct gic_cpu *gic =
        config->aarch64.interrupt_controller->type->interface;
    pe->told_non_secure = non_secure;
    pe->told_el3 = el3;
    gic->moved(config->aarch64.interrupt_controller,
               config->aarch64.interrupt_port, non_secure, el3);
}

/* A bank that was filled without PSTATE.PAN may not be looked into with it. */
static void heed_pan(struct aarch64 *pe, unsigned context)
{
    if (pe->state.pan == 0) {
        pe->without_pan[context] = true;
    } else if (pe->without_pan[context]) {
        pe->without_pan[context] = false;
        vcpu_flush_bank(&pe->vcpu, context);
    }
}

void aarch64_update_contexts(struct aarch64 *pe)
{
    unsigned context = aarch64_context(pe, pe->state.level);

    if (pe->state.level != 0) {
        heed_pan(pe, context);
    }
    pe->vcpu.data_context = context;
    pe->vcpu.data_level = pe->state.level;
    pe->vcpu.fetch_context = context;
}

void aarch64_update(struct aarch64 *pe)
{
    aarch64_update_contexts(pe);
    pe->fp_trapped = aarch64_fp_trap_level(pe) != 0;
    pe->vcpu.attention = true;
    if (pe->pmu.enabled) {
        aarch64_pmu_update(pe);
    }
    tell_interrupt_controller(pe);
}

/* ---- The core as the run loop sees it ------------------------------------ */

static void trace(struct vcpu *cpu)
{
    struct aarch64 *pe = aarch64_of(cpu);
    struct core *core = &cpu->core;
    struct aarch64_translation t;
    struct access access;
    struct buffer text = {0};
    uint32_t bytes = 0;
    uint64_t pc = cpu->r[IR_PC];

    if (aarch64_translate(pe, pe->state.level, pc, VCPU_FETCH, true, &t)) {
        struct space *space = aarch64_space(pe, t.non_secure, &access);
        access.debug = true;
        space_copy_out(space, &access, gpa(t.pa), &bytes, 4, NULL);
    }
    core->type->disassemble(core, gva(pc), &bytes, 4, &text);
    log_write(&core->config.fabric->log, LOG_TRACE, core->name, core->retired,
              "%016llx: %08x EL%u %s", (unsigned long long)pc, bytes,
              pe->state.level, buffer_text(&text));
    buffer_fini(&text);
}

static const struct guest_traits traits = {
    .granule = 4,
    .longest = 4,
    .position_independent = true,
    .lift = aarch64_lift,
    .helpers = aarch64_helpers,
    .parallel_helpers = aarch64_parallel_helpers,
    .settle = aarch64_settle,
    .code_pages = 1024,
    .register_bits = 64,
    .has_flags = true,
    .pinned = {0, 1, 2, 3, 4, 5, 19, 20, 21, 31}, /* 4 of 5 references */
    .aligned_register = AARCH64_SP,
    .link_register = 30,
    .sp_misaligned = aarch64_sp_misaligned,
    .contexts = AARCH64_CONTEXTS,
    .misaligned = aarch64_misaligned,
    .translate = aarch64_translate_access,
    .translate_code = aarch64_translate_code,
    .permits = aarch64_permits,
    .page_rights = guest_page_rights_all,
    .bus_error = aarch64_bus_error,
    .interrupts = aarch64_interrupts,
    .undisturbed = aarch64_undisturbed,
    .lock_up = aarch64_lock_up,
    .breakpoint = aarch64_debug_stops_at,
    .trace = trace,
    .may_skip = aarch64_may_skip,
    .spin_effect = aarch64_spin_effect,
    .lower_assist = lower_aarch64_assist,
    .vectors =
        offsetof(struct aarch64, state.v) - offsetof(struct aarch64, state.r),
};

/* ---- Creation and reset -------------------------------------------------- */

/* Another core of the machine that is the same to the lifter, which looks at
 * features alone. */
static struct vcpu *like(struct aarch64 *pe)
{
    for (struct aarch64 *other = pe->next; other != NULL; other = other->next) {
        if (other->rules.features == pe->rules.features) {
            return &other->vcpu;
        }
    }
    return NULL;
}

static int create(const struct core_config *config, struct core **core,
                  struct error *error)
{
    if (config->frequency_hz == 0) {
        return error_set(error, -EINVAL, "core '%s': no frequency",
                         config->name);
    }
    if (config->fabric == NULL) {
        return error_set(error, -EINVAL, "core '%s': no machine", config->name);
    }
    struct aarch64 *pe = xcalloc(1, sizeof(*pe));
    struct error inner = {""};
    int code = aarch64_make_rules(config->compatible, config->aarch64.features,
                                  &pe->rules, &inner);
    if (code != 0) {
        free(pe);
        return error_set(error, code, "core '%s': %s", config->name,
                         inner.text);
    }
    *core = &pe->vcpu.core;
    (*core)->config = *config;
    snprintf((*core)->name, sizeof((*core)->name), "%s", config->name);
    (*core)->config.name = (*core)->name;
    (*core)->config.compatible = NULL; /* borrowed from the caller */
    (*core)->config.aarch64.features = NULL;
    pe->has_el2 = config->aarch64.el2;
    pe->has_el3 = config->aarch64.el3;
    aarch64_identify(pe);
    pe->next = config->fabric->cores;
    config->fabric->cores = pe;
    aarch64_list_registers(pe);
    aarch64_timer_init(pe);
    vcpu_init(&pe->vcpu, &traits, pe->state.r, like(pe));
    if (config->aarch64.secure_space != NULL) {
        vcpu_add_space(&pe->vcpu, config->aarch64.secure_space);
    }
    return 0;
}

static void destroy(struct core *core)
{
    struct aarch64 *pe = aarch64_of(vcpu_of(core));
    struct aarch64 *first = aarch64_first(pe);

    if (first == pe) {
        core->config.fabric->cores = pe->next;
    } else {
        while (first->next != pe) {
            first = first->next;
        }
        first->next = pe->next;
    }
    /* The lines are gone; timers must not drive them any more. */
    core->outputs = NULL;
    aarch64_timer_fini(pe);
    vcpu_fini(&pe->vcpu);
    free(pe);
}

/* The values that firmware at EL3, or at EL2, would have set before it let a
 * lower level run, when that level is not there. */
static void preset(struct aarch64 *pe)
{
    uint32_t hz = pe->vcpu.core.config.aarch64.counter_hz;

    AARCH64_SYS(pe, CNTFRQ_EL0) = hz != 0 ? hz : AARCH64_COUNTER_HZ;
    if (!pe->has_el3) {
        AARCH64_SYS(pe, SCR_EL3) |= 1;
        AARCH64_SYS(pe, CPTR_EL3) = 0;
        AARCH64_SYS(pe, MDCR_EL3) = 0;
    }
    aarch64_rules_for_host(&pe->rules, false);
    if (!pe->has_el2) {
        AARCH64_SYS(pe, CPTR_EL2) &= ~(uint64_t)0x80000400;
    }
    AARCH64_SYS(pe, VMPIDR_EL2) = aarch64_register_read(pe, AARCH64_MPIDR_EL1);
}

static void reset(struct core *core)
{
    struct aarch64 *pe = aarch64_of(vcpu_of(core));
    struct aarch64_state *s = &pe->state;
    uint32_t inputs[AARCH64_INPUTS];

    gate_stop(&pe->vcpu); /* it may be on its way out of CPU_OFF */
    memcpy(inputs, s->inputs, sizeof(inputs));
    memset(s, 0, sizeof(*s));
    memcpy(s->inputs, inputs, sizeof(inputs));
    for (unsigned row = 0; row < AARCH64_SYSTEM_REGISTERS; row++) {
        s->sys[row] = pe->rules.initial[row];
    }
    s->level = pe->has_el3 ? 3 : pe->has_el2 ? 2 : 1;
    s->spsel = 1;
    s->daif = AARCH64_D | AARCH64_A | AARCH64_I | AARCH64_F;
    preset(pe);
    s->r[IR_PC] = core->config.reset_vector.value;
    s->counted = core->retired;
    aarch64_debug_update(pe);
    aarch64_pmu_update(pe);
    aarch64_banks_switch(pe);
    aarch64_update(pe);
    vcpu_flush_tlb(&pe->vcpu);
    aarch64_timer_update(pe);
    if (core->power == CORE_WAITING) {
        core->power = CORE_RUNNING;
    }
}

static void input(struct core *core, unsigned number, uint32_t level)
{
    struct aarch64 *pe = aarch64_of(vcpu_of(core));

    if (number >= AARCH64_INPUTS) {
        return;
    }
    pe->state.inputs[number] = level;
    aarch64_wake(pe);
    gate_notice(&pe->vcpu);
}

/* ---- Snapshots ----------------------------------------------------------- */

static void *state(struct core *core)
{
    struct aarch64 *pe = aarch64_of(vcpu_of(core));

    aarch64_pmu_settle(pe);
    pe->state.power = core->power;
    pe->state.retired = core->retired;
    return &pe->state;
}

static void restored(struct core *core)
{
    struct aarch64 *pe = aarch64_of(vcpu_of(core));

    core->power = (enum core_power)pe->state.power;
    core->retired = pe->state.retired;
    pe->vcpu.stopping = false;
    pe->vcpu.resumed = false;
    pe->told_non_secure = aarch64_non_secure(pe);
    pe->told_el3 = pe->state.level == 3;
    for (unsigned i = 0; i < AARCH64_OUTPUTS; i++) {
        core->outputs[i].level = pe->state.outputs[i];
    }
    aarch64_rules_for_host(&pe->rules,
                           (AARCH64_SYS(pe, HCR_EL2) >> 34 & 1) != 0);
    aarch64_banks_switch(pe);
    aarch64_update(pe);
    vcpu_flush_tlb(&pe->vcpu);
    aarch64_debug_update(pe);
    aarch64_pmu_restore(pe);
    aarch64_timer_update(pe);
}

static const struct state_field fields[] = {
    STATE(struct aarch64_state, r, RESET_CORE),
    STATE(struct aarch64_state, v, RESET_CORE),
    STATE(struct aarch64_state, sys, RESET_CORE),
    STATE(struct aarch64_state, sp, RESET_CORE),
    STATE(struct aarch64_state, fpcr, RESET_CORE),
    STATE(struct aarch64_state, fpsr, RESET_CORE),
    STATE(struct aarch64_state, level, RESET_CORE),
    STATE(struct aarch64_state, spsel, RESET_CORE),
    STATE(struct aarch64_state, daif, RESET_CORE),
    STATE(struct aarch64_state, il, RESET_CORE),
    STATE(struct aarch64_state, ss, RESET_CORE),
    STATE(struct aarch64_state, event, RESET_CORE),
    STATE(struct aarch64_state, pan, RESET_CORE),
    STATE(struct aarch64_state, uao, RESET_CORE),
    STATE(struct aarch64_state, ssbs, RESET_CORE),
    STATE(struct aarch64_state, exclusive, RESET_CORE),
    STATE(struct aarch64_state, exclusive_pa, RESET_CORE),
    STATE(struct aarch64_state, exclusive_value, RESET_CORE),
    STATE(struct aarch64_state, inputs, RESET_NEVER),
    STATE(struct aarch64_state, outputs, RESET_CORE),
    STATE(struct aarch64_state, step, RESET_CORE),
    STATE(struct aarch64_state, counted, RESET_CORE),
    STATE(struct aarch64_state, cycle_part, RESET_CORE),
    STATE(struct aarch64_state, power, STATE_COPIED),
    STATE(struct aarch64_state, retired, STATE_COPIED),
};

/* A debugger may look at the kernel while a program runs. */
static bool translate(struct core *core, struct gva address, struct gpa *place,
                      struct space **space)
{
    struct aarch64 *pe = aarch64_of(vcpu_of(core));
    struct aarch64_translation t;
    struct access unused;
    unsigned level = pe->state.level;

    if (!aarch64_translate(pe, level, address.value, VCPU_READ, true, &t) &&
        (level != 0 ||
         !aarch64_translate(pe, 1, address.value, VCPU_READ, true, &t))) {
        return false;
    }
    *place = gpa(t.pa);
    *space = aarch64_space(pe, t.non_secure, &unused);
    return true;
}

static const struct input_spec inputs[AARCH64_INPUTS] = {
    {"irq",  NULL},
    {"fiq",  NULL},
    {"virq", NULL},
    {"vfiq", NULL},
};

static const struct output_spec outputs[AARCH64_OUTPUTS] = {
    {"timer_physical",           LINE_INTERRUPT},
    {"timer_virtual",            LINE_INTERRUPT},
    {"timer_hypervisor",         LINE_INTERRUPT},
    {"timer_secure",             LINE_INTERRUPT},
    {"timer_hypervisor_virtual", LINE_INTERRUPT},
    {"pmu",                      LINE_INTERRUPT},
};

static bool has_feature(const struct core *core, const char *name)
{
    const struct aarch64 *pe = (const struct aarch64 *)core;

    for (unsigned i = 0; i < AARCH64_FEATURES; i++) {
        const char *option = aarch64_feature_options[i];

        if (option != NULL && strcmp(option, name) == 0) {
            return aarch64_has(pe, (enum aarch64_feature)i);
        }
    }
    return false;
}

static const char *mode(const struct core *core)
{
    static const char *const names[2][4] = {
        {"S-EL0", "S-EL1", "S-EL2", "EL3"},
        {"EL0",   "EL1",   "EL2",   "EL3"}
    };
    const struct aarch64 *pe = (const struct aarch64 *)core;

    return names[aarch64_non_secure(pe)][pe->state.level & 3];
}

const struct core_type aarch64_type = {
    .engine = &vcpu_engine,
    .compatibles = aarch64_core_types,
    .architecture = "aarch64",
    .inputs = inputs,
    .input_count = ARRAY_SIZE(inputs),
    .outputs = outputs,
    .output_count = ARRAY_SIZE(outputs),
    .create = create,
    .destroy = destroy,
    .reset = reset,
    .input = input,
    .has_feature = has_feature,
    .register_get = aarch64_register_get,
    .register_set = aarch64_register_set,
    .register_get_wide = aarch64_register_get_wide,
    .register_set_wide = aarch64_register_set_wide,
    .state = state,
    .state_size = sizeof(struct aarch64_state),
    .fields = fields,
    .field_count = ARRAY_SIZE(fields),
    .restored = restored,
    .translate = translate,
    .mode = mode,
    .stuck = aarch64_stuck,
    .trap_name = aarch64_trap_name,
    .wake_name = aarch64_wake_name,
    .disassemble = aarch64_disassemble_core,
};
