/* SPDX-License-Identifier: Apache-2.0 */
/* The caches of decoded pages that a core has: their creation, the one that is
 * in use, and the time that filling them takes. */
#include <stdlib.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "engine/compiler/compiler.h"
#include "engine/vcpu.h"
#include "host/time.h"

static struct code_cache *create(struct vcpu *cpu, bool parallel)
{
    struct code_cache *code = xcalloc(1, sizeof(*code));

    code->parallel = parallel;
    code->pages = xcalloc(cpu->guest->code_pages, sizeof(*code->pages));
    code->scratch = xcalloc(1, sizeof(*code->scratch));
    code->scratch->ops[0].opcode = IR_miss;
    code->scratch->slot_shift = (uint8_t)guest_slot_shift(cpu->guest);
    if (cpu->core.config.engine != CORE_ENGINE_INTERPRETER) {
        code->compiler = compiler_create(compiler_host, cpu, code);
    }
    return code;
}

static void release(struct code_cache *code)
{
    if (code != NULL && --code->holders == 0) {
        compiler_destroy(code->compiler);
        free(code->pages);
        free(code->scratch);
        free(code);
    }
}

static void join(struct vcpu *cpu, struct code_cache *code)
{
    cpu->code = code;
    cpu->next_user = code->users;
    code->users = cpu;
}

static void leave(struct vcpu *cpu)
{
    struct vcpu **link = &cpu->code->users;

    while (*link != cpu) {
        assert(*link != NULL);
        link = &(*link)->next_user;
    }
    *link = cpu->next_user;
}

void code_init(struct vcpu *cpu, struct vcpu *like)
{
    struct code_cache *turns = like == NULL           ? create(cpu, false)
                               : like->code->parallel ? like->code_aside
                                                      : like->code;

    turns->holders++;
    join(cpu, turns);
    if (cpu->gate != NULL) {
        cpu->code_aside = create(cpu, true);
        cpu->code_aside->holders++;
        code_choose(cpu, true);
    }
}

void code_fini(struct vcpu *cpu)
{
    leave(cpu);
    release(cpu->code);
    release(cpu->code_aside);
}

/* The places of code that the core remembers are of the cache that it leaves.
 */
void code_choose(struct vcpu *cpu, bool parallel)
{
    struct code_cache *left = cpu->code;

    if (left->parallel != parallel) {
        leave(cpu);
        join(cpu, cpu->code_aside);
        cpu->code_aside = left;
        vcpu_forget_fetches(cpu);
    }
}

/* ---- Statistics ---------------------------------------------------------- */

void code_time(struct code_cache *code)
{
    enum { TRIES = 64 };

    code->timed = true;
    code->clock_ns = UINT64_MAX;
    for (unsigned i = 0; i < TRIES; i++) {
        uint64_t began = host_time_ns();
        uint64_t took = host_time_ns() - began;

        code->clock_ns = took < code->clock_ns ? took : code->clock_ns;
    }
}

uint64_t code_began(const struct code_cache *code)
{
    return code->timed ? host_time_ns() : 0;
}

void code_took(const struct code_cache *code, uint64_t began, uint64_t *sum)
{
    uint64_t took = code->timed ? host_time_ns() - began : 0;

    *sum += took > code->clock_ns ? took - code->clock_ns : 0;
}
