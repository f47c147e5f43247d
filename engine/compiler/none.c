/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts that nothing is compiled for: cores find no compiler and interpret. */
#include "engine/aarch64/aarch64.h"
#include "engine/compiler/compiler.h"
#include "engine/mprofile/mprofile.h"

bool compiler_is_possible(void)
{
    return false;
}

struct compiler *compiler_create(struct vcpu *cpu, struct code_cache *code)
{
    return NULL;
}

void compiler_destroy(struct compiler *compiler)
{
}

void compiler_watch(struct code_cache *code, const struct code_watch *watch)
{
}

const struct compiler_statistics *
compiler_statistics(const struct compiler *compiler)
{
    static const struct compiler_statistics none;

    return &none;
}

void compiler_drop(struct compiler *compiler, struct code_page *page,
                   unsigned slot)
{
}

enum interpreter_exit compiler_run(struct vcpu *cpu, struct code_page *page,
                                   unsigned slot, int64_t left)
{
    uint32_t entry = code_slot(page, slot)->map;

    return interpreter_run(cpu, page, &page->ops[entry & 0xffff],
                           left - (int64_t)(entry >> 16));
}

bool lower_aarch64_assist(struct lower *l)
{
    return false;
}

bool lower_t32_assist(struct lower *l)
{
    return false;
}
