/* SPDX-License-Identifier: Apache-2.0 */
/* The cryptographic extension. */
#include "engine/lift/aarch64.h"

static void crypto(struct aarch64_lift *lift, enum aarch64_helper helper)
{
    const struct aarch64_insn *insn = lift->insn;

    aarch64_check_fp(lift);
    aarch64_assist(lift, helper, insn->d, insn->n, insn->m, 0);
}

#define LIFT_CRYPTO(row)                                                       \
    void aarch64_lift_##row(struct aarch64_lift *lift)                         \
    {                                                                          \
        crypto(lift, AARCH64_HELPER_##row);                                    \
    }

LIFT_CRYPTO(AESE)
LIFT_CRYPTO(AESD)
LIFT_CRYPTO(AESMC)
LIFT_CRYPTO(AESIMC)
LIFT_CRYPTO(SHA1C)
LIFT_CRYPTO(SHA1P)
LIFT_CRYPTO(SHA1M)
LIFT_CRYPTO(SHA1H)
LIFT_CRYPTO(SHA1SU0)
LIFT_CRYPTO(SHA1SU1)
LIFT_CRYPTO(SHA256H)
LIFT_CRYPTO(SHA256H2)
LIFT_CRYPTO(SHA256SU0)
LIFT_CRYPTO(SHA256SU1)

/* No core here has these: aarch64_lift refuses them by their feature. */
#define LIFT_UNDEFINED(row)                                                    \
    void aarch64_lift_##row(struct aarch64_lift *lift)                         \
    {                                                                          \
        aarch64_lift_undefined(lift);                                          \
    }

LIFT_UNDEFINED(SHA512H)
LIFT_UNDEFINED(SHA512H2)
LIFT_UNDEFINED(SHA512SU1)
LIFT_UNDEFINED(SHA512SU0)
LIFT_UNDEFINED(RAX1)
LIFT_UNDEFINED(EOR3)
LIFT_UNDEFINED(BCAX)
LIFT_UNDEFINED(XAR)
LIFT_UNDEFINED(SM3SS1)
LIFT_UNDEFINED(SM3TT1A)
LIFT_UNDEFINED(SM3TT1B)
LIFT_UNDEFINED(SM3TT2A)
LIFT_UNDEFINED(SM3TT2B)
LIFT_UNDEFINED(SM3PARTW1)
LIFT_UNDEFINED(SM3PARTW2)
LIFT_UNDEFINED(SM4EKEY)
LIFT_UNDEFINED(SM4E)
