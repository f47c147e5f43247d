/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "base/hash.h"
#include "platform/snapshot/head.h"
#include "platform/test_bench.h"
#include "tests/harness.h"
#include "tests/machine.h"

#define BOARD BENCH_ONE_CPU

/* Ticks, random numbers, events and memory: state of every kind moves. */
static const uint32_t busy[] = {
    LUI(S0, BENCH_DEV),
    LUI(S1, BENCH_RAM),
    ADDI(T0, X0, 0x80),
    CSRRW(X0, CSR_MIE, T0),
    /* again: */
    ADDI(T1, X0, 333),
    SW(T1, BENCH_TIMER, S0),
    LW(T2, BENCH_RANDOM, S0),
    SW(T2, 0, S1),
    SW(T2, 4, S1),
    WFI,
    SW(T2, BENCH_EVENT, S0),
    SW(T2, BENCH_LEVEL, S0),
    LW(T2, BENCH_NOW, S0),
    SW(T2, 8, S1),
    ADDI(S1, S1, 16),
    J(-44),
};

static void run(struct cairn_machine *machine, uint64_t instructions)
{
    run_instructions(machine, instructions);
}

static struct cairn_machine *make(void)
{
    return bench_machine(BOARD, busy, ARRAY_SIZE(busy));
}

/* A file that is there, and its bytes. */
struct saved {
    struct cairn_machine *machine; /* that was saved, and went on */
    char *path;
    struct buffer bytes;
    uint64_t head_size;
};

static void save(struct saved *saved)
{
    *saved = (struct saved){.machine = make()};
    saved->path = bench_file("", ".snapshot");
    run(saved->machine, 1003);
    if (cairn_save(saved->machine, saved->path, NULL) != 0 ||
        file_read(saved->path, 1 << 20, &saved->bytes, NULL) != 0 ||
        saved->bytes.bytes == NULL) {
        abort();
    }
    saved->head_size = load_le64(saved->bytes.bytes + 24);
    run(saved->machine, 500);
}

static void drop(struct saved *saved)
{
    cairn_destroy(saved->machine);
    unlink(saved->path);
    free(saved->path);
    buffer_fini(&saved->bytes);
}

/* Its bytes as they are now, up to size. */
static int load(const struct saved *saved, size_t size,
                struct cairn_error *error)
{
    *error = (struct cairn_error){""};
    file_write(saved->path, saved->bytes.bytes, size, NULL);
    return cairn_load(saved->machine, saved->path, error);
}

/* Damage that the hash of the head does not show. */
static void sign(struct saved *saved)
{
    size_t size = (size_t)saved->head_size - 8;
    store_le64(saved->bytes.bytes + size, hash64(0, saved->bytes.bytes, size));
}

TEST(a_file_brings_the_machine_back_in_another_process_image)
{
    OWNED(free_at) char *path = bench_file("", ".snapshot");
    struct cairn_machine *machine = make();
    struct cairn_machine *other = make();
    REQUIRE(machine && other);
    cairn_line_set(machine, "bench.strap", 3);
    run(machine, 1003);
    EXPECT_EQ(cairn_save(machine, path, NULL), 0);
    EXPECT_EQ(cairn_load(other, path, NULL), 0);
    EXPECT_EQ(cairn_state_hash(other), cairn_state_hash(machine));
    EXPECT_EQ(cairn_time_ns(other), cairn_time_ns(machine));
    run(machine, 5001);
    run(other, 5001);
    EXPECT_EQ(cairn_state_hash(other), cairn_state_hash(machine));
    cairn_destroy(machine);
    cairn_destroy(other);
    unlink(path);
}

TEST(so_do_bytes_in_memory)
{
    struct cairn_machine *machine = make();
    struct cairn_machine *other = make();
    struct cairn_error error = {""};
    uint8_t *bytes = NULL;
    size_t size = 0;
    REQUIRE(machine && other);
    run(machine, 1003);
    EXPECT_EQ(cairn_save_bytes(machine, &bytes, &size, NULL), 0);
    uint64_t saved = cairn_state_hash(machine);
    run(machine, 5001);
    /* The file that was loaded last time is mapped when the next comes. */
    for (unsigned i = 0; i < 3; i++) {
        EXPECT_EQ(cairn_load_bytes(other, bytes, size, NULL), 0);
        EXPECT_EQ(cairn_state_hash(other), saved);
        run(other, 5001);
        EXPECT_EQ(cairn_state_hash(other), cairn_state_hash(machine));
    }
    uint64_t before = cairn_state_hash(other);
    EXPECT_EQ(cairn_load_bytes(other, bytes, size / 2, &error), -EINVAL);
    EXPECT(error.text[0] != '\0');
    EXPECT_EQ(cairn_load_bytes(other, "", 0, NULL), -EINVAL);
    EXPECT_EQ(cairn_state_hash(other), before);
    free(bytes);
    cairn_destroy(machine);
    cairn_destroy(other);
}

FIXTURE(struct saved, saved, drop)
FIXTURE_BEGIN(saved, save(saved))

TEST_ON(calls_that_succeed_leave_the_error_alone, saved)
{
    struct cairn_snapshot *snapshot = NULL;
    struct cairn_error error = {"kept"};
    uint8_t *bytes = NULL;
    size_t size = 0;
    size_t count = 0;
    char *text = NULL;
    char **words = NULL;
    EXPECT_EQ(cairn_save(saved->machine, saved->path, &error), 0);
    EXPECT_EQ(cairn_load(saved->machine, saved->path, &error), 0);
    EXPECT_EQ(cairn_save_bytes(saved->machine, &bytes, &size, &error), 0);
    EXPECT_EQ(cairn_load_bytes(saved->machine, bytes, size, &error), 0);
    EXPECT_EQ(cairn_snapshot(saved->machine, &snapshot, &error), 0);
    EXPECT_EQ(cairn_restore(saved->machine, snapshot, &error), 0);
    EXPECT_EQ(cairn_snapshot_show(saved->path, false, true, &text, &error), 0);
    EXPECT_EQ(cairn_snapshot_origin(saved->path, &words, &count, &error), 0);
    EXPECT_STR(error.text, "kept");
    EXPECT(cairn_snapshot_recognise(bytes, size));
    EXPECT(!cairn_snapshot_recognise(bytes, 7));
    cairn_snapshot_destroy(snapshot);
    free(bytes);
    free(text);
    free(words);
}

TEST_ON(bytes_are_those_of_the_file, saved)
{
    OWNED(free_at) uint8_t *bytes = NULL;
    size_t size = 0;
    EXPECT_EQ(cairn_load(saved->machine, saved->path, NULL), 0);
    EXPECT_EQ(cairn_save_bytes(saved->machine, &bytes, &size, NULL), 0);
    if (EXPECT_EQ(size, saved->bytes.size)) {
        EXPECT_BYTES(bytes, saved->bytes.bytes, size);
    }
}

static void expect_same_events(struct cairn_machine *one,
                               struct cairn_machine *other)
{
    EXPECT_EQ(cairn_event_count(one), cairn_event_count(other));
    for (size_t i = 0; i < cairn_event_count(one); i++) {
        OWNED(free_at) char *text = xstrdup(cairn_event_json(one, i));
        EXPECT_STR(cairn_event_json(other, i), text);
    }
}

TEST(the_events_so_far_come_with_it)
{
    OWNED(free_at) char *path = bench_file("", ".snapshot");
    struct cairn_machine *machine = make();
    struct cairn_machine *other = make();
    REQUIRE(machine && other);
    run(machine, 1003);
    run(other, 9000);
    EXPECT(cairn_event_count(other) > cairn_event_count(machine));
    EXPECT(cairn_event_count(machine) > 2);
    EXPECT_EQ(cairn_save(machine, path, NULL), 0);
    EXPECT_EQ(cairn_load(other, path, NULL), 0);
    expect_same_events(machine, other);
    run(machine, 5001);
    run(other, 5001);
    expect_same_events(machine, other);
    cairn_destroy(machine);
    cairn_destroy(other);
    unlink(path);
}

/* ---- What is wrong with a file ------------------------------------------- */

TEST_ON(files_that_were_cut_anywhere_are_refused_and_change_nothing, saved)
{
    struct cairn_error error;
    uint64_t before = cairn_state_hash(saved->machine);
    /* The parts of the fixed head, the parts behind it, and memories. */
    const size_t rows[] = {
        0,
        1,
        7,
        8,
        12,
        16,
        24,
        32,
        40,
        48,
        56,
        64,
        95,
        96,
        128,
        167,
        168,
        4095,
        4096,
        (size_t)saved->head_size - 8,
        (size_t)saved->head_size - 1,
        (size_t)saved->head_size,
        saved->bytes.size - 4096,
        saved->bytes.size - 1,
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("cut to %zu of %zu", rows[i], saved->bytes.size);
        EXPECT_EQ(load(saved, rows[i], &error), -EINVAL);
        EXPECT(strstr(error.text, "snapshot '/tmp/") == error.text);
        EXPECT(strstr(error.text + 1, "snapshot '/tmp/") == NULL);
    }
    for (size_t size = 0; size < saved->bytes.size; size += 97) {
        test_case("cut to %zu of %zu", size, saved->bytes.size);
        EXPECT_EQ(load(saved, size, &error), -EINVAL);
    }
    buffer_append_zeros(&saved->bytes, 1);
    EXPECT_EQ(load(saved, saved->bytes.size, &error), -EINVAL);
    EXPECT_EQ(cairn_state_hash(saved->machine), before);
}

TEST_ON(damage_to_the_head_is_found_at_each_byte, saved)
{
    struct cairn_error error;
    uint64_t before = cairn_state_hash(saved->machine);
    for (size_t at = 0; at < saved->head_size; at++) {
        test_case("flipped at %zu", at);
        saved->bytes.bytes[at] ^= 0x40;
        EXPECT_EQ(load(saved, saved->bytes.size, &error), -EINVAL);
        saved->bytes.bytes[at] ^= 0x40;
    }
    EXPECT_EQ(cairn_state_hash(saved->machine), before);
    EXPECT_EQ(load(saved, saved->bytes.size, &error), 0);
}

/* A number of the head, and what is said of it. */
static const struct forged_field {
    size_t at;
    uint64_t value;
    const char *part;
} forged_fields[] = {
    {0,   0,          "no snapshot"                                      },
    {8,   2,          "byte 8: version 2, this program reads version 11" },
    {8,   99,         "byte 8: version 99, this program reads version 11"},
    {12,  0,          "byte 24: size of the head"                        },
    {12,  2,          "byte "                                            },
    {12,  UINT32_MAX, "byte 12: memories: 4294967295, at most"           },
    {16,  1,          "of board 'cairn-test-"                            },
    {24,  103,        "byte 24: size of the head: 103, at least"         },
    {24,  UINT64_MAX, "byte 24: size of the head"                        },
    {32,  4096,       "byte 32: size of the file"                        },
    {40,  0,          "byte 24: size of the head"                        },
    {40,  UINT64_MAX, "byte 40: size of the board"                       },
    {48,  0,          "byte 24: size of the head"                        },
    {48,  UINT64_MAX, "byte 48: size of the state"                       },
    {56,  0,          "byte 24: size of the head"                        },
    {56,  14,         ": origin: 0x31, not the 0 that ends"              },
    {56,  16,         ": origin: 0x00 ends an empty word"                },
    {56,  65537,      "byte 56: size of the origin: 65537, at"           },
    {56,  UINT64_MAX, "byte 56: size of the origin"                      },
    {64,  0,          "byte 64: an invalid name"                         },
    {64,  1,          "byte 64: an invalid name"                         },
    {88,  1ull << 56, "byte 64: an invalid name"                         },
    {96,  0,          "byte 96: an invalid name"                         },
    {96,  0x6d6f72,   "memory 0 is not"                                  },
    {128, 0,          "byte "                                            },
    {128, 4095,       "byte 128: size of a memory"                       },
    {128, UINT64_MAX, "byte 128: size of a memory"                       },
    {136, 0,          "byte 136: place of a memory"                      },
    {136, 4097,       "byte 136: place of a memory"                      },
    {144, 0,          "holds"                                            },
    {144, UINT64_MAX, "byte 144: pages held"                             },
    {160, 1,          "byte 160: blank bytes: 1, not 255"                },
    {160, 255,        "byte 32: size of the file"                        },
};

/* With a hash that fits; `part` is what the error has to say. */
static void expect_refused(struct saved *saved, const char *part)
{
    struct cairn_error error;
    sign(saved);
    EXPECT_EQ(load(saved, saved->bytes.size, &error), -EINVAL);
    if (!EXPECT(strstr(error.text, part) != NULL)) {
        fprintf(stderr, "  it says: %s\n", error.text);
    }
}

TEST_ON(every_field_of_a_forged_head_is_checked, saved)
{
    uint64_t before = cairn_state_hash(saved->machine);
    for (size_t i = 0; i < ARRAY_SIZE(forged_fields); i++) {
        const struct forged_field *row = &forged_fields[i];
        uint8_t *field = saved->bytes.bytes + row->at;
        uint64_t old = load_le64(field);
        bool half = row->at == 8 || row->at == 12;
        test_case("byte %zu: %llu", row->at, (unsigned long long)row->value);
        store_le64(field, half ? (old >> 32 << 32) | (uint32_t)row->value
                               : row->value);
        expect_refused(saved, row->part);
        store_le64(field, old);
    }
    EXPECT_EQ(cairn_state_hash(saved->machine), before);
}

/* Where the origin of such a machine is, behind its one memory and the board.
 */
static size_t origin_of(const struct saved *saved)
{
    size_t board = (size_t)load_le64(saved->bytes.bytes + 40);
    return SNAPSHOT_FIXED_SIZE + SNAPSHOT_MEMORY_SIZE + (board + 7) / 8 * 8;
}

TEST_ON(every_byte_of_a_forged_origin_is_checked, saved)
{
    static const struct {
        size_t at; /* in "bench", "--it's=1" */
        uint8_t byte;
        const char *part; /* NULL: it is taken */
    } rows[] = {
        {0,  0,    ": origin: 0x00 ends an empty word"            },
        {6,  0,    ": origin: 0x00 ends an empty word"            },
        {0,  0x1b, ": origin: 0x1b is not part of a word"         },
        {9,  '\n', ": origin: 0x0a is not part of a word"         },
        {13, 0x1f, ": origin: 0x1f is not part of a word"         },
        {13, 0x7f, ": origin: 0x7f is not part of a word"         },
        {14, ' ',  ": origin: 0x20, not the 0 that ends the last "},
        {14, 0xff, ": origin: 0xff, not the 0 that ends the last "},
        {13, ' ',  NULL                                           },
        {13, 0x7e, NULL                                           },
        {13, 0x80, NULL                                           },
        {5,  0xff, NULL                                           },
        {13, 0xff, NULL                                           },
    };
    struct cairn_error error;
    size_t origin = origin_of(saved);
    REQUIRE(memcmp(saved->bytes.bytes + origin, "bench\0--it's=1", 15) == 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint8_t *byte = saved->bytes.bytes + origin + rows[i].at;
        uint8_t old = *byte;
        test_case("byte %zu: 0x%02x", rows[i].at, rows[i].byte);
        *byte = rows[i].byte;
        if (rows[i].part) {
            char *part =
                xasprintf("byte %zu%s", origin + rows[i].at, rows[i].part);
            expect_refused(saved, part);
            free(part);
        } else {
            sign(saved);
            EXPECT_EQ(load(saved, saved->bytes.size, &error), 0);
        }
        *byte = old;
    }
}

TEST_ON(forged_files_never_harm_the_host, saved)
{
    struct cairn_error error;
    unsigned refused = 0;
    for (size_t at = 16; at < saved->head_size - 8; at += at < 4000 ? 1 : 211) {
        uint8_t old = saved->bytes.bytes[at];
        saved->bytes.bytes[at] = (uint8_t)(old ^ (0x81 + at));
        sign(saved);
        refused += load(saved, saved->bytes.size, &error) != 0;
        run(saved->machine, 50);
        saved->bytes.bytes[at] = old;
    }
    EXPECT(refused > 100);
}

TEST_ON(files_of_other_boards_are_told_apart, saved)
{
    struct cairn_machine *other =
        bench_machine(BOARD, busy, ARRAY_SIZE(busy) - 1);
    struct cairn_error error = {""};
    REQUIRE(other);
    /* A board's name is the last part of its path. */
    const char *name = (const char *)saved->bytes.bytes + 64;
    EXPECT(strncmp(name, "cairn-test-", 11) == 0 && !strchr(name, '/'));
    char *said = xasprintf("snapshot '%s': of board '%s', which differs from",
                           saved->path, name);
    EXPECT_EQ(cairn_load(other, saved->path, &error), -EINVAL);
    EXPECT(strncmp(error.text, said, strlen(said)) == 0);
    free(said);
    EXPECT_EQ(cairn_load(other, "/nonexistent/file", &error), -ENOENT);
    EXPECT(strstr(error.text, "snapshot '") == NULL);
    EXPECT_EQ(cairn_load(other, "/tmp", &error), -EINVAL);
    EXPECT_EQ(cairn_save(other, "/dev/null", &error), -EINVAL);
    EXPECT(strstr(error.text, "is no regular file") != NULL);
    cairn_destroy(other);
}

/* Behind how many bytes the host takes no more. */
TEST_ON(what_cannot_be_written_is_no_snapshot, saved)
{
    struct cairn_error error = {""};
    struct rlimit before;
    EXPECT_EQ(load(saved, saved->bytes.size, &error), 0);
    REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    const size_t rows[] = {0, saved->head_size, 4096, saved->bytes.size};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct rlimit few = {rows[i], before.rlim_max};
        uint8_t *bytes = saved->bytes.bytes;
        size_t size = 99;
        test_case("%zu bytes", rows[i]);
        (void)setrlimit(RLIMIT_FSIZE, &few);
        const int whole = cairn_save(saved->machine, saved->path, NULL);
        const int code =
            cairn_save_bytes(saved->machine, &bytes, &size, &error);
        (void)setrlimit(RLIMIT_FSIZE, &before);
        EXPECT_EQ(whole, i < 3 ? -EFBIG : 0);
        EXPECT_EQ(code, -EFBIG);
        EXPECT(bytes == NULL && size == 0);
    }
    (void)signal(SIGXFSZ, handler);
}

TEST_ON(bytes_need_a_descriptor, saved)
{
    struct cairn_error error = {""};
    struct rlimit before;
    uint8_t *bytes = NULL;
    size_t size = 99;
    const uint64_t now = cairn_state_hash(saved->machine);
    REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
    const struct rlimit none = {0, before.rlim_max};
    (void)setrlimit(RLIMIT_NOFILE, &none);
    const int save_code =
        cairn_save_bytes(saved->machine, &bytes, &size, &error);
    const int load_code = cairn_load_bytes(saved->machine, saved->bytes.bytes,
                                           saved->bytes.size, &error);
    (void)setrlimit(RLIMIT_NOFILE, &before);
    EXPECT_EQ(save_code, -EMFILE);
    EXPECT(bytes == NULL && size == 0);
    EXPECT_EQ(load_code, -EMFILE);
    EXPECT_EQ(cairn_state_hash(saved->machine), now);
}

TEST_ON(damage_to_memory_is_found_by_who_asks, saved)
{
    struct cairn_error error = {""};
    char *text = NULL;
    char *json = NULL;
    EXPECT_EQ(cairn_snapshot_show(saved->path, false, true, &text, &error), 0);
    EXPECT(text && strstr(text, "Snapshot, version 11") == text);
    EXPECT(text && strstr(text, ": undecided: 1 proven, 0 refused") != NULL);
    free(text);
    EXPECT_EQ(cairn_snapshot_show(saved->path, true, false, &json, &error), 0);
    EXPECT(json && strstr(json, "\"memories\":[{\"name\":") != NULL);
    free(json);
    size_t first = (size_t)load_le64(saved->bytes.bytes + 136);
    static const struct {
        size_t at; /* the first page is held, the last is not */
        const char *part;
    } rows[] = {
        {0, "damaged: the hash of '"},
        {1, "damaged: byte "        },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        size_t at = i == 0 ? first : saved->bytes.size - 1;
        saved->bytes.bytes[at] ^= 1;
        EXPECT_EQ(load(saved, saved->bytes.size, &error), 0);
        EXPECT_EQ(cairn_snapshot_show(saved->path, false, true, &text, &error),
                  -EINVAL);
        if (!EXPECT(strstr(error.text, rows[i].part) != NULL)) {
            fprintf(stderr, "  it says: %s\n", error.text);
        }
        EXPECT(text && strstr(text, ": REFUSED: 0 proven, 1 refused") != NULL);
        free(text);
        saved->bytes.bytes[at] ^= 1;
    }
}
