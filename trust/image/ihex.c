/* SPDX-License-Identifier: Apache-2.0 */
/* Reads records line by line, and lays them out by their addresses. */
#include "trust/image/ihex.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"

enum {
    RECORD_DATA = 0,
    RECORD_END = 1,
    RECORD_SEGMENT = 2, /* address bits 19 to 4 */
    RECORD_SEGMENT_START = 3,
    RECORD_LINEAR = 4, /* address bits 31 to 16 */
    RECORD_LINEAR_START = 5,
};

/* Count, address and type stand before the bytes, a sum behind them. */
enum { HEAD_SIZE = 4, RECORD_MAX = HEAD_SIZE + 255 + 1 };

/* How many addresses of 32 bits there are. */
#define ADDRESSES (UINT64_C(1) << 32)

static const uint8_t erased = 0xff;

/* Bytes at an address; they lie in the pool. */
struct run {
    uint32_t address;
    uint32_t size;
    size_t offset;
    unsigned line;
};

struct reader {
    const char *at;
    const char *end;
    unsigned line;
    uint32_t base; /* added to the addresses of records */
    bool ended;
    struct buffer pool;
    struct buffer runs;
    struct ihex_image *image;
};

bool ihex_image_recognise(const void *file, size_t size)
{
    return size != 0 && *(const char *)file == ':';
}

static int digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* The bytes of a line without its colon; 0 for what is no record. */
static size_t read_bytes(const char *text, size_t length,
                         uint8_t record[RECORD_MAX])
{
    size_t size = length / 2;
    uint8_t sum = 0;

    if (length % 2 != 0 || size < HEAD_SIZE + 1 || size > RECORD_MAX) {
        return 0;
    }
    for (size_t i = 0; i < size; i++) {
        int high = digit(text[2 * i]);
        int low = digit(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return 0;
        }
        record[i] = (uint8_t)(high << 4 | low);
        sum = (uint8_t)(sum + record[i]);
    }
    return sum == 0 && size == (size_t)record[0] + HEAD_SIZE + 1 ? size : 0;
}

static int take_data(struct reader *reader, const uint8_t *record,
                     struct error *error)
{
    uint64_t address =
        (uint64_t)reader->base + (uint32_t)(record[1] << 8 | record[2]);
    struct run run = {
        .address = (uint32_t)address,
        .size = record[0],
        .offset = reader->pool.size,
        .line = reader->line,
    };

    if (address + run.size > ADDRESSES) {
        return error_set(error, -EINVAL,
                         "line %u: %u bytes at 0x%llx pass the end of memory",
                         reader->line, run.size, (unsigned long long)address);
    }
    buffer_append(&reader->pool, record + HEAD_SIZE, run.size);
    if (run.size != 0) {
        buffer_append(&reader->runs, &run, sizeof(run));
    }
    return 0;
}

/* Takes a record of any type but data, whose sizes are fixed. */
static int take_other(struct reader *reader, const uint8_t *record,
                      struct error *error)
{
    static const uint8_t sizes[] = {0, 0, 2, 4, 2, 4};
    unsigned type = record[3];
    const uint8_t *value = record + HEAD_SIZE;

    if (type >= ARRAY_SIZE(sizes) || record[0] != sizes[type]) {
        return error_set(error, -EINVAL,
                         "line %u: type %u with %u bytes is no record",
                         reader->line, type, record[0]);
    }
    switch (type) {
    case RECORD_END:
        reader->ended = true;
        break;
    case RECORD_SEGMENT:
        reader->base = (uint32_t)(value[0] << 8 | value[1]) << 4;
        break;
    case RECORD_LINEAR:
        reader->base = (uint32_t)(value[0] << 8 | value[1]) << 16;
        break;
    case RECORD_SEGMENT_START: /* CS and IP */
        reader->image->has_entry_point = true;
        reader->image->entry_point =
            (load_be32(value) >> 16 << 4) + (load_be32(value) & UINT16_MAX);
        break;
    default:
        reader->image->has_entry_point = true;
        reader->image->entry_point = load_be32(value);
        break;
    }
    return 0;
}

static int take_line(struct reader *reader, const char *line, size_t length,
                     struct error *error)
{
    uint8_t record[RECORD_MAX];

    while (length != 0 && strchr("\r \t", line[length - 1]) != NULL) {
        length--;
    }
    if (length == 0) {
        return 0;
    }
    if (reader->ended) {
        return error_set(error, -EINVAL,
                         "line %u: something behind the record that ends the "
                         "file",
                         reader->line);
    }
    if (line[0] != ':' || read_bytes(line + 1, length - 1, record) == 0) {
        return error_set(error, -EINVAL,
                         "line %u: no record of Intel HEX with the right "
                         "length and sum",
                         reader->line);
    }
    return record[3] == RECORD_DATA ? take_data(reader, record, error)
                                    : take_other(reader, record, error);
}

static int read_lines(struct reader *reader, struct error *error)
{
    int status = 0;

    while (status == 0 && reader->at < reader->end) {
        const char *line = reader->at;
        const char *stop = memchr(line, '\n', (size_t)(reader->end - line));
        size_t length = (size_t)((stop != NULL ? stop : reader->end) - line);
        reader->line++;
        reader->at = line + length + (stop != NULL);
        status = take_line(reader, line, length, error);
    }
    if (status == 0 && !reader->ended) {
        status = error_set(error, -EINVAL,
                           "line %u: the record that ends the file is missing",
                           reader->line);
    }
    return status;
}

static int by_address(const void *one, const void *other)
{
    const struct run *a = one;
    const struct run *b = other;
    return a->address != b->address ? compare_numbers(a->address, b->address)
                                    : compare_numbers(a->line, b->line);
}

static int check_overlaps(const struct run *runs, size_t count,
                          struct error *error)
{
    for (size_t i = 1; i < count; i++) {
        if (runs[i].address - runs[i - 1].address < runs[i - 1].size) {
            return error_set(error, -EINVAL,
                             "line %u: the bytes at 0x%x are those of line %u, "
                             "too",
                             runs[i].line, runs[i].address, runs[i - 1].line);
        }
    }
    return 0;
}

/* Runs in order, of which there is one at least. */
static int lay_out(const struct reader *reader, const struct run *runs,
                   size_t count, size_t size_limit, struct error *error)
{
    struct ihex_image *image = reader->image;
    uint64_t end = (uint64_t)runs[count - 1].address + runs[count - 1].size;

    if (end - runs[0].address > size_limit) {
        return error_set(error, -EFBIG,
                         "records from 0x%x to 0x%llx are larger than 0x%zx "
                         "bytes",
                         runs[0].address, (unsigned long long)end, size_limit);
    }
    image->load_address = runs[0].address;
    size_t size = (size_t)(end - runs[0].address);
    memset(buffer_grow(&image->bytes, size), erased, size);
    for (size_t i = 0; i < count; i++) {
        memcpy(image->bytes.bytes + (runs[i].address - image->load_address),
               reader->pool.bytes + runs[i].offset, runs[i].size);
    }
    return 0;
}

/* The runs of a file, in order: 0, and an array that the caller frees. */
static int read_runs(struct reader *reader, struct run **runs, size_t *count,
                     struct error *error)
{
    int status = read_lines(reader, error);

    *count = reader->runs.size / sizeof(struct run);
    *runs = xcalloc(*count + 1, sizeof(**runs));
    if (status == 0 && *count == 0) {
        status = error_set(error, -EINVAL, "the file has no bytes");
    }
    if (status == 0) {
        assert(reader->runs.bytes != NULL);
        memcpy(*runs, reader->runs.bytes, *count * sizeof(**runs));
        qsort(*runs, *count, sizeof(**runs), by_address);
        status = check_overlaps(*runs, *count, error);
    }
    return status;
}

int ihex_image_read(struct ihex_image *image, const void *file, size_t size,
                    size_t size_limit, struct error *error)
{
    struct reader reader = {
        .at = file, .end = (const char *)file + size, .image = image};
    struct run *runs;
    size_t count;

    *image = (struct ihex_image){0};
    int status = read_runs(&reader, &runs, &count, error);
    if (status == 0) {
        status = lay_out(&reader, runs, count, size_limit, error);
    }
    free(runs);
    buffer_fini(&reader.pool);
    buffer_fini(&reader.runs);
    return status;
}

int ihex_image_scan(const void *file, size_t size, struct ihex_image *image,
                    piece_taker *take, void *context, struct error *error)
{
    struct reader reader = {
        .at = file, .end = (const char *)file + size, .image = image};
    struct buffer piece = {0};
    struct run *runs;
    size_t count;

    *image = (struct ihex_image){0};
    int status = read_runs(&reader, &runs, &count, error);
    image->load_address = status == 0 ? runs[0].address : 0;
    for (size_t i = 0; status == 0 && i < count; i++) {
        uint64_t end = (uint64_t)runs[i].address + runs[i].size;
        buffer_append(&piece, reader.pool.bytes + runs[i].offset, runs[i].size);
        if (i + 1 == count || runs[i + 1].address != end) {
            status =
                take(context, end - piece.size, piece.bytes, piece.size, error);
            buffer_clear(&piece);
        }
    }
    free(runs);
    buffer_fini(&piece);
    buffer_fini(&reader.pool);
    buffer_fini(&reader.runs);
    return status;
}

int ihex_image_pieces(const void *file, size_t size, piece_taker *take,
                      void *context, struct error *error)
{
    struct ihex_image image;

    return ihex_image_scan(file, size, &image, take, context, error);
}

/* ---- Writing ------------------------------------------------------------- */

static void put_record(struct buffer *out, unsigned type, unsigned address,
                       const uint8_t *bytes, size_t size)
{
    static const char digits[] = "0123456789ABCDEF";
    uint8_t record[RECORD_MAX] = {(uint8_t)size, (uint8_t)(address >> 8),
                                  (uint8_t)address, (uint8_t)type};
    uint8_t sum = 0;

    assert(size <= UINT8_MAX);
    if (size != 0) {
        memcpy(record + HEAD_SIZE, bytes, size);
    }
    for (size_t i = 0; i < HEAD_SIZE + size; i++) {
        sum = (uint8_t)(sum + record[i]);
    }
    record[HEAD_SIZE + size] = (uint8_t)-sum;
    buffer_append(out, ":", 1);
    for (size_t i = 0; i <= HEAD_SIZE + size; i++) {
        char text[2] = {digits[record[i] >> 4], digits[record[i] & 15]};
        buffer_append(out, text, sizeof(text));
    }
    buffer_append(out, "\n", 1);
}

int ihex_write(uint32_t address, const void *bytes, size_t size,
               struct buffer *out)
{
    enum { LINE = 16, PAGE = 1 << 16 };
    const uint8_t *at = bytes;
    uint32_t page = 0; /* what readers start with */

    if (size > ADDRESSES - address) {
        return -EINVAL;
    }
    if (size > PAGE - (size_t)address % PAGE) {
        page = UINT32_MAX; /* several pages: each has its record */
    }
    while (size != 0) {
        size_t room = PAGE - address % PAGE;
        size_t count = size < LINE ? size : LINE;
        count = count < room ? count : room;
        if (address / PAGE != page) {
            page = address / PAGE;
            uint8_t upper[2] = {(uint8_t)(page >> 8), (uint8_t)page};
            put_record(out, RECORD_LINEAR, 0, upper, sizeof(upper));
        }
        put_record(out, RECORD_DATA, address % PAGE, at, count);
        at += count;
        size -= count;
        address += (uint32_t)count;
    }
    put_record(out, RECORD_END, 0, NULL, 0);
    return 0;
}
