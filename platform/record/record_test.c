/* SPDX-License-Identifier: Apache-2.0 */
/* Files of inputs: what is written is read, what is damaged is refused, and a
 * machine comes to the same state by one, or says where it does not. */
#include "platform/record/record.h"

#include "platform/record/format.h"
#include "platform/test_bench.h"
#include "tests/harness.h"

/* Counts in a register of the bench. */
static const uint32_t rom[] = {
    LUI(T0, BENCH_DEV),
    ADDI(T1, T1, 1),
    SW(T1, BENCH_SCRATCH, T0),
    J(-8),
};
static const uint32_t other_rom[] = {J(0)};

enum { IDENTITY = 0x1234, NOTE = 0x55aa };

/* ---- Files --------------------------------------------------------------- */

static void put_sample(struct buffer *out)
{
    static const uint8_t bytes[] = {1, 2, 3};
    const struct record_head head = {
        .machine = 7,
        .caller = 8,
        .start = {.retired = 9, .traps = 10, .time_ns = 11},
        .start_state = 12,
        .origin = (const uint8_t *)"virt",
        .origin_size = 5,
    };
    const struct record_item items[] = {
        {.kind = RECORD_INPUT,
         .at = {.retired = 20, .traps = 21, .time_ns = 22},
         .has_state = true,
         .state = 23,
         .input = {.type = record_type(5),
                   .user = 24,
                   .width = 4,
                   .address = 25,
                   .value = 26},
         .subject = "soc",
         .subject_size = 3,
         .result = -14},
        {.kind = RECORD_INPUT,
         .input = {.type = record_type(6), .size = 3, .bytes = bytes}                                 },
        {.kind = RECORD_END,                      .note = bytes,                            .note_size = 2},
    };
    uint64_t check = 0;
    record_put_head(&head, &check, out);
    for (size_t i = 0; i < ARRAY_SIZE(items); i++) {
        record_put_item(&items[i], &check, out);
    }
}

/* The first refusal, or -ENOENT at the end of a good file. */
static int read_all(const struct buffer *file, struct error *error)
{
    struct record_reader reader = {.bytes = file->bytes, .size = file->size};
    struct record_head head;
    struct record_item item;
    int code = record_get_head(&reader, &head, error);
    while (code == 0) {
        code = record_get_item(&reader, &item, error);
    }
    return code;
}

FIXTURE(struct buffer, file, buffer_fini)
FIXTURE_BEGIN(file, put_sample(file))

TEST_ON(what_is_written_is_read, file)
{
    struct record_reader reader = {.bytes = file->bytes, .size = file->size};
    struct record_head head;
    struct record_item item;
    struct error error = {""};
    EXPECT_EQ(record_get_head(&reader, &head, &error), 0);
    EXPECT_EQ(head.machine, 7);
    EXPECT_EQ(head.caller, 8);
    EXPECT_EQ(head.start.retired, 9);
    EXPECT_EQ(head.start.traps, 10);
    EXPECT_EQ(head.start.time_ns, 11);
    EXPECT_EQ(head.start_state, 12);
    EXPECT_EQ(head.origin_size, 5);
    EXPECT_STR((const char *)head.origin, "virt");
    EXPECT_EQ(record_get_item(&reader, &item, &error), 0);
    EXPECT_EQ(item.kind, RECORD_INPUT);
    EXPECT_EQ(item.at.time_ns, 22);
    EXPECT(item.has_state);
    EXPECT_EQ(item.state, 23);
    EXPECT_STR(item.input.type->name, "bus write");
    EXPECT_EQ(item.input.user, 24);
    EXPECT_EQ(item.input.width, 4);
    EXPECT_EQ(item.input.address, 25);
    EXPECT_EQ(item.input.value, 26);
    EXPECT_EQ(item.result, -14);
    EXPECT_EQ(item.subject_size, 3);
    EXPECT_BYTES(item.subject, "soc", 3);
    EXPECT_EQ(record_get_item(&reader, &item, &error), 0);
    EXPECT_EQ(item.subject_size, 0);
    EXPECT_EQ(item.input.size, 3);
    EXPECT_EQ(((const uint8_t *)item.input.bytes)[2], 3);
    EXPECT_EQ(record_get_item(&reader, &item, &error), 0);
    EXPECT_EQ(item.kind, RECORD_END);
    EXPECT_EQ(item.note_size, 2);
    EXPECT_EQ(record_get_item(&reader, &item, &error), -ENOENT);
    EXPECT_STR(error.text, "");
}

TEST_ON(a_file_that_is_cut_short_or_has_another_bit_is_refused_with_its_place,
        file)
{
    EXPECT_EQ(read_all(file, NULL), -ENOENT);
    const size_t whole = file->size;
    for (file->size = 0; file->size < whole; file->size++) {
        struct error error = {""};
        test_case("%zu bytes", file->size);
        EXPECT_EQ(read_all(file, &error), -EINVAL);
        EXPECT(strstr(error.text, "byte 0x") == error.text);
    }
    for (size_t bit = 0; bit < 8 * whole; bit++) {
        struct error error = {""};
        test_case("bit %zu", bit);
        file->bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        EXPECT_EQ(read_all(file, &error), -EINVAL);
        EXPECT(strstr(error.text, "byte 0x") == error.text);
        file->bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    buffer_append_zeros(file, 1);
    EXPECT_EQ(read_all(file, NULL), -EINVAL);
}

/* ---- Runs ---------------------------------------------------------------- */

static struct cairn_machine *create(const uint32_t *words, size_t count)
{
    struct cairn_machine *machine = NULL;
    EXPECT_EQ(bench_create(BENCH_ONE_CPU, words, count, NULL, &machine, NULL),
              0);
    return machine;
}

static void run(struct cairn_machine *machine, uint64_t instructions)
{
    cairn_run(machine, &(struct cairn_until){.size = sizeof(struct cairn_until),
                                             .instructions = instructions});
}

/* One input of each kind that the board has, at all sorts of places. */
static void drive(struct cairn_machine *machine)
{
    uint64_t value;
    cairn_power(machine);
    run(machine, 1000);
    EXPECT_EQ(cairn_line_set(machine, "bench.source1", 1), 0);
    run(machine, 3);
    EXPECT_EQ(cairn_bus_write(machine, "soc", 0, BENCH_DEV + BENCH_ALARM, 4, 1),
              0);
    cairn_run(machine, &(struct cairn_until){.size = sizeof(struct cairn_until),
                                             .time_ns = 2000000});
    EXPECT_EQ(
        cairn_bus_read(machine, "soc", 0, BENCH_DEV + BENCH_SCRATCH, 4, &value),
        0);
    EXPECT_EQ(cairn_bus_read(machine, "soc", 0, 0xf0000000, 4, &value),
              -EFAULT);
    EXPECT_EQ(cairn_console_input(machine, "bench", "hello", 5), 5);
    run(machine, 2500000); /* to where the state is looked at again */
    EXPECT_EQ(
        cairn_bus_read(machine, "soc", 0, BENCH_DEV + BENCH_RANDOM, 4, &value),
        0);
    cairn_power(machine);
    run(machine, 77);
}

/* A file of that run, its path and the state at its end; the caller frees. */
static char *record(uint64_t *state)
{
    const uint32_t note = NOTE;
    struct cairn_machine *machine = create(rom, ARRAY_SIZE(rom));
    char *path = bench_file("", ".inputs");
    EXPECT_EQ(cairn_record_open(machine, path, NULL), 0);
    cairn_record(machine, IDENTITY);
    drive(machine);
    *state = cairn_state_hash(machine);
    EXPECT_EQ(cairn_record_end(machine, &note, sizeof(note), NULL), 0);
    cairn_destroy(machine);
    return path;
}

TEST(a_machine_comes_to_the_same_state_by_its_inputs)
{
    uint64_t state = 0;
    OWNED(free_at) char *path = record(&state);
    for (unsigned engine = 0; engine < 2; engine++) {
        struct cairn_machine *machine = create(rom, ARRAY_SIZE(rom));
        struct cairn_error error = {""};
        uint32_t note = 0;
        EXPECT_EQ(cairn_replay_open(machine, path, IDENTITY, &error), 0);
        EXPECT_EQ(cairn_replay(machine, &note, sizeof(note), &error), 0);
        EXPECT_STR(error.text, "");
        EXPECT_EQ(note, NOTE);
        EXPECT_EQ(cairn_state_hash(machine), state);
        cairn_destroy(machine);
    }
    unlink(path);
}

TEST(recording_changes_nothing)
{
    uint64_t state = 0;
    OWNED(free_at) char *path = record(&state);
    struct cairn_machine *machine = create(rom, ARRAY_SIZE(rom));
    drive(machine);
    EXPECT_EQ(cairn_state_hash(machine), state);
    cairn_destroy(machine);
    unlink(path);
}

TEST(another_run_is_refused)
{
    static const struct {
        const char *name;
        const char *says;
        uint64_t identity;
        uint32_t note_size;
        int open;
        int code;
        bool other_rom;
        bool powered;
    } rows[] = {
        {"another ROM",      "of another board, or",    IDENTITY,     4, -EINVAL, 0,       true,
         false                                                                                         },
        {"another identity", "with other files",        IDENTITY + 1, 4, -EINVAL, 0,
         false,                                                                                   false},
        {"another state",    "from another state",      IDENTITY,     4, 0,       -EINVAL, false,
         true                                                                                          },
        {"another note",     "has 4 bytes, expected 5", IDENTITY,     5, 0,       -EINVAL,
         false,                                                                                   false},
    };
    uint64_t state = 0;
    OWNED(free_at) char *path = record(&state);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct cairn_error error = {""};
        uint8_t note[8];
        struct cairn_machine *machine =
            rows[i].other_rom ? create(other_rom, ARRAY_SIZE(other_rom))
                              : create(rom, ARRAY_SIZE(rom));
        test_case("%s", rows[i].name);
        if (rows[i].powered) {
            cairn_power(machine);
        }
        EXPECT_EQ(cairn_replay_open(machine, path, rows[i].identity, &error),
                  rows[i].open);
        if (rows[i].open == 0) {
            EXPECT_EQ(cairn_replay(machine, note, rows[i].note_size, &error),
                      rows[i].code);
        }
        EXPECT(strstr(error.text, rows[i].says));
        EXPECT(strstr(error.text, path));
        cairn_destroy(machine);
    }
    unlink(path);
}

/* ---- Divergence ---------------------------------------------------------- */

/* The file again, with input `number` (from 1) changed. */
static void forge(const char *path, unsigned number,
                  void (*change)(struct record_item *item))
{
    OWNED(buffer_fini) struct buffer file = {0};
    OWNED(buffer_fini) struct buffer out = {0};
    struct record_head head;
    struct record_item item;
    uint64_t check = 0;
    REQUIRE(file_read(path, 1 << 20, &file, NULL) == 0);
    struct record_reader reader = {.bytes = file.bytes, .size = file.size};
    REQUIRE(record_get_head(&reader, &head, NULL) == 0);
    record_put_head(&head, &check, &out);
    for (unsigned i = 1; record_get_item(&reader, &item, NULL) == 0; i++) {
        if (i == number) {
            change(&item);
        }
        record_put_item(&item, &check, &out);
    }
    REQUIRE(file_write(path, out.bytes, out.size, NULL) == 0);
}

static void change_value(struct record_item *item)
{
    item->input.value++;
}

static void change_result(struct record_item *item)
{
    item->result--;
}

static void change_place(struct record_item *item)
{
    item->at.time_ns++;
}

static void go_back(struct record_item *item)
{
    item->at.retired -= 10;
}

static void change_subject(struct record_item *item)
{
    item->subject = "nobody";
    item->subject_size = 6;
}

static void change_kind(struct record_item *item)
{
    item->input.type = record_type(7);
    item->subject = "bench";
    item->subject_size = 5;
}

static void change_width(struct record_item *item)
{
    item->input.width = 3;
}

TEST(a_run_that_diverges_says_where)
{
    static const struct {
        const char *name;
        const char *says;
        void (*change)(struct record_item *item);
        unsigned number;
        int open;
    } rows[] = {
        {"what is written",      "diverges at input 7, 'bus read'",    change_value,   2,
         0                                                                                       },
        {"what is read",         "diverges at input 4, 'bus read', ",  change_value,   4,
         0                                                                                       },
        {"a result",             "it gave 5 and 0x0, expected 4",      change_result,  6, 0      },
        {"a time",               "diverges at input 3, 'bus write', ", change_place,   3, 0      },
        {"a place that is past", "it is at 1000 instructions",         go_back,        3, 0      },
        {"a name",               "'line': no such 'nobody'",           change_subject, 2, -EINVAL},
        {"a kind",               "it gave -22",                        change_kind,    3, 0      },
        {"a width",              "the machine cannot take it",         change_width,   3, 0      },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint64_t state = 0;
        OWNED(free_at) char *path = record(&state);
        struct cairn_machine *machine = create(rom, ARRAY_SIZE(rom));
        struct cairn_error error = {""};
        uint32_t note = 0;
        test_case("%s", rows[i].name);
        forge(path, rows[i].number, rows[i].change);
        int code = cairn_replay_open(machine, path, IDENTITY, &error);
        EXPECT_EQ(code, rows[i].open);
        if (code == 0) {
            EXPECT_EQ(cairn_replay(machine, &note, sizeof(note), &error),
                      -EPROTO);
        }
        EXPECT(strstr(error.text, rows[i].says));
        if (!strstr(error.text, rows[i].says)) {
            EXPECT_STR(error.text, rows[i].says);
        }
        cairn_destroy(machine);
        unlink(path);
    }
}

TEST(what_cannot_be_written_or_read_is_named)
{
    struct cairn_machine *machine = create(rom, ARRAY_SIZE(rom));
    struct cairn_error error = {""};
    EXPECT_EQ(cairn_record_open(machine, "/nonexistent/x", &error), -ENOENT);
    EXPECT_STR(
        error.text,
        "file '/nonexistent/x': cannot be opened: No such file or directory");
    EXPECT_EQ(cairn_replay_open(machine, "/nonexistent/x", 0, &error), -ENOENT);
    EXPECT(strstr(error.text, "/nonexistent/x"));
    cairn_destroy(machine);
    machine = create(rom, ARRAY_SIZE(rom));
    EXPECT_EQ(cairn_record_open(machine, "/dev/full", &error), 0);
    cairn_record(machine, 0);
    drive(machine);
    EXPECT_EQ(cairn_record_end(machine, NULL, 0, &error), -ENOSPC);
    EXPECT(strstr(error.text, "file '/dev/full': cannot be written: "));
    cairn_destroy(machine);
}
