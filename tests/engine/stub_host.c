/* SPDX-License-Identifier: Apache-2.0 */
/* The code of a host that no processor is: see stub_host.h. */
#include "tests/engine/stub_host.h"

uint64_t stub_host_executed;

/* Kinds of words, besides opcodes that are lowered. */
enum { BEGIN = IR_OPCODES, REST, GONE };

/* An instruction of this host. */
struct word {
    uint16_t kind;
    uint8_t d, a, b;
    uint8_t rest;  /* see ir_op.rest */
    uint8_t count; /* BEGIN: the block's instructions */
    int32_t imm;
    int32_t compared;   /* add_bne_near: what is added */
    uint32_t place;     /* the block, or the one that is jumped to */
    uint32_t operation; /* see called.c */
    int32_t distance;   /* bytes to the code that is jumped to; 0: none yet */
};

static bool is_lowered(unsigned opcode)
{
    static const bool lowered[IR_OPCODES] = {
        [IR_const32] = true,      [IR_add32] = true,     [IR_add32i] = true,
        [IR_sub32] = true,        [IR_xor32] = true,     [IR_load32] = true,
        [IR_store32] = true,      [IR_jump_near] = true, [IR_bne_near] = true,
        [IR_add_bne_near] = true,
    };

    return lowered[opcode];
}

static struct word *word_at(uint8_t *at)
{
    return (struct word *)(void *)at;
}

/* ---- Making code --------------------------------------------------------- */

static void emit(struct compiler *compiler, const struct word *word)
{
    *word_at(compiler->at) = *word;
    compiler->at += sizeof(*word);
}

static void lower(struct compiler *compiler, const struct code_page *page,
                  const struct ir_op *op)
{
    const bool fused = op->opcode == IR_add_bne_near;
    const int64_t imm = fused ? op->high : op->imm;

    emit(compiler,
         &(struct word){
             .kind = is_lowered(op->opcode) ? op->opcode : REST,
             .d = op->d,
             .a = op->a,
             .b = op->b,
             .rest = op->rest,
             .imm = (int32_t)imm,
             .compared = op->low,
             .place =
                 compiler_place(compiler, page, imm & (CODE_PAGE_SLOTS - 1), 0),
             .operation =
                 (uint32_t)((uintptr_t)op - (uintptr_t)compiler->code->pages),
         });
}

static void compile(struct compiler *compiler, const struct vcpu *cpu,
                    struct code_page *page, unsigned slot)
{
    struct code_slot *entry = code_slot(page, slot);
    const unsigned count = entry->map >> 16;
    const struct ir_op *op = &page->ops[entry->map & 0xffff];
    bool goes_on = true;

    entry->host = (uint32_t)(compiler->at - compiler->base);
    emit(compiler, &(struct word){
                       .kind = BEGIN,
                       .count = (uint8_t)count,
                       .place = compiler_place(compiler, page, slot, count),
                   });
    for (; goes_on; op++) {
        lower(compiler, page, op);
        goes_on = is_lowered(op->opcode) &&
                  (compiler->traits[op->opcode].what & SURVEY_ENDS) == 0;
    }
}

static void forget(struct compiler *compiler, struct code_page *page,
                   unsigned slot)
{
    *word_at(compiler->base + code_slot(page, slot)->host) =
        (struct word){.kind = GONE, .imm = (int32_t)slot * 2};
}

static void mend(struct compiler *compiler, uint8_t *site, const uint8_t *to)
{
    word_at(site)->distance = (int32_t)(to - site);
}

/* ---- Executing it -------------------------------------------------------- */

static void compute(uint64_t *r, const struct word *word)
{
    const uint32_t a = (uint32_t)r[word->a];
    const uint32_t b = (uint32_t)r[word->b];
    const uint32_t imm = (uint32_t)word->imm;

    stub_host_executed++;
    r[word->d] = word->kind == IR_const32  ? imm
                 : word->kind == IR_add32  ? a + b
                 : word->kind == IR_add32i ? a + imm
                 : word->kind == IR_sub32  ? a - b
                                           : a ^ b;
}

/* True if the jump is taken. */
static bool jumps(uint64_t *r, const struct word *word)
{
    stub_host_executed++;
    if (word->kind == IR_add_bne_near) {
        r[word->d] = (uint32_t)r[word->a] + (uint32_t)word->compared;
        return (uint32_t)r[word->d] != (uint32_t)r[word->b];
    }
    return word->kind == IR_jump_near ||
           (uint32_t)r[word->a] != (uint32_t)r[word->b];
}

/* To the block, or out for the policy to find it; NULL then. */
static const struct word *jump(struct vcpu *cpu, const struct word *word)
{
    cpu->compiled.left += word->rest;
    if (word->distance != 0) {
        return (const struct word *)((uintptr_t)word +
                                     (uintptr_t)((intptr_t)word->distance));
    }
    cpu->compiled.target = word->place;
    cpu->compiled.site = (uint8_t *)(uintptr_t)word;
    return NULL;
}

/* The operation, and what follows it in its block, by the interpreter. */
static uint32_t interpret(struct vcpu *cpu, const struct word *word)
{
    const uint64_t left = (uint64_t)cpu->compiled.left;
    struct code_page *page =
        &cpu->code->pages[word->operation / sizeof(struct code_page)];

    page->base = cpu->compiled.base;
    cpu->slice_end -= left;
    interpreter_run(
        cpu, page,
        (const struct ir_op *)((uintptr_t)cpu->code->pages + word->operation),
        0);
    cpu->slice_end += left;
    cpu->compiled.left = (int64_t)(cpu->slice_end - cpu->core.retired);
    return INTERPRETER_LEFT;
}

/* Takes the block's instructions off the budget, if that has as many. */
static bool begin(struct vcpu *cpu, const struct word *word)
{
    if (cpu->compiled.left < word->count) {
        cpu->compiled.target = word->place;
        return false;
    }
    cpu->compiled.left -= word->count;
    return true;
}

/* Either exit of called_access: PC and budget are told. */
static bool access_memory(struct vcpu *cpu, const struct word *word)
{
    stub_host_executed++;
    return called_access(cpu, word->operation) < 0;
}

static uint32_t enter(struct vcpu *cpu, const uint8_t *code)
{
    const struct word *word = (const struct word *)(const void *)code;

    for (;;) {
        switch (word->kind) {
        case BEGIN:
            if (!begin(cpu, word)) {
                return COMPILER_SHORT;
            }
            break;
        case REST:
            return interpret(cpu, word);
        case GONE:
            cpu->r[IR_PC] = cpu->compiled.base + (uint32_t)word->imm;
            return INTERPRETER_MISS;
        case IR_load32:
        case IR_store32:
            if (!access_memory(cpu, word)) {
                return INTERPRETER_LEFT;
            }
            break;
        case IR_jump_near:
        case IR_bne_near:
        case IR_add_bne_near:
            if (jumps(cpu->r, word)) {
                word = jump(cpu, word);
                if (word == NULL) {
                    return COMPILER_LINK;
                }
                continue;
            }
            break;
        default:
            compute(cpu->r, word);
            break;
        }
        word++;
    }
}

/* ---- The host ------------------------------------------------------------ */

static bool is_possible(void)
{
    return true;
}

/* It has no registers to keep any of the guest's in, and shares no code. */
static void init(struct compiler *compiler, const struct vcpu *cpu)
{
}

static void fini(struct compiler *compiler)
{
}

static void share(struct compiler *compiler)
{
}

const struct compiler_target stub_host = {
    .size = sizeof(struct compiler),
    .shared_bytes = COMPILER_COLD_BLOCK * sizeof(struct word),
    .is_possible = is_possible,
    .init = init,
    .fini = fini,
    .share = share,
    .compile = compile,
    .forget = forget,
    .mend = mend,
    .enter = enter,
};
