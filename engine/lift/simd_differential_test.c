/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Floating-point, SIMD and cryptographic instructions on registers, each row
 * with random fields, special values and random FPCR, compared with
 * qemu-aarch64 (user mode) in all registers, NZCV and FPSR.
 *
 * A batch is one ELF file made here: for each case it loads registers from a
 * record, executes the instruction and stores them back; at the end it writes
 * all records to its standard output.
 *
 * CAIRN_A64_FP_CASES: cases for each row (40 unless told); CAIRN_A64_FP_SEED;
 * CAIRN_A64_FP_ROW: only rows whose name begins so.
 */
#include <assert.h>
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/lift/aarch64.h"
#include "isa/aarch64/pattern.h"
#include "tests/harness.h"
#include "tests/random.h"

enum {
    BATCH = 2000,
    VECTORS = 8,
    CASE_INSTRUCTIONS = 27,
    CODE_SIZE = (BATCH * CASE_INSTRUCTIONS + 32) * 4,
    CODE_ADDRESS = 0x400000,
    DATA_ADDRESS = 0x800000,
};

struct record {
    uint64_t v[VECTORS][2];
    uint64_t x[4];
    uint64_t nzcv;
    uint64_t fp; /* FPCR before, FPSR after */
};

struct batch {
    unsigned count;
    struct aarch64_insn insn[BATCH];
    struct record before[BATCH];
    struct record theirs[BATCH];
};

/* ---- Random instructions and values -------------------------------------- */

/* A number of a format near one of its edges. */
static uint64_t special(uint64_t *state, unsigned size)
{
    unsigned width = size == 64 ? 52 : size == 32 ? 23 : 10;
    uint64_t top = size == 64 ? 2047 : size == 32 ? 255 : 31;
    const uint64_t exponents[] = {
        0, 0, 1, 2, top, top - 1, top - 2, top / 2, top / 2 - 1, top / 2 + 1};
    uint64_t ones = (1ull << width) - 1;
    uint64_t random = random64(state);
    const uint64_t fractions[] = {0,
                                  1,
                                  ones,
                                  1ull << (width - 1),
                                  random & ones,
                                  random & ones & ~0ull << (width / 2),
                                  (1ull << (width - 1)) - 1};
    uint64_t exponent = pick(state, 3) == 0 ? top / 2 - 12 + pick(state, 80)
                                            : exponents[pick(state, 10)];

    return (random >> 63) << (size - 1) | (exponent & top) << width |
           fractions[pick(state, 7)];
}

static uint64_t value(uint64_t *state)
{
    unsigned size = 8u << pick(state, 4);
    uint64_t result = 0;

    if (size == 8 || pick(state, 8) == 0) {
        static const uint8_t bytes[] = {0, 1, 0x7f, 0x80, 0xff, 0x81, 0xfe};

        for (unsigned i = 0; i < 8; i++) {
            result =
                result << 8 | (pick(state, 3) == 0 ? random64(state) & 0xff
                                                   : bytes[pick(state, 7)]);
        }
        return result;
    }
    for (unsigned i = 0; i < 64; i += size) {
        result |= special(state, size) << i;
    }
    return result;
}

/* The bits of a row's register numbers above those that the records hold. */
static uint32_t high_registers(enum aarch64_row row)
{
    uint32_t mask = 0;

    for (const char *letter = "dnma"; *letter != '\0'; letter++) {
        uint32_t bits = aarch64_pattern_bits(row, *letter);

        assert(bits == 0 || bits / (bits & -bits) == 31);
        mask |= bits & bits << 2;
    }
    return mask;
}

/* A random encoding of a row, with registers that the records hold. */
static bool make(uint64_t *state, enum aarch64_row row,
                 struct aarch64_insn *insn)
{
    const struct aarch64_pattern *pattern = &aarch64_patterns[row];

    for (unsigned tries = 0; tries < 1000; tries++) {
        uint32_t encoding =
            (uint32_t)random64(state) & ~pattern->mask & ~high_registers(row);

        if (aarch64_decode(encoding | pattern->match, insn) &&
            insn->row == row) {
            return true;
        }
    }
    return false;
}

static void fill(uint64_t *state, struct record *r)
{
    for (unsigned i = 0; i < VECTORS; i++) {
        r->v[i][0] = value(state);
        r->v[i][1] = value(state);
    }
    for (unsigned i = 0; i < 4; i++) {
        r->x[i] = value(state);
    }
    r->nzcv = random64(state) & 0xf0000000;
    /* RMode, FZ, DN, AHP and FZ16. */
    r->fp = random64(state) & 0x07c80000;
    if (pick(state, 2) == 0) {
        r->fp &= 0x00c00000;
    }
}

/* ---- Under QEMU ---------------------------------------------------------- */

static uint32_t *put_case(uint32_t *code, uint32_t insn)
{
    static const uint32_t before[] = {
        0xad400780, 0xad410f82, 0xad421784, 0xad431f86, /* ldp q, [x28] */
        0xf9405384, 0xd51b4204,                         /* msr nzcv, x4 */
        0xf9405784, 0xd51b4404,                         /* msr fpcr, x4 */
        0xd51b443f,                                     /* msr fpsr, xzr */
        0xa9480780, 0xa9490f82,                         /* ldp x, [x28] */
    };
    static const uint32_t after[] = {
        0xad000780, 0xad010f82, 0xad021784, 0xad031f86, /* stp q, [x28] */
        0xa9080780, 0xa9090f82,                         /* stp x, [x28] */
        0xd53b4204, 0xf9005384,                         /* mrs x4, nzcv */
        0xd53b4424, 0xf9005784,                         /* mrs x4, fpsr */
        0x9102c39c,                                     /* add x28, x28, 176 */
    };

    memcpy(code, before, sizeof(before));
    code += sizeof(before) / 4;
    *code++ = insn;
    memcpy(code, after, sizeof(after));
    return code + sizeof(after) / 4;
}

static size_t put_code(const struct batch *batch, uint32_t *code)
{
    uint32_t *start = code;
    uint32_t size = (uint32_t)(batch->count * sizeof(struct record));

    *code++ = 0xd2a0101c; /* mov x28, DATA_ADDRESS */
    for (unsigned i = 0; i < batch->count; i++) {
        code = put_case(code, batch->insn[i].encoding);
    }
    *code++ = 0xd2800020;                              /* mov x0, 1 */
    *code++ = 0xd2a01001;                              /* mov x1, DATA.. */
    *code++ = 0xd2800002 | (size & 0xffff) << 5;       /* movz x2 */
    *code++ = 0xf2a00002 | (size >> 16 & 0xffff) << 5; /* movk x2, lsl 16 */
    *code++ = 0xd2800808;                              /* mov x8, write */
    *code++ = 0xd4000001;
    *code++ = 0xd2800000;
    *code++ = 0xd2800ba8; /* mov x8, exit */
    *code++ = 0xd4000001;
    return (size_t)(code - start) * 4;
}

static bool write_program(const struct batch *batch, int fd)
{
    static uint32_t code[CODE_SIZE / 4];
    size_t code_size = put_code(batch, code);
    size_t data_size = batch->count * sizeof(struct record);
    Elf64_Ehdr header = {
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
                    EV_CURRENT},
        .e_type = ET_EXEC,
        .e_machine = EM_AARCH64,
        .e_version = EV_CURRENT,
        .e_entry = CODE_ADDRESS,
        .e_phoff = sizeof(header),
        .e_ehsize = sizeof(header),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = 2
    };
    Elf64_Phdr segments[2] = {
        {.p_type = PT_LOAD,
         .p_flags = PF_R | PF_X,
         .p_offset = 0x10000,
         .p_vaddr = CODE_ADDRESS,
         .p_paddr = CODE_ADDRESS,
         .p_filesz = code_size,
         .p_memsz = code_size,
         .p_align = 0x10000},
        {.p_type = PT_LOAD,
         .p_flags = PF_R | PF_W,
         .p_offset = 0x400000,
         .p_vaddr = DATA_ADDRESS,
         .p_paddr = DATA_ADDRESS,
         .p_filesz = data_size,
         .p_memsz = data_size,
         .p_align = 0x10000},
    };

    return pwrite(fd, &header, sizeof(header), 0) == sizeof(header) &&
           pwrite(fd, segments, sizeof(segments), sizeof(header)) ==
               sizeof(segments) &&
           pwrite(fd, code, code_size, 0x10000) == (ssize_t)code_size &&
           pwrite(fd, batch->before, data_size, 0x400000) == (ssize_t)data_size;
}

static bool run_qemu(struct batch *batch)
{
    char path[] = "/tmp/cairn-a64-XXXXXX";
    char command[128];
    size_t size = batch->count * sizeof(struct record);
    int fd = mkstemp(path);
    bool done = fd >= 0 && write_program(batch, fd);

    if (fd >= 0) {
        fchmod(fd, 0700);
        close(fd);
    }
    snprintf(command, sizeof(command), "timeout 60 qemu-aarch64 -cpu max %s",
             path);

    FILE *pipe = done ? popen(command, "r") : NULL;

    done = pipe != NULL && fread(batch->theirs, 1, size, pipe) == size;
    done = pipe != NULL && pclose(pipe) == 0 && done;
    unlink(path);
    return done;
}

/* ---- Here ---------------------------------------------------------------- */

static void run_here(struct aarch64_insn *insn, const struct record *before,
                     struct record *after)
{
    /* No memory is touched. */
    static struct aarch64 pe = {.vcpu.r = pe.state.r};
    struct ir_op ops[16];
    struct ir_block block;
    struct aarch64_lift lift = {.block = &block, .insn = insn};

    memset(&pe.state, 0, sizeof(pe.state));
    memcpy(pe.state.v, before->v, sizeof(before->v));
    memcpy(pe.state.r, before->x, sizeof(before->x));
    pe.state.r[IR_NZCV] = before->nzcv >> 28;
    pe.state.fpcr = (uint32_t)before->fp;

    ir_block_init(&block, ops, 16);
    ir_begin(&block, 4);
    aarch64_lifters[insn->row](&lift);
    for (size_t i = 0; i < block.count; i++) {
        if (ops[i].opcode == IR_assist &&
            ops[i].low != AARCH64_HELPER_CHECK_FP) {
            aarch64_helpers[ops[i].low](&pe.vcpu, &ops[i]);
        }
    }
    memcpy(after->v, pe.state.v, sizeof(after->v));
    memcpy(after->x, pe.state.r, sizeof(after->x));
    after->nzcv = pe.state.r[IR_NZCV] << 28;
    after->fp = pe.state.fpsr;
}

/* QEMU 7.2 sign-extends a saturated FCVTZS (scalar, fixed-point) of half
 * precision over bits 31:16, which are zero (DDI 0487, Elem[] of V[d]). */
static bool is_wrong_in_qemu(const struct aarch64_insn *insn)
{
    return insn->row == AARCH64_ROW_FCVTZS_S_FIXED && insn->h < 4;
}

/* ---- Comparison ---------------------------------------------------------- */

static void print_record(const char *title, const struct record *r)
{
    fprintf(stderr, "  %s nzcv %08llx fp %08llx\n", title,
            (unsigned long long)r->nzcv, (unsigned long long)r->fp);
    for (unsigned i = 0; i < 4; i++) {
        fprintf(stderr, "    v%u %016llx %016llx  x%u %016llx\n", i,
                (unsigned long long)r->v[i][1], (unsigned long long)r->v[i][0],
                i, (unsigned long long)r->x[i]);
    }
}

/* Runs and empties a batch; how many cases differ. */
static unsigned finish(struct batch *batch)
{
    unsigned differences = 0;

    if (batch->count != 0 && !EXPECT(run_qemu(batch))) {
        differences = batch->count;
        batch->count = 0;
    }
    for (unsigned i = 0; i < batch->count; i++) {
        struct record ours;

        run_here(&batch->insn[i], &batch->before[i], &ours);
        if (memcmp(&ours, &batch->theirs[i], sizeof(ours)) != 0 &&
            !is_wrong_in_qemu(&batch->insn[i])) {
            if (differences++ < 3) {
                fprintf(stderr, "%s %08x\n",
                        aarch64_rows[batch->insn[i].row].name,
                        batch->insn[i].encoding);
                print_record("before", &batch->before[i]);
                print_record("ours", &ours);
                print_record("QEMU", &batch->theirs[i]);
            }
        }
    }
    batch->count = 0;
    return differences;
}

static const enum aarch64_row tested[] = {
#define INSN(row, mnemonic, pattern, except, syntax, feature, section)         \
    AARCH64_ROW_##row,
#define OVER INSN
#include "isa/aarch64/crypto.def"
#include "isa/aarch64/fp.def"
#include "isa/aarch64/simd.def"
#include "isa/aarch64/simd_scalar.def"
#undef OVER
#undef INSN
};

/* Not implemented; no core has them. */
static bool is_left_out(enum aarch64_row row)
{
    enum aarch64_feature feature =
        (enum aarch64_feature)aarch64_kinds[row].feature;

    return feature == AARCH64_FEATURE_SHA512 ||
           feature == AARCH64_FEATURE_SHA3 || feature == AARCH64_FEATURE_SM3 ||
           feature == AARCH64_FEATURE_SM4;
}

TEST(every_register_row_agrees_with_qemu)
{
    static struct batch batch;
    uint64_t cases = test_number("CAIRN_A64_FP_CASES", 40);
    uint64_t state = test_number("CAIRN_A64_FP_SEED", 1);
    const char *only = getenv("CAIRN_A64_FP_ROW");
    unsigned differences = 0;

    if (system("command -v qemu-aarch64 >/dev/null 2>&1") != 0) {
        SKIP("qemu-aarch64 is not installed");
    }
    for (size_t i = 0; i < sizeof(tested) / sizeof(tested[0]); i++) {
        if (is_left_out(tested[i]) ||
            (only != NULL &&
             strncmp(only, aarch64_rows[tested[i]].name, strlen(only)) != 0)) {
            continue;
        }
        for (uint64_t j = 0; j < cases; j++) {
            struct aarch64_insn *insn = &batch.insn[batch.count];

            if (!EXPECT(make(&state, tested[i], insn))) {
                break;
            }
            fill(&state, &batch.before[batch.count]);
            if (++batch.count == BATCH) {
                differences += finish(&batch);
            }
        }
        if (only != NULL || getenv("CAIRN_A64_FP_ROWS") != NULL) {
            unsigned now = finish(&batch);

            if (now != 0) {
                fprintf(stderr, "ROW %s: %u of %llu differ\n",
                        aarch64_rows[tested[i]].name, now,
                        (unsigned long long)cases);
            }
            differences += now;
        }
    }
    differences += finish(&batch);
    EXPECT_EQ(differences, 0);
}
