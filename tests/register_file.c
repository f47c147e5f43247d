/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the words, scripts and journal behind a guest driver under test. */
#include "tests/register_file.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "guest/kit/mmio/mmio.h"

enum { ROOM = 1 << 16, WORDS_MAX = ROOM / 2, ACCESSES_MAX = 4000000 };

struct word {
    uint32_t address;
    uint32_t value;
    unsigned readings;
    bool used;
    bool written; /* while results are kept */
};

static struct {
    struct word words[ROOM]; /* hashed by address */
    const uint32_t *script;
    uint32_t scripted;
    unsigned left;
    unsigned used;
    unsigned accesses;
    void (*written)(uint32_t address, uint32_t value);
    void (*reading)(uint32_t address);
} file;

static struct {
    bool kept;
    const uint32_t *in_order;
    unsigned count;
} results;

static struct buffer journals[2]; /* the one in the making, the one returned */

/* A driver that waits for what never comes would hang the test. */
static void limit(unsigned count, unsigned max, uint32_t address)
{
    if (count > max) {
        printf("no end of accesses, now to 0x%x\n", (unsigned)address);
        exit(1);
    }
}

static struct word *word_at(uint32_t address)
{
    uint32_t place = address / 4 * 0x9e3779b1u >> 16;
    while (file.words[place].used && file.words[place].address != address) {
        place = (place + 1) % ROOM;
    }
    struct word *word = &file.words[place];
    if (!word->used) {
        limit(++file.used, WORDS_MAX, address);
        *word = (struct word){.address = address, .used = true};
    }
    return word;
}

void registers_clear(void)
{
    memset(&file, 0, sizeof(file));
    buffer_clear(&journals[0]);
}

void registers_set(uint32_t address, uint32_t value)
{
    word_at(address)->value = value;
}

void registers_set_words(uint32_t address, const uint32_t *words,
                         unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        registers_set(address + 4 * i, words[i]);
    }
}

uint32_t registers_get(uint32_t address)
{
    return word_at(address)->value;
}

void registers_script(uint32_t address, const uint32_t *values, unsigned count)
{
    file.scripted = address;
    file.script = values;
    file.left = count;
}

void registers_watch(void (*written)(uint32_t address, uint32_t value))
{
    file.written = written;
}

void registers_serve(void (*reading)(uint32_t address))
{
    file.reading = reading;
}

unsigned registers_readings(uint32_t address)
{
    return word_at(address)->readings;
}

const char *registers_journal(void)
{
    struct buffer made = journals[0];
    journals[0] = journals[1];
    journals[1] = made;
    buffer_clear(&journals[0]);
    return buffer_text(&journals[1]);
}

void registers_note(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    buffer_vprint(&journals[0], format, args);
    va_end(args);
}

/* ---- Results ------------------------------------------------------------- */

void registers_keep_results(const uint32_t *in_order, unsigned count)
{
    results.kept = true;
    results.in_order = in_order;
    results.count = count;
}

void registers_forget_results(void)
{
    for (unsigned i = 0; i < ROOM; i++) {
        file.words[i].written = false;
    }
}

static int by_address(const void *a, const void *b)
{
    const struct word *const *one = a, *const *other = b;
    return (*one)->address < (*other)->address ? -1 : 1;
}

void registers_tell_results(void)
{
    static const struct word *written[ROOM];
    unsigned count = 0;
    for (unsigned i = 0; i < ROOM; i++) {
        if (file.words[i].written) {
            written[count++] = &file.words[i];
        }
    }
    qsort(written, count, sizeof(const struct word *), by_address);
    for (unsigned i = 0; i < count; i++) {
        if (i != 0 && written[i]->address == written[i - 1]->address + 4) {
            registers_note(",%x", (unsigned)written[i]->value);
        } else {
            registers_note(" %x=%x", (unsigned)written[i]->address,
                           (unsigned)written[i]->value);
        }
    }
    registers_note("\n");
    registers_forget_results();
}

/* Into the journal, unless results are kept. */
static void note_access(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
static void note_access(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (!results.kept) {
        buffer_vprint(&journals[0], format, args);
    }
    va_end(args);
}

static void note_written(uint32_t address, uint32_t value)
{
    bool in_order = !results.kept;
    for (unsigned i = 0; i < results.count; i++) {
        in_order = in_order || results.in_order[i] == address;
    }
    if (in_order) {
        registers_note("%x=%x ", (unsigned)address, (unsigned)value);
    } else {
        word_at(address)->written = true;
    }
}

/* ---- What drivers call --------------------------------------------------- */

uint32_t mmio_read(uint32_t address)
{
    limit(++file.accesses, ACCESSES_MAX, address);
    if (file.reading != NULL) {
        file.reading(address);
    }
    struct word *word = word_at(address);
    word->readings++;
    if (file.left != 0 && address == file.scripted) {
        word->value = *file.script++;
        file.left--;
    }
    return word->value;
}

void mmio_write(uint32_t address, uint32_t value)
{
    limit(++file.accesses, ACCESSES_MAX, address);
    registers_set(address, value);
    note_written(address, value);
    if (file.written != NULL) {
        file.written(address, value);
    }
}

void mmio_read_words(uint32_t address, uint32_t *words, unsigned count)
{
    note_access("%x:%u ", (unsigned)address, count);
    for (unsigned i = 0; i < count; i++) {
        words[i] = registers_get(address + 4 * i);
    }
}

void mmio_write_words(uint32_t address, const uint32_t *words, unsigned count)
{
    note_access("%x", (unsigned)address);
    for (unsigned i = 0; i < count; i++) {
        registers_set(address + 4 * i, words[i]);
        note_access("%c%x", i == 0 ? '=' : ',', (unsigned)words[i]);
        word_at(address + 4 * i)->written = true;
    }
    note_access(" ");
}

/* Without a script it is there at once. */
uint32_t mmio_wait(uint32_t address, uint32_t mask)
{
    note_access("%x?%x ", (unsigned)address, (unsigned)mask);
    uint32_t value = mmio_read(address);
    if (file.scripted != address || file.script == NULL) {
        return value | mask;
    }
    while ((value & mask) == 0) {
        value = mmio_read(address);
    }
    return value;
}
