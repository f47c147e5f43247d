/* SPDX-License-Identifier: Apache-2.0 */
/* The memory that code lives in, and running it. */
#include "engine/compiler/target.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "engine/vcpu.h"
#include "host/memory.h"

/* When its limit is reached all code is dropped: needed code is compiled again
 * quickly, and keeping some would need a list of the jumps to it. The limit
 * grows, as far as there is memory, when it is reached too often:
 * FLUSH_INSTRUCTIONS is a tenth of a second or so. */
enum {
    CODE_BYTES = 64 * 1024 * 1024,
    CODE_BYTES_AT_FIRST = 8 * 1024 * 1024,
    FLUSH_INSTRUCTIONS = 200 * 1000 * 1000,
    TAKEN_BYTES = 32 * 1024, /* taken from the host at once, */
    TAKEN_AHEAD = 4096,      /* when less than this is left of them */
};

/* ---- The memory ---------------------------------------------------------- */

bool compiler_is_possible(void)
{
    return compiler_host != NULL && compiler_host->is_possible();
}

/* The guest as code has it. */
static void describe_guest(struct compiler *compiler, const struct vcpu *cpu)
{
    const struct guest_traits *guest = cpu->guest;

    compiler->guest = guest;
    memcpy(compiler->pinned, guest->pinned, sizeof(compiler->pinned));
    compiler->address_mask = guest_address_mask(guest);
    compiler->granule_mask = (uint8_t)cpu->granule_mask;
    compiler->aligned = guest->aligned_register;
    compiler->relative = guest->position_independent;
    survey_make_traits(compiler->traits);
}

static struct vcpu_tlb_entry *make_nothing(void)
{
    struct vcpu_tlb_entry *nothing =
        xcalloc(VCPU_TLB_ENTRIES, sizeof(*nothing));

    for (size_t i = 0; i < VCPU_TLB_ENTRIES; i++) {
        nothing[i].tag[VCPU_READ] = vcpu_no_page(i);
        nothing[i].tag[VCPU_WRITE] = vcpu_no_page(i);
    }
    return nothing;
}

struct compiler *compiler_create(const struct compiler_target *target,
                                 struct vcpu *cpu, struct code_cache *code)
{
    ptrdiff_t executed = 0;
    uint8_t *base = target != NULL && target->is_possible()
                        ? memory_map_code(CODE_BYTES, &executed)
                        : NULL;

    if (base == NULL) {
        return NULL;
    }
    struct compiler *compiler = xcalloc(1, target->size);
    compiler->target = target;
    compiler->base = base;
    compiler->executed = executed;
    compiler->taken = base;
    compiler->limit = base + CODE_BYTES_AT_FIRST;
    compiler->blocks = base + target->shared_bytes;
    compiler->at = compiler->blocks;
    compiler->code = code;
    compiler->parallel = code->parallel;
    describe_guest(compiler, cpu);
    compiler->nothing = make_nothing();
    compiler->warm = cpu->core.config.engine == CORE_ENGINE_ANY
                         ? COMPILER_COLD_BLOCK - 1
                         : 0;
    compiler->chaos = cpu->core.config.engine == CORE_ENGINE_CHAOS;
    compiler->chance = 0x9e3779b97f4a7c15u;
    target->init(compiler, cpu);
    target->share(compiler);
    assert(compiler->at == compiler->blocks);
    return compiler;
}

void compiler_destroy(struct compiler *compiler)
{
    if (compiler != NULL) {
        compiler->target->fini(compiler);
        memory_unmap_code(compiler->base, compiler->executed, CODE_BYTES);
        free(compiler->nothing);
        free(compiler);
    }
}

static void forget_code(struct code_page *page)
{
    for (unsigned i = 0; i < (unsigned)CODE_PAGE_SLOTS >> page->slot_shift;
         i++) {
        page->slots[i].host = 0;
    }
    page->compiled = false;
}

static void forget_all(struct compiler *compiler)
{
    for (unsigned i = 0; i < compiler->code->used; i++) {
        if (compiler->code->pages[i].compiled) {
            forget_code(&compiler->code->pages[i]);
        }
    }
    code_forget_jumps(compiler->code);
    compiler->statistics.flushes++;
}

static void flush(struct compiler *compiler)
{
    forget_all(compiler);
    compiler->at = compiler->blocks;
}

/* Blocks are written into pages that are there: faults one by one would cost
 * more than a tenth of what compiling does. */
static void take_pages(struct compiler *compiler)
{
    uint8_t *end = compiler->base + CODE_BYTES;
    size_t left = (size_t)(end - compiler->taken);
    size_t size = left < TAKEN_BYTES ? left : TAKEN_BYTES;

    memory_populate(compiler->taken, size);
    compiler->taken += size;
}

/* Makes room for a block. */
static void reserve(struct compiler *compiler, uint64_t now)
{
    if (compiler->taken - compiler->at < TAKEN_AHEAD) {
        take_pages(compiler);
    }
    if ((size_t)(compiler->limit - compiler->at) >= COMPILER_ROOM) {
        return;
    }
    size_t size = (size_t)(compiler->limit - compiler->base);
    if (now - compiler->flushed_at < FLUSH_INSTRUCTIONS && size < CODE_BYTES) {
        compiler->limit += size;
        return;
    }
    compiler->flushed_at = now;
    flush(compiler);
}

static void tell(const struct code_cache *code, const uint8_t *start,
                 const uint8_t *end, const uint64_t *address)
{
    if (code->watch.made != NULL) {
        code->watch.made(code->watch.context, start + code->compiler->executed,
                         (size_t)(end - start), address);
    }
}

void compiler_watch(struct code_cache *code, const struct code_watch *watch)
{
    const struct compiler *compiler = code->compiler;

    code->watch = *watch;
    tell(code, compiler->base, compiler->blocks, NULL);
}

static void compile(struct vcpu *cpu, struct code_page *page, unsigned slot)
{
    struct compiler *compiler = cpu->code->compiler;

    if ((code_slot(page, slot)->map & 0xffff) == 0) {
        code_translate(cpu, page, slot);
    }
    const uint64_t began = code_began(cpu->code);
    reserve(compiler, cpu->core.retired);
    page->compiled = true;
    const uint8_t *start = compiler->at;
    compiler->target->compile(compiler, cpu, page, slot);
    compiler->statistics.blocks++;
    compiler->statistics.instructions += code_slot(page, slot)->map >> 16;
    compiler->statistics.bytes += (uint64_t)(compiler->at - start);
    const uint64_t address = page->base + slot * 2;
    tell(cpu->code, start, compiler->at, &address);
    code_took(cpu->code, began, &cpu->code->compile_ns);
}

/* Compiles the block at hand and those that are nearly as warm: a compiler that
 * has just worked need not come back to the host's caches. They come first, as
 * what is made for them may make room, which drops what was made before. */
static void compile_warm(struct vcpu *cpu, struct code_page *page,
                         unsigned slot)
{
    struct compiler *compiler = cpu->code->compiler;
    const unsigned count = compiler->warming_count;

    compiler->warming_count = 0;
    for (unsigned i = 0; i < count && i < COMPILER_WARMING; i++) {
        struct code_page *other = compiler->warming[i].page;
        unsigned at = compiler->warming[i].slot;
        uint32_t met = code_slot(other, at)->host;

        /* Both may be gone, or another's by now, which does no harm. */
        if (other->region != NULL &&
            (code_slot(other, at)->map & 0xffff) != 0 &&
            met >= COMPILER_WARMING_BLOCK && met < COMPILER_COLD_BLOCK) {
            compile(cpu, other, at);
        }
    }
    if (code_slot(page, slot)->host < COMPILER_COLD_BLOCK) {
        compile(cpu, page, slot);
    }
}

/* Counts that a block without code is met. */
static void meet(struct compiler *compiler, struct code_page *page,
                 unsigned slot)
{
    uint32_t met = ++code_slot(page, slot)->host;

    page->compiled = true;
    if (met == COMPILER_WARMING_BLOCK) {
        compiler->warming[compiler->warming_count++ % COMPILER_WARMING] =
            (struct compiler_warming){page, slot};
    }
}

/* Blocks are entered at their start only, and jumps to them are not listed: the
 * dropped block's start is overwritten by a look-up of its current code, which
 * does not ask engine/jumps.h. */
void compiler_drop(struct compiler *compiler, struct code_page *page,
                   unsigned slot)
{
    uint32_t *host = &code_slot(page, slot)->host;

    if (*host >= COMPILER_COLD_BLOCK) {
        compiler->target->forget(compiler, page, slot);
    }
    *host = 0;
}

/* ---- Running ------------------------------------------------------------- */

static uint32_t enter(struct vcpu *cpu, struct code_page *page, unsigned slot)
{
    const struct compiler *compiler = cpu->code->compiler;
    const uint8_t *run = compiler->base + compiler->executed;

    return compiler->target->enter(cpu, run + code_slot(page, slot)->host);
}

static struct code_page *target_of(const struct vcpu *cpu, unsigned *slot)
{
    uint32_t place = cpu->compiled.target >> COMPILER_COUNT_BITS;

    *slot = place & (CODE_PAGE_SLOTS - 1);
    struct code_page *page = &cpu->code->pages[place >> COMPILER_SLOT_BITS];
    page->base = cpu->compiled.base;
    return page;
}

/* A jump went to a place without code: if that is warm makes it and mends the
 * jump, unless that is gone. */
static struct code_page *follow(struct vcpu *cpu, unsigned *slot)
{
    struct compiler *compiler = cpu->code->compiler;
    struct code_page *page = target_of(cpu, slot);
    uint64_t flushes = compiler->statistics.flushes;
    uint32_t generation = page->generation;

    /* Decoding marks the page, for which the gate's lock is needed. */
    bool decodes = (code_slot(page, *slot)->map & 0xffff) == 0;
    if (code_slot(page, *slot)->host < compiler->warm ||
        (decodes && cpu->gate != NULL)) {
        cpu->r[IR_PC] = page->base + *slot * 2;
        return NULL;
    }
    compiler->statistics.links++;
    if (code_slot(page, *slot)->host < COMPILER_COLD_BLOCK) {
        compile_warm(cpu, page, *slot);
    }
    if (compiler->statistics.flushes == flushes &&
        page->generation == generation) {
        uint8_t *site = cpu->compiled.site - compiler->executed;

        compiler->target->mend(compiler, site,
                               compiler->base + code_slot(page, *slot)->host);
    }
    return page;
}

static bool is_pinned(const struct compiler *compiler, unsigned guest)
{
    return memchr(compiler->pinned, (int)guest, compiler->target->pinned) !=
           NULL;
}

/* Some register in place of another. */
static void mix_pinned(struct compiler *compiler)
{
    const unsigned pinned = compiler->target->pinned;
    const uint8_t other = (uint8_t)(compiler->chance >> 10 & (IR_PC - 1));

    if (pinned != 0 && !is_pinned(compiler, other)) {
        compiler->pinned[(compiler->chance >> 16) % pinned] = other;
        compiler->target->share(compiler);
    }
}

/* Less of the budget than there is, and now and then no code. */
static void disturb(struct compiler *compiler, struct vcpu *cpu, int64_t *left)
{
    compiler->chance ^= compiler->chance << 13;
    compiler->chance ^= compiler->chance >> 7;
    compiler->chance ^= compiler->chance << 17;
    uint64_t cut = *left > 256 ? compiler->chance >> 32 & 255 : 0;
    if (cut != 0) {
        cpu->slice_end -= (uint64_t)*left - cut;
        *left = (int64_t)cut;
    }
    if ((compiler->chance & 1023) == 0) {
        mix_pinned(compiler);
        flush(compiler);
    }
}

/* ---- Pinned registers ---------------------------------------------------- */

/*
 * Compilers of guests differ in the registers that they give out first: GCC X0
 * to X5, Clang X8 to X12, too. So the operations where slices end are counted
 * as a sample, once in SAMPLE instructions at most. When other registers would
 * have had one of WORTH references more, for as long as it takes to win what it
 * costs to make all code anew, they are pinned.
 */
enum {
    SAMPLE = 1 << 16,
    SAMPLE_MOST = 1 << 20, /* instructions, the others having been skipped */
    SAMPLES = 16,          /* for a decision; those before count half */
    SAMPLE_OPS = 16,
    WORTH = 8,
    PAYS = 40, /* instructions whose references are won, for a byte of code */
};

static void count_named(struct compiler *compiler, const struct ir_op *op)
{
    for (unsigned i = 0; i < SAMPLE_OPS; i++, op++) {
        const struct survey_traits *traits = &compiler->traits[op->opcode];

        compiler->named[op->d & SURVEY_NOBODY] += traits->names & 1;
        compiler->named[op->a & SURVEY_NOBODY] += traits->names >> 1 & 1;
        compiler->named[op->b & SURVEY_NOBODY] += traits->names >> 2;
        if ((traits->what & SURVEY_ENDS) != 0) {
            break;
        }
    }
}

/* Puts those that are named most into `most`; how much more often than those
 * that are pinned, in references of all that were counted. */
static int32_t find_most_named(struct compiler *compiler, uint8_t *most,
                               int32_t *all)
{
    int32_t named[IR_PC];
    int32_t gain = 0;

    *all = 0;
    for (unsigned r = 0; r < IR_PC; r++) {
        named[r] = compiler->named[r];
        compiler->named[r] /= 2;
        *all += named[r];
    }
    for (unsigned i = 0; i < compiler->target->pinned; i++) {
        gain -= named[compiler->pinned[i]];
    }
    for (unsigned i = 0; i < compiler->target->pinned; i++) {
        most[i] = 0;
        for (unsigned r = 1; r < IR_PC; r++) {
            most[i] = named[r] > named[most[i]] ? (uint8_t)r : most[i];
        }
        gain += named[most[i]];
        named[most[i]] = -1;
    }
    return gain;
}

/* At the end of a slice, with what is next there. */
static void sample(struct compiler *compiler, struct vcpu *cpu,
                   struct code_page *page, unsigned slot)
{
    const uint64_t now = cpu->slice_end - (uint64_t)cpu->compiled.left;
    const uint64_t since = now - cpu->sampled_at;
    uint8_t most[GUEST_PINNED];
    int32_t all = 0;

    if (since < SAMPLE) {
        return;
    }
    cpu->sampled_at = now;
    compiler->sampled += since < SAMPLE_MOST ? since : SAMPLE_MOST;
    count_named(compiler, &page->ops[code_slot(page, slot)->map & 0xffff]);
    if (++compiler->samples % SAMPLES != 0) {
        return;
    }
    const int32_t gain = find_most_named(compiler, most, &all);
    compiler->owed = gain > all / WORTH
                         ? compiler->owed + compiler->sampled * (uint32_t)gain /
                                                (uint32_t)all
                         : 0;
    compiler->sampled = 0;
    if (compiler->owed > PAYS * (uint64_t)(compiler->at - compiler->blocks)) {
        compiler->owed = 0;
        memcpy(compiler->pinned, most, sizeof(most));
        compiler->target->share(compiler);
        forget_all(compiler);
    }
}

/* From block to block, until something is not the compiler's business. */
static enum interpreter_exit run_blocks(struct vcpu *cpu,
                                        struct code_page *page, unsigned slot)
{
    while (page != NULL) {
        uint32_t exit_code = enter(cpu, page, slot);

        if (exit_code == COMPILER_SHORT) {
            page = target_of(cpu, &slot);
            cpu->r[IR_PC] = page->base + slot * 2;
            sample(cpu->code->compiler, cpu, page, slot);
            return INTERPRETER_SHORT;
        }
        if (exit_code != COMPILER_LINK) {
            return (enum interpreter_exit)exit_code;
        }
        page = follow(cpu, &slot);
    }
    return INTERPRETER_MISS;
}

/* One block, interpreted: most are never met again. */
static enum interpreter_exit run_cold(struct vcpu *cpu, struct code_page *page,
                                      unsigned slot)
{
    uint32_t entry = code_slot(page, slot)->map;

    cpu->slice_end = cpu->core.retired + (entry >> 16);
    return interpreter_run(cpu, page, &page->ops[entry & 0xffff], 0);
}

enum interpreter_exit compiler_run(struct vcpu *cpu, struct code_page *page,
                                   unsigned slot, int64_t left)
{
    struct vcpu_compiled *compiled = &cpu->compiled;
    struct compiler *compiler = cpu->code->compiler;

    if (code_slot(page, slot)->host < compiler->warm) {
        meet(compiler, page, slot);
        return run_cold(cpu, page, slot);
    }
    if (!compiler_is_aligned(cpu)) {
        return run_cold(cpu, page, slot);
    }
    if (compiler->chaos) {
        disturb(compiler, cpu, &left);
    }
    called_set_banks(cpu);
    compiled->trapped_at = UINT64_MAX;
    compiled->pages = cpu->code->pages;
    compiled->base = page->base;
    compiled->left = left;
    if (code_slot(page, slot)->host < COMPILER_COLD_BLOCK) {
        compile_warm(cpu, page, slot);
    }
    compiler->statistics.entries++;
    enum interpreter_exit why = run_blocks(cpu, page, slot);
    compiler->statistics.exits[why]++;
    cpu->core.retired = cpu->slice_end - (uint64_t)compiled->left;
    return why;
}

const struct compiler_statistics *
compiler_statistics(const struct compiler *compiler)
{
    return &compiler->statistics;
}
