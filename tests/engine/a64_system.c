/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver runs at EL3 with its MMU off; its stack pointer is the record at
 * hand, which no lower level can reach. The vectors of EL1 and EL2 (the stubs)
 * hold little more than SMC.
 */
#include "tests/engine/a64_system.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "engine/aarch64/registers.h"
#include "isa/aarch64/disassemble.h"

#define AT(field) ((unsigned)offsetof(struct system_record, field))

enum { GIC_DISTRIBUTOR = 0x08000000, GIC_INTERFACE = 0x08010000 };
enum { SP = 31, VECTORS = 0x800, SAVE = 0x1000, LOOP = 0x2000, EXIT = 0x3000 };

const char *const system_register_names[SYSTEM_REGISTERS] = {
#define SYSTEM_STATE(name, mask, why) #name,
#include "tests/engine/a64_system_registers.def"
#undef SYSTEM_STATE
};

const uint64_t system_register_masks[SYSTEM_REGISTERS] = {
#define SYSTEM_STATE(name, mask, why) mask,
#include "tests/engine/a64_system_registers.def"
#undef SYSTEM_STATE
};

static const uint16_t encodings[SYSTEM_REGISTERS] = {
#define SYSTEM_STATE(name, mask, why) AARCH64_##name,
#include "tests/engine/a64_system_registers.def"
#undef SYSTEM_STATE
};

/* ---- Random numbers and memory ------------------------------------------- */

uint64_t system_next(struct system_builder *b)
{
    uint64_t x = b->random += 0x9e3779b97f4a7c15;

    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

uint64_t system_below(struct system_builder *b, uint64_t limit)
{
    return system_next(b) % limit;
}

bool system_chance(struct system_builder *b, unsigned percent)
{
    return system_below(b, 100) < percent;
}

void system_put64(struct system_builder *b, uint64_t address, uint64_t value)
{
    memcpy(b->image + (address - SYSTEM_IMAGE), &value, sizeof(value));
}

/* ---- The driver ---------------------------------------------------------- */

struct emitter {
    uint8_t *image;
    uint32_t offset;
};

static void emit(struct emitter *e, uint32_t word)
{
    memcpy(e->image + e->offset, &word, sizeof(word));
    e->offset += 4;
}

static void constant(struct emitter *e, unsigned d, uint32_t value)
{
    emit(e, 0xd2800000 | (value & 0xffff) << 5 | d);
    emit(e, 0xf2a00000 | value >> 16 << 5 | d);
}

static void field(struct emitter *e, bool store, unsigned t, unsigned at)
{
    emit(e, (store ? 0xf9000000 : 0xf9400000) | at / 8 << 10 | SP << 5 | t);
}

/* STP, LDP of x[t] and the next. */
static void pair(struct emitter *e, bool store, unsigned t)
{
    emit(e, (store ? 0xa9000000 : 0xa9400000) | t << 15 | (t + 1) << 10 |
                SP << 5 | t);
}

static void vectors(struct emitter *e, bool store)
{
    for (unsigned t = 0; t < 32; t++) {
        emit(e, (store ? 0x3d800000 : 0x3dc00000) | (AT(v) / 16 + t) << 10 |
                    SP << 5 | t);
    }
}

static void system_register(struct emitter *e, bool read, unsigned index,
                            unsigned t)
{
    emit(e, 0xd5000000 | (uint32_t)read << 21 |
                aarch64_registers[encodings[index]].encoding << 5 | t);
}

static void branch(struct emitter *e, uint32_t to)
{
    emit(e, 0x14000000 | ((to - e->offset) / 4 & 0x3ffffff));
}

static void store_word(struct emitter *e, uint32_t address, uint32_t value)
{
    constant(e, 0, address);
    constant(e, 1, value);
    emit(e, 0xb9000001); /* str w1, [x0] */
}

static void emit_start(const struct system_image *image)
{
    struct emitter e = {image->bytes, SYSTEM_DRIVER};

    /* QEMU has put a device tree at the start of RAM. */
    constant(&e, 0, SYSTEM_RAM);
    constant(&e, 1, SYSTEM_RAM + SYSTEM_TREE_BYTES);
    emit(&e, 0xa8817c1f); /* stp xzr, xzr, [x0], #16 */
    emit(&e, 0xeb01001f); /* cmp x0, x1 */
    emit(&e, 0x54ffffc1); /* b.ne .-8 */
    constant(&e, 0, SYSTEM_IMAGE + VECTORS);
    emit(&e, 0xd51ec000); /* msr vbar_el3, x0 */
    emit(&e, 0xd51e115f); /* msr cptr_el3, xzr */
    /* Private interrupts 16 and up are of group 1, which is IRQ; SGIs are of
     * group 0, which is FIQ. */
    store_word(&e, GIC_DISTRIBUTOR + 0x80, 0xffff0000);
    store_word(&e, GIC_DISTRIBUTOR + 0x100, 0xffffffff);
    store_word(&e, GIC_DISTRIBUTOR, 3);
    store_word(&e, GIC_INTERFACE + 4, 0xff);
    store_word(&e, GIC_INTERFACE, 0xf); /* both groups, AckCtl, FIQEn */
    constant(&e, 0, SYSTEM_IMAGE + SYSTEM_REGION + SYSTEM_RECORDS);
    emit(&e, 0x9100001f); /* mov sp, x0 */
    branch(&e, LOOP);
}

static void emit_loop(const struct system_image *image)
{
    struct emitter e = {image->bytes, LOOP};

    vectors(&e, false);
    emit(&e, 0xd510109f); /* msr oslar_el1, xzr */
    for (unsigned i = 0; i < SYSTEM_REGISTERS; i++) {
        field(&e, false, 0, AT(sys) + i * 8);
        system_register(&e, false, i, 0);
    }
    emit(&e, 0xd5033fdf); /* isb */
    emit(&e, 0xd50c879f); /* tlbi alle1 */
    emit(&e, 0xd50c871f); /* tlbi alle2 */
    emit(&e, 0xd5033f9f); /* dsb sy */
    emit(&e, 0xd508751f); /* ic iallu */
    emit(&e, 0xd5033fdf); /* isb */
    emit(&e, 0xd5033f5f); /* clrex */
    field(&e, false, 0, AT(poke_address));
    emit(&e, 0xb4000060); /* cbz x0, .+12 */
    field(&e, false, 1, AT(poke_value));
    emit(&e, 0xb9000001); /* str w1, [x0] */
    for (unsigned t = 0; t < 30; t += 2) {
        pair(&e, false, t);
    }
    field(&e, false, 30, AT(x) + 30 * 8);
    emit(&e, 0xd69f03e0); /* eret */
}

static void emit_save(const struct system_image *image)
{
    struct emitter e = {image->bytes, SAVE};

    field(&e, true, 0, AT(vector));
    for (unsigned t = 2; t < 30; t += 2) {
        pair(&e, true, t);
    }
    field(&e, true, 30, AT(x) + 30 * 8);
    for (unsigned i = 0; i < SYSTEM_REGISTERS; i++) {
        system_register(&e, true, i, 0);
        field(&e, true, 0, AT(sys) + i * 8);
    }
    emit(&e, 0xd51e115f); /* msr cptr_el3, xzr */
    emit(&e, 0xd5033fdf); /* isb */
    vectors(&e, true);
    constant(&e, 0, GIC_INTERFACE);
    emit(&e, 0xb9400c01); /* ldr w1, [x0, #12]: GICC_IAR */
    field(&e, true, 1, AT(acknowledged));
    emit(&e, 0xb9001001); /* str w1, [x0, #16]: GICC_EOIR */
    field(&e, false, 0, AT(next));
    emit(&e, 0xb4000060); /* cbz x0, .+12 */
    emit(&e, 0x9100001f); /* mov sp, x0 */
    branch(&e, LOOP);
    branch(&e, EXIT);
}

/* Semihosting: SYS_EXIT, ADP_Stopped_ApplicationExit and 0. */
static void emit_exit(const struct system_image *image)
{
    struct emitter e = {image->bytes, EXIT};

    constant(&e, 1, SYSTEM_IMAGE + EXIT + 0x100);
    constant(&e, 0, 0x18);
    emit(&e, 0xd45e0000); /* hlt #0xf000 */
    e.offset = EXIT + 0x100;
    emit(&e, 0x20026);
}

static void emit_driver(const struct system_image *image)
{
    emit_start(image);
    emit_loop(image);
    emit_save(image);
    emit_exit(image);
    for (unsigned i = 0; i < 16; i++) {
        struct emitter vector = {image->bytes, VECTORS + i * 0x80};
        struct emitter stub = {image->bytes, SYSTEM_STUBS + i * 0x80};

        pair(&vector, true, 0);
        constant(&vector, 0, i * 0x80);
        branch(&vector, SAVE);
        /* QEMU 7.2 clears NZCV when an exception is taken; the manual
         * (D1.10.2) does not. */
        emit(&stub, 0xd51b421f);          /* msr nzcv, xzr */
        emit(&stub, 0xd4000003 | i << 5); /* smc #i */
    }
}

/* ---- Images -------------------------------------------------------------- */

static size_t record_offset(unsigned step)
{
    return SYSTEM_REGION * (size_t)(1 + step / SYSTEM_STEPS) + SYSTEM_RECORDS +
           step % SYSTEM_STEPS * sizeof(struct system_record);
}

static void make_program(struct system_image *image, uint64_t seed,
                         unsigned program, unsigned limit)
{
    struct system_builder b = {.image = image->bytes,
                               .runs = image->runs,
                               .random = seed * 0x2545f4914f6cdd1d + program};

    b.region = SYSTEM_IMAGE + SYSTEM_REGION * (uint64_t)(program + 1);
    b.tables = b.region + SYSTEM_TABLES;
    system_make_tables(&b);
    for (unsigned at = 0; at < SYSTEM_DATA_BYTES; at += 4) {
        /* As instructions these are undefined. */
        uint32_t word = (uint32_t)system_next(&b) & 0xffff;

        memcpy(image->bytes + (b.region - SYSTEM_IMAGE) + SYSTEM_DATA + at,
               &word, sizeof(word));
    }
    for (unsigned i = 0; i < SYSTEM_STEPS; i++) {
        unsigned step = program * SYSTEM_STEPS + i;
        struct system_record record = {.next = 0};

        b.step = i;
        system_make_step(&b, &record);
        if (step + 1 < limit) {
            record.next = SYSTEM_IMAGE + record_offset(step + 1);
        }
        memcpy(image->bytes + record_offset(step), &record, sizeof(record));
    }
}

struct system_image *system_image_create(uint64_t seed, unsigned limit)
{
    struct system_image *image = calloc(1, sizeof(*image));

    if (image == NULL || (image->bytes = calloc(1, SYSTEM_BYTES)) == NULL) {
        abort();
    }
    emit_driver(image);
    image->entry = SYSTEM_IMAGE;
    image->exit = SYSTEM_IMAGE + EXIT;
    for (unsigned i = 0; i < SYSTEM_PROGRAMS && i * SYSTEM_STEPS < limit; i++) {
        make_program(image, seed, i, limit);
    }
    return image;
}

void system_image_destroy(struct system_image *image)
{
    free(image->bytes);
    free(image);
}

/* ---- Differences --------------------------------------------------------- */

static struct system_record record_at(const uint8_t *bytes, unsigned step)
{
    struct system_record record;

    memcpy(&record, bytes + record_offset(step), sizeof(record));
    return record;
}

static const struct departure {
    enum system_register index, other;
    uint64_t mask, value, ignored;
} departures[] = {
#define DEPARTURE(name, other, mask, value, ignored, why)                      \
    {SYSTEM_##name, SYSTEM_##other, mask, value, ignored},
#include "tests/engine/a64_system_departures.def"
#undef DEPARTURE
};

static bool departs(const struct departure *d, const struct system_record *r)
{
    uint64_t looked_at = d->mask & ~(d->index == d->other ? d->ignored : 0);

    return ((r->sys[d->other] ^ d->value) & looked_at) == 0;
}

/* The bits of a register that are compared. */
static uint64_t compared(unsigned index, const struct system_record *a,
                         const struct system_record *b)
{
    uint64_t bits = system_register_masks[index];

    for (size_t i = 0; i < ARRAY_SIZE(departures); i++) {
        const struct departure *d = &departures[i];

        if (d->index == index && departs(d, a) && departs(d, b)) {
            bits &= ~d->ignored;
        }
    }
    return bits;
}

static bool same_record(const struct system_record *a,
                        const struct system_record *b)
{
    for (unsigned i = 0; i < SYSTEM_REGISTERS; i++) {
        if (((a->sys[i] ^ b->sys[i]) & compared(i, a, b)) != 0) {
            return false;
        }
    }
    return memcmp(a->x, b->x, sizeof(a->x)) == 0 && a->vector == b->vector &&
           memcmp(a->v, b->v, sizeof(a->v)) == 0 &&
           a->acknowledged == b->acknowledged;
}

int system_next_difference(const uint8_t *ours, const uint8_t *theirs,
                           unsigned from)
{
    for (unsigned step = from; step < SYSTEM_PROGRAMS * SYSTEM_STEPS; step++) {
        struct system_record a = record_at(ours, step);
        struct system_record b = record_at(theirs, step);

        if (!same_record(&a, &b)) {
            return (int)step;
        }
    }
    return -1;
}

bool system_memory_same(const uint8_t *ours, const uint8_t *theirs,
                        uint64_t *address)
{
    for (size_t region = 0; region < SYSTEM_BYTES; region += SYSTEM_REGION) {
        size_t records =
            region == 0 ? 0 : SYSTEM_STEPS * sizeof(struct system_record);
        size_t after = region + (region == 0 ? 0 : SYSTEM_RECORDS) + records;

        for (size_t i = region; i < region + SYSTEM_REGION; i++) {
            if (i >= after - records && i < after) {
                i = after;
            }
            if (ours[i] != theirs[i]) {
                *address = SYSTEM_IMAGE + i;
                return false;
            }
        }
    }
    return true;
}

static void explain_value(const char *name, int index, uint64_t before,
                          uint64_t ours, uint64_t theirs, uint64_t mask,
                          struct buffer *out)
{
    char number[12] = "";

    if (index >= 0) {
        snprintf(number, sizeof(number), "%d", index);
    }
    if (((ours ^ theirs) & mask) != 0) {
        buffer_print(out,
                     "%s%s: was 0x%016llx, ours 0x%016llx, QEMU 0x%016llx\n",
                     name, number, (unsigned long long)before,
                     (unsigned long long)ours, (unsigned long long)theirs);
    }
}

static void explain_code(const struct system_image *image, unsigned step,
                         struct buffer *out)
{
    size_t at = SYSTEM_REGION * (size_t)(1 + step / SYSTEM_STEPS) +
                SYSTEM_CODE + step % SYSTEM_STEPS * SYSTEM_SLOT_BYTES;

    for (unsigned i = 0; i < SYSTEM_SLOT_BYTES; i += 4) {
        struct aarch64_insn insn;
        uint32_t word;

        memcpy(&word, image->bytes + at + i, sizeof(word));
        if (word == 0) {
            break;
        }
        aarch64_decode(word, &insn);
        buffer_print(out, "  +%02x  %08x  ", i, word);
        aarch64_disassemble(&insn, gva(i), out);
        buffer_print(out, "\n");
    }
}

static void explain_start(const struct system_record *before,
                          struct buffer *out)
{
    for (unsigned i = 0; i < SYSTEM_REGISTERS; i++) {
        if (before->sys[i] != 0) {
            buffer_print(out, "  %s=%llx", system_register_names[i],
                         (unsigned long long)before->sys[i]);
        }
    }
    for (unsigned i = 0; i < 31; i++) {
        buffer_print(out, "%sx%u=%llx", i % 4 == 0 ? "\n  " : "  ", i,
                     (unsigned long long)before->x[i]);
    }
    buffer_print(out, "\n");
}

void system_explain(const struct system_image *image, unsigned step,
                    const uint8_t *ours, const uint8_t *theirs,
                    struct buffer *out)
{
    struct system_record before = record_at(image->bytes, step);
    struct system_record a = record_at(ours, step);
    struct system_record b = record_at(theirs, step);

    explain_code(image, step, out);
    explain_start(&before, out);
    for (int r = 0; r < 31; r++) {
        explain_value("x", r, before.x[r], a.x[r], b.x[r], UINT64_MAX, out);
    }
    explain_value("vector", -1, 0, a.vector, b.vector, UINT64_MAX, out);
    explain_value("acknowledged", -1, 0, a.acknowledged, b.acknowledged,
                  UINT64_MAX, out);
    for (int r = 0; r < 64; r++) {
        explain_value(r % 2 == 0 ? "v.low" : "v.high", r / 2,
                      before.v[r / 2][r % 2], a.v[r / 2][r % 2],
                      b.v[r / 2][r % 2], UINT64_MAX, out);
    }
    for (unsigned r = 0; r < SYSTEM_REGISTERS; r++) {
        explain_value(system_register_names[r], -1, before.sys[r], a.sys[r],
                      b.sys[r], compared(r, &a, &b), out);
    }
    buffer_print(out,
                 "ended with vector 0x%llx ESR_EL1 %llx ESR_EL2 %llx "
                 "ESR_EL3 %llx ELR_EL1 %llx ELR_EL2 %llx\n",
                 (unsigned long long)a.vector,
                 (unsigned long long)a.sys[SYSTEM_ESR_EL1],
                 (unsigned long long)a.sys[SYSTEM_ESR_EL2],
                 (unsigned long long)a.sys[SYSTEM_ESR_EL3],
                 (unsigned long long)a.sys[SYSTEM_ELR_EL1],
                 (unsigned long long)a.sys[SYSTEM_ELR_EL2]);
}
