/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers that both system control units of the AST2700 have: straps and
 * clock gates that are set and cleared by ones, two banks of reset lines that
 * are asserted and released by ones, locks of all three, logs of resets, a
 * random number generator and a frequency counter.
 *
 * A state begins with a struct ast2700_scu, a type's outputs with the reset
 * lines by their ids, and its interface is a struct ast2700_scu_part.
 */
#ifndef DEVICES_ASPEED_AST2700_SCU_H
#define DEVICES_ASPEED_AST2700_SCU_H

#include "bus/device.h"

enum { AST2700_SCU_BANKS = 2, AST2700_SCU_LINES = 64 };

struct ast2700_scu {
    uint32_t strap;
    uint32_t strap_lock;
    uint32_t strap_secure[3];
    uint32_t reset[AST2700_SCU_BANKS]; /* ones: asserted */
    uint32_t reset_lock[AST2700_SCU_BANKS];
    uint32_t gate; /* ones: stopped */
    uint32_t gate_lock;
    uint32_t log[3];
    uint32_t rng_control;
    uint32_t frequency_control;
    uint32_t frequency_compare;
};

struct ast2700_scu_part {
    /* An access, or the outside (NULL), made bits of a bank of reset lines ones
     * or zeros, or changed a strap. */
    void (*moved)(struct device *device, const struct access *access,
                  unsigned bank, uint32_t asserted, uint32_t released);
};

/* Asserts or releases lines of a bank, but for those that are locked. */
void ast2700_scu_assert(struct device *device, const struct access *access,
                        unsigned bank, uint32_t lines);
void ast2700_scu_release(struct device *device, const struct access *access,
                         unsigned bank, uint32_t lines);
/* The event that a master has moved a processor's reset line, unless access is
 * NULL: the outside has events of its own. */
void ast2700_scu_tell(struct device *device, const struct access *access,
                      unsigned line, bool asserted);
/* The outputs of both banks. */
void ast2700_scu_drive(struct device *device);
/* Property cairn,silicon-revision of the board, of an AST2700 A1 otherwise. */
uint32_t ast2700_scu_revision(const struct device *device);

#define AST2700_SCU_READ(name)                                                 \
    uint32_t ast2700_scu_##name(struct device *device,                         \
                                const struct access *access, unsigned index)
#define AST2700_SCU_WRITE(name)                                                \
    void ast2700_scu_##name(struct device *device,                             \
                            const struct access *access, unsigned index,       \
                            uint32_t value)

/* Handlers of rows. */
AST2700_SCU_READ(read_revision);
AST2700_SCU_WRITE(set_strap);
AST2700_SCU_WRITE(clear_strap);
AST2700_SCU_WRITE(assert_bank1);
AST2700_SCU_WRITE(release_bank1);
AST2700_SCU_WRITE(assert_bank2);
AST2700_SCU_WRITE(release_bank2);
AST2700_SCU_WRITE(stop_clocks);
AST2700_SCU_WRITE(start_clocks);
AST2700_SCU_READ(read_rng_control);
AST2700_SCU_READ(read_rng_data);
AST2700_SCU_READ(read_frequency);

#endif
