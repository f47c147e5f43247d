/* SPDX-License-Identifier: Apache-2.0 */
/* Update capsules for board trust under test: the fuses name test_signer(0). */
#ifndef TESTS_CHAIN_TRUST_CAPSULE_H
#define TESTS_CHAIN_TRUST_CAPSULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "tests/capsule_signer.h"
#include "tests/chain/trust_board.h"

struct trust_order {
    uint32_t version;
    uint32_t lowest;
    bool at_once; /* firmware accepts by itself */
    bool unsigned_;
    bool by_stranger;
    bool for_other;
    bool spoilt;
    bool unversioned;
};

/* Appends a set as bank 0 has it, of another version and signed again; with
 * spoilt its kernel differs from the signed one, which only the root of trust
 * will notice. */
void trust_capsule_set(const struct trust_board *board, uint32_t version,
                       bool spoilt, struct buffer *out);
/* Appends a capsule with such a set. */
void trust_capsule_make(const struct trust_board *board,
                        const struct trust_order *order, struct buffer *out);

/* Between trust_board_read and trust_board_start: the signer, and a floor below
 * 32. */
void trust_capsule_fuses(struct trust_board *board, uint32_t floor);
void trust_capsule_deliver(struct trust_board *board,
                           const struct buffer *capsule);

#endif
