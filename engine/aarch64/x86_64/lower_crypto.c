/* SPDX-License-Identifier: Apache-2.0 */
/* Cryptography and checksums on the host's instructions for them. */
#include "engine/aarch64/x86_64/lower_simd.h"

/* SHA instructions have no VEX forms: the first operand is the result too. */
enum sha {
    SHA1RNDS4 = 0x0f3acc,   /* an immediate follows */
    SHA256RNDS2 = 0x0f38cb, /* and xmm0 */
    SHA256MSG1 = 0x0f38cc,
    SHA256MSG2 = 0x0f38cd
};

static void sha(struct lower *l, enum sha what, unsigned d, unsigned s)
{
    x64_op(&l->out, false, what, d, lower_xmm(s));
}

static void load(struct lower *l, unsigned xmm, unsigned number)
{
    lower_vector_load(l, xmm, lower_vector(number, 0), 16);
}

static void store(struct lower *l, unsigned xmm)
{
    lower_vector_store(l, lower_vector(l->op->d, 0), xmm, 16);
}

/* ---- AES ----------------------------------------------------------------- */

/* A round without its last step is the last round with a key of zero. */
static void aes_round(struct lower *l, uint32_t what)
{
    avx_zero(l, XMM1);
    load(l, XMM0, l->op->d);
    avx_from(l, AVX_vpxor, XMM0, XMM0, lower_vector(l->op->a, 0));
    avx(l, what, XMM0, XMM0, XMM1);
    store(l, XMM0);
}

/* A round after the inverse of all but its mixing. */
static void aes_mix(struct lower *l)
{
    avx_zero(l, XMM1);
    load(l, XMM0, l->op->a);
    avx(l, AVX_vaesdeclast, XMM0, XMM0, XMM1);
    avx(l, AVX_vaesenc, XMM0, XMM0, XMM1);
    store(l, XMM0);
}

static void aes_unmix(struct lower *l)
{
    avx_from(l, AVX_vaesimc, XMM0, 0, lower_vector(l->op->a, 0));
    store(l, XMM0);
}

/* AESE and AESMC of the same register are one round of the host's; AESD and
 * AESIMC likewise, but the key is added to what the host takes first. */
static bool aes_pair(struct lower *l, uint32_t whole, unsigned mix)
{
    const struct ir_op *op = l->op;
    const struct ir_op *next = op + 1;

    if (op->rest == 0 || next->opcode != IR_assist ||
        (unsigned)next->low != mix || next->d != op->d || next->a != op->d) {
        return false;
    }
    aes_round(l, whole);
    l->skip = 1;
    return true;
}

static bool lower_aes(struct lower *l)
{
    switch (l->op->low) {
    case AARCH64_HELPER_AESE:
        if (!aes_pair(l, AVX_vaesenc, AARCH64_HELPER_AESMC)) {
            aes_round(l, AVX_vaesenclast);
        }
        return true;
    case AARCH64_HELPER_AESD:
        if (!aes_pair(l, AVX_vaesdec, AARCH64_HELPER_AESIMC)) {
            aes_round(l, AVX_vaesdeclast);
        }
        return true;
    case AARCH64_HELPER_AESMC:
        aes_mix(l);
        return true;
    default:
        aes_unmix(l);
        return true;
    }
}

/* ---- SHA-1 --------------------------------------------------------------- */

/* Four rounds. The host has the words in the other order, adds a constant that
 * A64's W has already, and takes the fifth word with the first of W. */
static void sha1_rounds(struct lower *l, unsigned function)
{
    load(l, XMM1, l->op->b);
    avx_from(l, AVX_vpsubd, XMM1, XMM1,
             lower_constant(l, CONSTANT_SHA1C + function));
    lower_vector_load(l, XMM2, lower_vector(l->op->a, 0), 4);
    avx(l, AVX_vpaddd, XMM1, XMM1, XMM2);
    avx_imm(l, AVX_vpshufd, XMM1, 0, XMM1, 0x1b);
    avx_from(l, AVX_vpshufd, XMM0, 0, lower_vector(l->op->d, 0));
    x64_byte(&l->out, 0x1b);
    sha(l, SHA1RNDS4, XMM0, XMM1);
    x64_byte(&l->out, function);
    avx_imm(l, AVX_vpshufd, XMM0, 0, XMM0, 0x1b);
    store(l, XMM0);
}

/* xmm = its words rotated left. Uses xmm7. */
static void rotate_left(struct lower *l, unsigned xmm, unsigned count)
{
    avx_shift(l, AVX_RIGHT, 2, XMM7, xmm, 32 - count);
    avx_shift(l, AVX_LEFT, 2, xmm, xmm, count);
    avx(l, AVX_vpor, xmm, xmm, XMM7);
}

static void sha1h(struct lower *l)
{
    lower_vector_load(l, XMM0, lower_vector(l->op->a, 0), 4);
    rotate_left(l, XMM0, 30);
    store(l, XMM0);
}

/* d ^ m ^ the upper half of d and the lower one of n. */
static void sha1su0(struct lower *l)
{
    load(l, XMM0, l->op->d);
    load(l, XMM1, l->op->a);
    avx_imm(l, AVX_vpalignr, XMM1, XMM1, XMM0, 8);
    avx_from(l, AVX_vpxor, XMM0, XMM0, lower_vector(l->op->b, 0));
    avx(l, AVX_vpxor, XMM0, XMM0, XMM1);
    store(l, XMM0);
}

/* The last word takes the first of the result too, rotated once more. */
static void sha1su1(struct lower *l)
{
    load(l, XMM0, l->op->a);
    avx_shift_bytes(l, XMM0, XMM0, 4);
    avx_from(l, AVX_vpxor, XMM0, XMM0, lower_vector(l->op->d, 0));
    rotate_left(l, XMM0, 1);
    avx_imm(l, AVX_shift_q, 7, XMM1, XMM0, 12);
    rotate_left(l, XMM1, 1);
    avx(l, AVX_vpxor, XMM0, XMM0, XMM1);
    store(l, XMM0);
}

/* ---- SHA-256 ------------------------------------------------------------- */

/* Four rounds on a to d in register x and e to h in y. The host keeps FEBA
 * and HGDC, and does two at once; after those what was the one is the other.
 */
static void sha256_rounds(struct lower *l, unsigned x, unsigned y, bool upper)
{
    enum { OF_LOWER = 0x11, OF_UPPER = 0xbb };

    load(l, XMM3, x);
    load(l, XMM4, y);
    load(l, XMM0, l->op->b);
    avx_imm(l, AVX_vshufps, XMM1, XMM4, XMM3, OF_LOWER);
    avx_imm(l, AVX_vshufps, XMM2, XMM4, XMM3, OF_UPPER);
    sha(l, SHA256RNDS2, XMM2, XMM1);
    avx_imm(l, AVX_vpshufd, XMM0, 0, XMM0, 0x0e);
    sha(l, SHA256RNDS2, XMM1, XMM2);
    avx_imm(l, AVX_vshufps, XMM0, XMM1, XMM2, upper ? OF_LOWER : OF_UPPER);
    store(l, XMM0);
}

static void sha256su0(struct lower *l)
{
    load(l, XMM0, l->op->d);
    load(l, XMM1, l->op->a);
    sha(l, SHA256MSG1, XMM0, XMM1);
    store(l, XMM0);
}

static void sha256su1(struct lower *l)
{
    load(l, XMM1, l->op->b);
    avx_from(l, AVX_vpalignr, XMM0, XMM1, lower_vector(l->op->a, 0));
    x64_byte(&l->out, 4);
    avx_from(l, AVX_vpaddd, XMM0, XMM0, lower_vector(l->op->d, 0));
    sha(l, SHA256MSG2, XMM0, XMM1);
    store(l, XMM0);
}

static bool lower_sha(struct lower *l)
{
    const struct ir_op *op = l->op;

    switch (op->low) {
    case AARCH64_HELPER_SHA1C:
    case AARCH64_HELPER_SHA1P:
    case AARCH64_HELPER_SHA1M:
        sha1_rounds(l, (unsigned)(op->low - AARCH64_HELPER_SHA1C));
        return true;
    case AARCH64_HELPER_SHA256H:
        sha256_rounds(l, op->d, op->a, false);
        return true;
    case AARCH64_HELPER_SHA256H2:
        sha256_rounds(l, op->a, op->d, true);
        return true;
    case AARCH64_HELPER_SHA256SU0:
        sha256su0(l);
        return true;
    case AARCH64_HELPER_SHA256SU1:
        sha256su1(l);
        return true;
    default:
        return false;
    }
}

bool lower_crypto(struct lower *l)
{
    switch (l->op->low) {
    case AARCH64_HELPER_AESE:
    case AARCH64_HELPER_AESD:
    case AARCH64_HELPER_AESMC:
    case AARCH64_HELPER_AESIMC:
        return l->target->has_aes && lower_aes(l);
    case AARCH64_HELPER_SHA1H:
        sha1h(l);
        return true;
    case AARCH64_HELPER_SHA1SU0:
        sha1su0(l);
        return true;
    case AARCH64_HELPER_SHA1SU1:
        sha1su1(l);
        return true;
    default:
        return l->target->has_sha && lower_sha(l);
    }
}

/* ---- Checksums ----------------------------------------------------------- */

/* EAX = the checksum of 32 bits in RAX, lowest first: Barrett's reduction by
 * CRC-32's polynomial, see Gopal and others, "Fast CRC computation for generic
 * polynomials using PCLMULQDQ". xmm2 has its constants. */
static void reduce(struct lower *l)
{
    avx_from(l, AVX_vmovd, XMM0, 0, x64_reg(X64_RAX));
    avx_imm(l, AVX_vpclmulqdq, XMM0, XMM0, XMM2, 0x00);
    avx_from(l, AVX_vpand, XMM0, XMM0, lower_constant(l, CONSTANT_LOW_32));
    avx_imm(l, AVX_vpclmulqdq, XMM0, XMM0, XMM2, 0x10);
    avx_from(l, AVX_vmovq_to, XMM0, 0, x64_reg(X64_RAX));
    x64_shift_imm(&l->out, true, X64_SHR, X64_RAX, 32);
}

/* Less than a word goes to its upper end; the rest of the sum stays. */
static bool crc32(struct lower *l, unsigned log2)
{
    if (!l->target->has_pclmul) {
        return false;
    }
    lower_load(l, false, X64_RAX, l->op->a);
    lower_load(l, true, X64_RDX, l->op->b);
    lower_vector_load(l, XMM2, lower_constant(l, CONSTANT_CRC32), 16);
    if (log2 < 2) {
        unsigned bits = 8u << log2;

        x64_mov(&l->out, false, X64_RCX, x64_reg(X64_RAX));
        x64_alu(&l->out, false, X64_XOR, X64_RAX, x64_reg(X64_RDX));
        x64_shift_imm(&l->out, false, X64_SHL, X64_RAX, 32 - bits);
        x64_shift_imm(&l->out, false, X64_SHR, X64_RCX, bits);
        reduce(l);
        x64_alu(&l->out, false, X64_XOR, X64_RAX, x64_reg(X64_RCX));
        return true;
    }
    x64_alu(&l->out, false, X64_XOR, X64_RAX, x64_reg(X64_RDX));
    reduce(l);
    if (log2 == 3) {
        x64_shift_imm(&l->out, true, X64_SHR, X64_RDX, 32);
        x64_alu(&l->out, false, X64_XOR, X64_RAX, x64_reg(X64_RDX));
        reduce(l);
    }
    return true;
}

bool lower_crc32(struct lower *l)
{
    unsigned log2 = (unsigned)l->op->high & 3;

    if ((l->op->high & 4) == 0) {
        if (!crc32(l, log2)) {
            return false;
        }
    } else {
        if (!l->target->has_sse42) {
            return false;
        }
        lower_load(l, false, X64_RAX, l->op->a);
        lower_load(l, true, X64_RDX, l->op->b);
        if (log2 == 1) {
            x64_byte(&l->out, 0x66);
        }
        x64_op_prefixed(&l->out, 0xf2, log2 == 3,
                        log2 == 0 ? 0x0f38f0 : 0x0f38f1, X64_RAX,
                        x64_reg(X64_RDX));
    }
    lower_put(l, l->op->d, X64_RAX);
    return true;
}
