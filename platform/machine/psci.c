/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sections are those of DEN0022D unless said otherwise. Not offered: migration
 * of a trusted OS, statistics, SYSTEM_SUSPEND, MEM_PROTECT. CPU_SUSPEND takes
 * standby states only and returns at once, which a caller must expect of any
 * standby state (5.4.5: wake-up events may be pending already).
 */
#include "platform/machine/psci.h"

#include <string.h>

#include "abi/psci.h"
#include "base/bits.h"

/* 5.2.2: return codes. */
enum {
    SUCCESS = 0,
    NOT_SUPPORTED = -1,
    INVALID_PARAMETERS = -2,
    ALREADY_ON = -4,
    INVALID_ADDRESS = -9,
};

enum {
    PSCI_1_1 = 0x00010001,
    MIGRATION_NOT_NEEDED = 2, /* 5.9.1: no trusted OS */
    AFFINITY_ON = 0,
    AFFINITY_OFF = 1,
    STATE_POWER_DOWN = 1 << 16, /* 5.4.2: StateType */
    FUNCTION_64 = 1 << 30,      /* SMCCC: arguments have 64 bits */
};

struct call {
    struct cairn_machine *machine;
    struct slot *caller;
    uint64_t argument[3];
};

static struct slot *find_slot(struct cairn_machine *machine, uint64_t affinity)
{
    for (size_t i = 0; i < machine->core_count; i++) {
        if (machine->cores[i]->config.hart_id == affinity) {
            return &machine->slots[i];
        }
    }
    return NULL;
}

bool psci_set_register(struct core *core, const char *name, uint64_t value)
{
    const struct core_type *type = core->type;
    size_t count = core->register_count;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(core->registers[i].name, name) == 0) {
            return type->register_set(core, i, value) == 0;
        }
    }
    return false;
}

static bool is_off(const struct slot *slot)
{
    return slot->core->power == CORE_OFF;
}

/* ---- The calls ----------------------------------------------------------- */

static int64_t version(struct call *call)
{
    return PSCI_1_1;
}

static int64_t cpu_suspend(struct call *call)
{
    return call->argument[0] & STATE_POWER_DOWN ? INVALID_PARAMETERS : SUCCESS;
}

static int64_t cpu_off(struct call *call)
{
    struct core *core = call->caller->core;
    core->power = CORE_OFF;
    core_request_stop(core);
    return SUCCESS;
}

static int64_t cpu_on(struct call *call)
{
    struct slot *slot = find_slot(call->machine, call->argument[0]);
    if (!slot) {
        return INVALID_PARAMETERS;
    }
    if (!is_off(slot)) {
        return ALREADY_ON;
    }
    if (call->argument[1] & 3) {
        return INVALID_ADDRESS;
    }
    core_reset(slot->core);
    psci_set_register(slot->core, "pc", call->argument[1]);
    psci_set_register(slot->core, "x0", call->argument[2]);
    slot->core->power = CORE_RUNNING;
    uint64_t now = clock_now(&call->machine->fabric.clock);
    slot_look(slot, now);
    struct event event = {
        .time_ns = now,
        .fact = FACT_PROCESSOR_RUNS,
        .role = ROLE_PSCI,
        .agent = "psci",
        .values = {call->argument[1]},
    };
    event_set_name(&event, slot->core->name);
    event_add(&call->machine->fabric.events, &event);
    return SUCCESS;
}

/* Levels above 0 have been optional since 1.0 (5.7.1). */
static int64_t affinity_info(struct call *call)
{
    const struct slot *slot = find_slot(call->machine, call->argument[0]);
    if (!slot || call->argument[1] != 0) {
        return INVALID_PARAMETERS;
    }
    return is_off(slot) ? AFFINITY_OFF : AFFINITY_ON;
}

static int64_t migrate_info_type(struct call *call)
{
    return MIGRATION_NOT_NEEDED;
}

static void leave(struct call *call, enum guest_end end)
{
    call->machine->guest_end = end;
    call->machine->reset_role = ROLE_PSCI;
    call->machine->reset_agent = "psci";
    machine_interrupt(call->machine);
}

static int64_t system_off(struct call *call)
{
    leave(call, GUEST_OFF);
    machine_note_off(call->machine, ROLE_PSCI, "psci");
    return SUCCESS;
}

static int64_t system_reset(struct call *call)
{
    leave(call, GUEST_RESET);
    return SUCCESS;
}

/* 5.17: only the architectural warm reset, which every reset here is. */
static int64_t system_reset2(struct call *call)
{
    if (call->argument[0] != 0) {
        return INVALID_PARAMETERS;
    }
    leave(call, GUEST_RESET);
    return SUCCESS;
}

static int64_t smccc_version(struct call *call)
{
    return SMCCC_1_1;
}

static int64_t features(struct call *call);
static int64_t architecture_features(struct call *call);

/* Function numbers without the bit that tells the two calling conventions
 * apart; wide ones have both. */
static const struct function {
    uint32_t number;
    bool wide;
    int64_t (*answer)(struct call *call);
} functions[] = {
    {SMCCC_VERSION,          false, smccc_version        },
    {SMCCC_ARCH_FEATURES,    false, architecture_features},
    {PSCI_VERSION,           false, version              },
    {PSCI_CPU_SUSPEND_32,    true,  cpu_suspend          },
    {PSCI_CPU_OFF,           false, cpu_off              },
    {PSCI_CPU_ON_32,         true,  cpu_on               },
    {PSCI_AFFINITY_INFO_32,  true,  affinity_info        },
    {PSCI_MIGRATE_INFO_TYPE, false, migrate_info_type    },
    {PSCI_SYSTEM_OFF,        false, system_off           },
    {PSCI_SYSTEM_RESET,      false, system_reset         },
    {PSCI_FEATURES,          false, features             },
    {PSCI_SYSTEM_RESET2_32,  true,  system_reset2        },
};

static const struct function *find_function(uint32_t number)
{
    for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
        const struct function *function = &functions[i];
        if (number == function->number ||
            (function->wide && number == (function->number | FUNCTION_64))) {
            return function;
        }
    }
    return NULL;
}

static int64_t features(struct call *call)
{
    const struct function *function =
        find_function((uint32_t)call->argument[0]);
    return function && function->answer != architecture_features
               ? SUCCESS
               : NOT_SUPPORTED;
}

/* DEN0028, 7.3: which of the architecture's calls are there. Mitigations are
 * not: no core modelled here needs them. */
static int64_t architecture_features(struct call *call)
{
    uint32_t number = (uint32_t)call->argument[0];
    const struct function *function = find_function(number);
    return function && number >> 24 == 0x80 ? SUCCESS : NOT_SUPPORTED;
}

static struct slot *slot_of(struct cairn_machine *machine,
                            const struct core *core)
{
    for (size_t i = 0; i < machine->core_count; i++) {
        if (machine->cores[i] == core) {
            return &machine->slots[i];
        }
    }
    return NULL;
}

enum core_answer psci_call(void *context, struct core *core,
                           enum core_call kind, uint64_t x[8])
{
    struct cairn_machine *machine = context;
    bool conduit =
        kind == (core->config.aarch64.el2 ? CORE_CALL_SMC : CORE_CALL_HVC);
    struct slot *slot = slot_of(machine, core);
    if (kind == CORE_CALL_SEMIHOSTING) {
        return machine->program->call(machine, core, x);
    }
    if (!conduit || !slot || core->config.aarch64.el3) {
        return CORE_UNANSWERED;
    }
    uint32_t number = (uint32_t)x[0];
    uint64_t mask = number & FUNCTION_64 ? UINT64_MAX : UINT32_MAX;
    struct call call = {
        machine, slot, {x[1] & mask, x[2] & mask, x[3] & mask}
    };
    const struct function *function = find_function(number);
    x[0] = (uint64_t)(function ? function->answer(&call) : NOT_SUPPORTED);
    return CORE_ANSWERED;
}
