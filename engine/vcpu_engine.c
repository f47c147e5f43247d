/* SPDX-License-Identifier: Apache-2.0 */
/* Questions that the platform asks of a core besides its architecture: limits,
 * breakpoints, statistics and a look at the code that is made. */
#include "base/bits.h"
#include "engine/compiler/compiler.h"
#include "engine/gate_inside.h"
#include "engine/vcpu.h"

static int check(const struct core *core, struct error *error)
{
    const struct vcpu *cpu = (const struct vcpu *)core;
    const struct core_config *config = &core->config;

    if (config->engine >= CORE_ENGINE_COMPILER && cpu->code->compiler == NULL) {
        return error_set(error, -ENOTSUP,
                         "core '%s': this host cannot run compiled code (it "
                         "needs BMI2 and LZCNT, and memory to execute)",
                         config->name);
    }
    if (config->gate != NULL && cpu->guest->parallel_helpers == NULL) {
        return error_set(error, -ENOTSUP,
                         "core '%s': only AArch64 processors run in parallel",
                         config->name);
    }
    return 0;
}

static void notice(struct core *core)
{
    gate_notice(vcpu_of(core));
}

static void limit(struct core *core, uint64_t budget)
{
    struct vcpu *cpu = vcpu_of(core);
    uint64_t now = core->retired + 1;

    if (now < cpu->limit && budget < cpu->limit - now) {
        cpu->limit = now + budget;
        cpu->attention = true;
    }
}

/* ---- Break- and watchpoints ---------------------------------------------- */

static void breakpoints_changed(struct core *core)
{
    vcpu_flush(vcpu_of(core));
}

static void watchpoints_changed(struct core *core)
{
    vcpu_flush_tlb(vcpu_of(core));
}

static bool has_breakpoint_at(const struct core *core, uint64_t pc)
{
    for (size_t i = 0; i < core->breakpoint_count; i++) {
        if (core->breakpoints[i].value == pc) {
            return true;
        }
    }
    return false;
}

static void pass_breakpoint(struct core *core)
{
    struct vcpu *cpu = vcpu_of(core);

    cpu->resumed = true;
    cpu->resumed_at = core->retired;
    cpu->resumed_pc = cpu->r[IR_PC];
}

/* A breakpoint stops once: running on from it executes the instruction. */
bool vcpu_meets_breakpoint(struct core *core)
{
    const struct vcpu *cpu = vcpu_of(core);
    uint64_t pc = cpu->r[IR_PC];

    if (core->breakpoint_count == 0 || !has_breakpoint_at(core, pc)) {
        return false;
    }
    if (cpu->resumed && cpu->resumed_at == core->retired &&
        cpu->resumed_pc == pc) {
        return false;
    }
    pass_breakpoint(core);
    core->stop_address = gva(pc);
    return true;
}

/* ---- Statistics, and a look at the code ---------------------------------- */

static void add_compiler(const struct compiler_statistics *from,
                         struct core_statistics *sum)
{
    sum->blocks += from->blocks;
    sum->instructions += from->instructions;
    sum->bytes += from->bytes;
    sum->flushes += from->flushes;
    sum->entries += from->entries;
    sum->links += from->links;
    sum->left += from->exits[INTERPRETER_LEFT];
    sum->cut += from->exits[INTERPRETER_SHORT];
    sum->missed += from->exits[INTERPRETER_MISS];
    sum->stepped += from->exits[INTERPRETER_STEP];
}

static void add_code(const struct code_cache *code, struct core_statistics *sum)
{
    sum->decoded += code->decoded;
    sum->decode_ns += code->decode_ns;
    sum->pages += code->statistics.pages;
    sum->evicted_pages += code->statistics.evicted;
    sum->written_pages += code->statistics.written;
    sum->dropped += code->statistics.dropped;
    sum->compile_ns += code->compile_ns;
    if (code->compiler != NULL) {
        add_compiler(compiler_statistics(code->compiler), sum);
    }
}

static void add_statistics(const struct core *core, struct core_statistics *sum)
{
    const struct vcpu *cpu = (const struct vcpu *)core;

    sum->traps += core->traps;
    sum->read_fills += cpu->statistics.fills[VCPU_READ];
    sum->write_fills += cpu->statistics.fills[VCPU_WRITE];
    sum->fetch_fills += cpu->statistics.fills[VCPU_FETCH];
    sum->bank_flushes += cpu->statistics.bank_flushes;
    sum->page_flushes += cpu->statistics.page_flushes;
    sum->skipped += core->skipped;
    if (cpu->next_user == NULL) { /* for all that share the code */
        add_code(cpu->code, sum);
    }
    if (cpu->code_aside != NULL && cpu->code_aside->parallel) {
        add_code(cpu->code_aside, sum);
    }
}

static void watch_code(struct core *core, const struct code_watch *watch)
{
    const struct vcpu *cpu = vcpu_of(core);
    struct code_cache *const caches[] = {cpu->code, cpu->code_aside};

    for (size_t i = 0; i < ARRAY_SIZE(caches); i++) {
        if (caches[i] != NULL && caches[i]->compiler != NULL &&
            caches[i]->watch.made == NULL) {
            compiler_watch(caches[i], watch);
        }
    }
}

static void time_code(struct core *core)
{
    const struct vcpu *cpu = vcpu_of(core);

    code_time(cpu->code);
    if (cpu->code_aside != NULL) {
        code_time(cpu->code_aside);
    }
}

const struct core_engine_type vcpu_engine = {
    .run = vcpu_run,
    .check = check,
    .notice = notice,
    .limit = limit,
    .breakpoints_changed = breakpoints_changed,
    .watchpoints_changed = watchpoints_changed,
    .meets_breakpoint = vcpu_meets_breakpoint,
    .pass_breakpoint = pass_breakpoint,
    .add_statistics = add_statistics,
    .watch_code = watch_code,
    .time_code = time_code,
};
