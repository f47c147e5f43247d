/* SPDX-License-Identifier: Apache-2.0 */
/* x86-64 as a host of compiled code: what it has, and how the compiler's policy
 * reaches what is made for it. */
#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/platform/x86.h>

#include "base/buffer.h"
#include "engine/x86_64/lower.h"

enum { SHARED_BYTES = 3072 };

/* x86_cpu_..., as the C library found it: each CPUID of a virtual machine costs
 * 12 us. (Its macro shifts ones out of an int.) */
static bool has(unsigned feature)
{
    const struct cpuid_feature *leaf =
        __x86_get_cpuid_feature_leaf(feature / 128);

    return (leaf->active_array[feature / 32 % 4] >> feature % 32 & 1) != 0;
}

static bool is_possible(void)
{
    return has(x86_cpu_BMI2) && has(x86_cpu_LZCNT);
}

static void find_features(struct lower_target *target)
{
    const bool avx2 = has(x86_cpu_AVX2) && has(x86_cpu_FMA);

    target->has_avx2 = avx2;
    target->has_aes = avx2 && has(x86_cpu_AES);
    target->has_pclmul = avx2 && has(x86_cpu_PCLMULQDQ);
    target->has_avx512 = avx2 && has(x86_cpu_AVX512VL) &&
                         has(x86_cpu_AVX512BW) && has(x86_cpu_AVX512DQ);
    target->has_sse42 = avx2 && has(x86_cpu_SSE4_2);
    target->has_f16c = avx2 && has(x86_cpu_F16C);
    target->has_sha = avx2 && has(x86_cpu_SHA);
}

static void init(struct compiler *compiler, const struct vcpu *cpu)
{
    struct lower_target *target = lower_target_of(compiler);
    const uintptr_t rbp = (uintptr_t)cpu->r + LOWER_BIAS;

    find_features(target);
    target->cpu = (int32_t)((intptr_t)cpu - (intptr_t)rbp);
    target->compiled = target->cpu + (int32_t)offsetof(struct vcpu, compiled);
    target->lower = xcalloc(1, sizeof(*target->lower));
}

static void fini(struct compiler *compiler)
{
    free(lower_target_of(compiler)->lower);
}

static void share(struct compiler *compiler)
{
    struct lower_target *target = lower_target_of(compiler);

    memset(target->host_of, X64_NONE, sizeof(target->host_of));
    for (unsigned i = 0; i < LOWER_PINNED; i++) {
        target->host_of[compiler->pinned[i]] = lower_pinned_host[i];
    }
    target->host_of[IR_SECOND] = X64_RCX;
    for (unsigned i = 0; i < IR_REGISTERS; i++) {
        enum x64_register host = (enum x64_register)target->host_of[i];

        target->places[i] = host != X64_NONE ? x64_reg(host) : lower_slot(i);
    }
    shared_make(target);
}

static void forget(struct compiler *compiler, struct code_page *page,
                   unsigned slot)
{
    const struct lower_target *target = lower_target_of(compiler);
    struct x64 out = {compiler->base + code_slot(page, slot)->host,
                      compiler->base};
    const uint8_t *start = out.at;

    if (compiler->relative) {
        x64_mov(&out, true, X64_RAX,
                lower_field(target, offsetof(struct vcpu_compiled, base)));
        x64_lea(&out, true, X64_RAX, x64_mem(X64_RAX, (int32_t)slot * 2));
    } else {
        x64_mov_imm(&out, X64_RAX, page->base + slot * 2);
    }
    x64_jmp(&out, target->shared.search);
    assert(out.at <= start + LOWER_LEAST);
}

static void mend(struct compiler *compiler, uint8_t *site, const uint8_t *to)
{
    x64_mend(site, lower_target_of(compiler)->shared.jump, to);
}

typedef uint32_t enter_function(uint64_t *registers, const uint8_t *code,
                                int64_t left);

static uint32_t enter(struct vcpu *cpu, const uint8_t *code)
{
    struct compiler *compiler = cpu->code->compiler;
    enter_function *function =
        (enter_function *)(uintptr_t)(lower_target_of(compiler)->shared.enter +
                                      compiler->executed);

    return function(cpu->r + LOWER_BIAS / 8, code, cpu->compiled.left);
}

static const struct compiler_target x86_64 = {
    .size = sizeof(struct lower_target),
    .shared_bytes = SHARED_BYTES,
    .pinned = LOWER_PINNED,
    .is_possible = is_possible,
    .init = init,
    .fini = fini,
    .share = share,
    .compile = lower_block,
    .forget = forget,
    .mend = mend,
    .enter = enter,
};

const struct compiler_target *const compiler_host = &x86_64;
