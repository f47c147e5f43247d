/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The work that firmware does with images before it runs them: copies, zeroes,
 * hashes and walks through records, with the MMU off and with checked
 * alignment; and the same on memory that is not cached.
 */
#include "guest/bench/firmware/firmware.h"
#include "guest/kit/mmu/mmu.h"
#include "guest/kit/sha256/sha256.h"

enum { BLOCK = 4096, APART = 0x20000 };

uint64_t no_work(uint64_t turns)
{
    return turns;
}

/* ---- Parts --------------------------------------------------------------- */

void fill(void *bytes, uint64_t size)
{
    uint32_t *words = bytes;
    uint32_t x = 2463534242;

    for (uint64_t i = 0; i < size / 4; i++) {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        words[i] = x;
    }
}

uint64_t checksum(const void *bytes, uint64_t size)
{
    struct sha256 hash;
    uint8_t digest[SHA256_SIZE];
    uint64_t result = 0;

    sha256_init(&hash);
    sha256_add(&hash, bytes, size);
    sha256_end(&hash, digest);
    for (unsigned i = 0; i < 8; i++) {
        result = result << 8 | digest[i];
    }
    return result;
}

/* As the C libraries of firmware have it. */
void copy_bytes(void *to, const void *from, uint64_t size)
{
    volatile uint8_t *out = to;
    const uint8_t *in = from;

    while (size-- > 0) {
        *out++ = *in++;
    }
}

/* Records of a list, as of a device tree or of images: a kind, flags, a name
 * and a link; of one kind each all are visited, from the last to the first. */
struct record {
    struct record *next;
    uint16_t kind;
    uint8_t flags;
    uint8_t length;
    uint32_t value;
    char name[16];
};

enum { RECORDS = 64, KINDS = 4 };

static bool same_name(const char *left, const char *right)
{
    while (*left != '\0' && *left == *right) {
        left++;
        right++;
    }
    return *left == *right;
}

static const struct record *find(const struct record *list, const char *name)
{
    while (list != NULL && !same_name(list->name, name)) {
        list = list->next;
    }
    return list;
}

static struct record *make_records(struct record *records)
{
    struct record *list = NULL;

    for (unsigned i = 0; i < RECORDS; i++) {
        struct record *record = &records[i];

        record->next = list;
        record->kind = i % KINDS;
        record->flags = (uint8_t)(i * 3);
        record->length = 8;
        record->value = i * 2654435761u;
        for (unsigned j = 0; j < 8; j++) {
            record->name[j] = (char)('a' + (i >> (j & 3)) % 16);
        }
        record->name[8] = '\0';
        list = record;
    }
    return list;
}

uint64_t walk(void *place, uint64_t turns)
{
    struct record *records = place;
    struct record *list = make_records(records);
    uint64_t sum = 0;

    for (uint64_t i = 0; i < turns * RECORDS; i++) {
        const struct record *found = find(list, records[i % RECORDS].name);

        sum = sum * 5 + found->value + found->kind + found->flags;
    }
    return sum;
}

/* ---- Rows ---------------------------------------------------------------- */

static uint64_t copies(uint64_t turns,
                       void (*copy)(void *, const void *, uint64_t))
{
    fill(SCRATCH, BLOCK);
    while (turns-- > 0) {
        copy(SCRATCH + APART, SCRATCH, BLOCK);
        SCRATCH[turns % BLOCK]++;
    }
    return checksum(SCRATCH + APART, BLOCK);
}

static uint64_t hashes(uint64_t turns)
{
    uint64_t sum = 0;

    fill(SCRATCH, BLOCK);
    while (turns-- > 0) {
        sum += checksum(SCRATCH, BLOCK);
        SCRATCH[turns % BLOCK]++;
    }
    return sum;
}

uint64_t bare_copy_bytes(uint64_t turns)
{
    return copies(turns, copy_bytes);
}

uint64_t bare_copy_pairs(uint64_t turns)
{
    return copies(turns, copy_pairs);
}

uint64_t bare_zero(uint64_t turns)
{
    fill(SCRATCH, BLOCK);
    while (turns-- > 0) {
        zero_pairs(SCRATCH, BLOCK);
        SCRATCH[turns % BLOCK]++;
    }
    return checksum(SCRATCH, BLOCK);
}

uint64_t bare_hash(uint64_t turns)
{
    return hashes(turns);
}

uint64_t bare_walk(uint64_t turns)
{
    return walk(SCRATCH, turns);
}

uint64_t checked_copy_bytes(uint64_t turns)
{
    return copies(turns, copy_bytes);
}

uint64_t checked_copy_pairs(uint64_t turns)
{
    return copies(turns, copy_pairs);
}

uint64_t checked_hash(uint64_t turns)
{
    return hashes(turns);
}

uint64_t checked_walk(uint64_t turns)
{
    return walk(SCRATCH, turns);
}

/* As before and after each image that a device has written. */
uint64_t maintain_cache(uint64_t turns)
{
    fill(SCRATCH, BLOCK);
    while (turns-- > 0) {
        clean_lines(SCRATCH, BLOCK);
        SCRATCH[turns % BLOCK]++;
    }
    return checksum(SCRATCH, BLOCK);
}

static uint64_t other_memory(uint8_t *memory, uint64_t turns)
{
    uint64_t sum = 0;

    fill(memory, BLOCK);
    while (turns-- > 0) {
        copy_pairs(memory + APART, memory, BLOCK);
        copy_bytes(memory + APART, memory, 256);
        sum = sum * 3 + walk(memory + 2 * APART, 1);
        memory[turns % BLOCK]++;
    }
    return sum + checksum(memory + APART, BLOCK);
}

uint64_t device_memory(uint64_t turns)
{
    return other_memory(DEVICE, turns);
}

uint64_t uncached_memory(uint64_t turns)
{
    return other_memory(UNCACHED, turns);
}

/* ---- A boot -------------------------------------------------------------- */

/* The regions of a board, as a monitor maps them. */
static const struct {
    uint64_t base, size, attributes;
} regions[] = {
    {0x40000000, 0x40000,  MMU_NORMAL | MMU_SHARED | MMU_ACCESSED},
    {0x40400000, 0x20000,  MMU_NORMAL | MMU_SHARED | MMU_ACCESSED},
    {0x41000000, 0x100000, MMU_NORMAL | MMU_SHARED | MMU_ACCESSED},
    {0x44000000, 0x80000,  MMU_NORMAL | MMU_SHARED | MMU_ACCESSED},
    {0x47ff0000, 0x10000,  MMU_NORMAL | MMU_SHARED | MMU_ACCESSED},
};

/* Two images are loaded from the flash at 0, measured, and described in
 * tables; then translation goes on, and the next image is loaded with it. */
uint64_t boot(uint64_t turns)
{
    enum { IMAGE = 32768 };
    uint8_t *from = (uint8_t *)UINT64_C(0x1000);
    uint64_t sum = 0;

    while (turns-- > 0) {
        tables_off_el3();
        zero_pairs(SCRATCH, IMAGE);
        copy_pairs(SCRATCH, from, IMAGE);
        sum = sum * 3 + checksum(SCRATCH, IMAGE);
        copy_bytes(SCRATCH + APART, from, IMAGE);
        sum = sum * 3 + checksum(SCRATCH + APART, IMAGE);
        sum = sum * 3 + walk(SCRATCH, 1);
        tables_make();
        for (unsigned i = 0; i < sizeof(regions) / sizeof(regions[0]); i++) {
            sum += tables_map(regions[i].base, regions[i].size,
                              regions[i].attributes);
        }
        tables_on_el3();
        copy_bytes(SCRATCH + 2 * APART, from, IMAGE);
        clean_lines(SCRATCH + 2 * APART, IMAGE);
        sum = sum * 3 + checksum(SCRATCH + 2 * APART, IMAGE);
        sum = sum * 3 + walk(SCRATCH + 3 * APART, 1);
    }
    return sum;
}
