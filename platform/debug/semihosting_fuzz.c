/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests of a guest by semihosting, on A64 and on M-profile: the first byte
 * picks the machine, the rest is a list of requests of 16 bytes each, with
 * their parameter blocks and names in the guest's memory. Pointers lead into
 * that memory, to its end, to a device, to no memory and around the address
 * space; lengths are small, hostile, or as they come. Nothing may crash or
 * hang, and no request may reach a file outside of the folder.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bits.h"
#include "platform/debug/semihosting_files.h"
#include "platform/machine/machine.h"
#include "tests/fuzz.h"

enum { REQUESTS_MAX = 64, WORDS = 4, AREA = 4096, FROM_END = 16 << 10 };

static const struct bench {
    const char *board;
    const char *memory; /* its name, and where the guest has it */
    uint64_t base;
    uint64_t device;
    unsigned word_size; /* of parameter blocks */
} benches[] = {
    {"virt",  "ram",  0x40000000, 0x09000000, 8},
    {"an385", "sram", 0x20000000, 0x40004000, 4},
};

struct request {
    uint8_t operation;
    uint8_t forms; /* two bits for each word */
    uint16_t words[WORDS];
    uint8_t text[6]; /* put where names are */
};

static struct cairn_machine *machines[ARRAY_SIZE(benches)];
static struct cairn_snapshot *snapshots[ARRAY_SIZE(benches)];
static uint8_t *memories[ARRAY_SIZE(benches)];
static size_t sizes[ARRAY_SIZE(benches)];
static char outer[40];
static char inner[48];

/* Removes the files of a folder, but for one; returns how many there were. */
static unsigned empty(const char *path, const char *kept)
{
    DIR *entries = opendir(path);
    unsigned found = 0;

    if (!entries) {
        abort();
    }
    for (const struct dirent *entry; (entry = readdir(entries));) {
        if (entry->d_name[0] == '.' &&
            (entry->d_name[1] == '\0' || strcmp(entry->d_name, "..") == 0)) {
            continue;
        }
        if (strcmp(entry->d_name, kept) != 0) {
            (void)unlinkat(dirfd(entries), entry->d_name, 0);
            found++;
        }
    }
    closedir(entries);
    return found;
}

static void remove_folders(void)
{
    (void)empty(inner, "");
    (void)rmdir(inner);
    (void)rmdir(outer);
}

/* The guest's folder is in another, in which no request may leave anything. */
static void make_folders(void)
{
    snprintf(outer, sizeof(outer), "/tmp/cairn-semihosting-XXXXXX");
    if (!mkdtemp(outer)) {
        abort();
    }
    snprintf(inner, sizeof(inner), "%s/in", outer);
    if (mkdir(inner, 0700) != 0 || atexit(remove_folders) != 0) {
        abort();
    }
}

static void prepare(size_t index)
{
    const struct bench *bench = &benches[index];
    static const uint32_t loop[] = {0x14000000}; /* b . */

    if (outer[0] == '\0') {
        make_folders();
    }
    const struct cairn_guest guest = {
        .size = sizeof(struct cairn_guest),
        .cpus = index == 0 ? 1 : 0,
        .memory_bytes = index == 0 ? 8 << 20 : 0,
        .kernel = {"program", index == 0 ? loop : NULL,
                   index == 0 ? sizeof(loop) : 0},
        .append = "and more",
        .semihosting = true,
        .semihosting_folder = inner,
    };
    const struct cairn_options options = {.size = sizeof(struct cairn_options),
                                          .board = bench->board,
                                          .guest = &guest};
    struct cairn_error error = {""};
    if (cairn_create(&options, &machines[index], &error) != 0 ||
        cairn_memory(machines[index], bench->memory, &memories[index],
                     &sizes[index]) != 0) {
        fprintf(stderr, "%s\n", error.text);
        abort();
    }
    cairn_power(machines[index]);
    if (cairn_snapshot(machines[index], &snapshots[index], NULL)) {
        abort();
    }
}

/* A word of the block, or the argument itself, by one of four forms: a number,
 * a place in the area, one near the end of the memory, a hostile one. */
static uint64_t word_of(size_t index, unsigned form, uint16_t word)
{
    const struct bench *bench = &benches[index];
    const uint64_t hostile[] = {
        UINT64_MAX - (word >> 3), bench->device,
        0x4000000000000,          SEMIHOSTING_FILE_MAX,
        SEMIHOSTING_NAME,         UINT32_MAX,
        (uint64_t)1 << 63,        bench->base + sizes[index],
    };

    switch (form & 3) {
    case 0:
        return word % 20;
    case 1:
        return bench->base + sizes[index] - FROM_END + word % AREA;
    case 2:
        return bench->base + sizes[index] - word % 64;
    default:
        return hostile[word % ARRAY_SIZE(hostile)];
    }
}

static void poke(size_t index, uint64_t offset, const void *bytes, size_t size)
{
    cairn_memory_written(machines[index], benches[index].memory, offset, size);
    memcpy(memories[index] + offset, bytes, size);
}

static void ask(size_t index, const struct request *request)
{
    static const char *const names[] = {
        "a",    "../x", ":tt", ":semihosting-features",
        "/tmp", "b/c",  "",    "/tmp/d"};
    const uint64_t area = sizes[index] - FROM_END;
    uint8_t block[8 * WORDS];
    uint64_t x[8] = {request->operation & 0x3f};

    for (unsigned i = 0; i < WORDS; i++) {
        store_le64(block + i * benches[index].word_size,
                   word_of(index, request->forms >> 2 * i, request->words[i]));
    }
    poke(index, area, block, (size_t)WORDS * benches[index].word_size);
    if (request->operation & 0x40) {
        poke(index, area + 64, request->text, sizeof(request->text));
    } else {
        const char *name = names[request->text[0] % ARRAY_SIZE(names)];
        poke(index, area + 64, name, strlen(name) + 1);
    }
    /* Mostly the block, else what its first word is. */
    x[1] = request->operation & 0x80
               ? word_of(index, request->forms, request->words[0])
               : benches[index].base + area;
    (void)machines[index]->program->call(machines[index],
                                         machines[index]->cores[0], x);
}

/* The state that a machine has come to can be restored. */
static void save_and_restore(struct cairn_machine *machine)
{
    struct cairn_snapshot *snapshot = NULL;

    if (cairn_snapshot(machine, &snapshot, NULL) ||
        cairn_restore(machine, snapshot, NULL)) {
        abort();
    }
    cairn_snapshot_destroy(snapshot);
}

FUZZ(data, size)
{
    struct request request;
    const uint8_t requests = size ? data[0] : 0;
    size_t index = requests % ARRAY_SIZE(benches);

    if (!machines[index]) {
        prepare(index);
    }
    if (size > 1) {
        machines[index]->program->type(machines[index], data + 1,
                                       size % 7 < size ? size % 7 : 0);
        machines[index]->program->promise(machines[index], requests & 0x80);
    }
    data += size != 0;
    size -= size != 0;
    for (unsigned i = 0; i < REQUESTS_MAX && size >= sizeof(request); i++) {
        memcpy(&request, data, sizeof(request));
        data += sizeof(request);
        size -= sizeof(request);
        ask(index, &request);
    }
    if (requests & 0x40) {
        save_and_restore(machines[index]);
    }
    if (empty(outer, "in") != 0) {
        abort();
    }
    (void)empty(inner, "");
    if (cairn_restore(machines[index], snapshots[index], NULL)) {
        abort();
    }
    return 0;
}
