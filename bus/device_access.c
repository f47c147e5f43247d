/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Register accesses by table. This is the path of every MMIO access of every
 * core: what is rare (logs, traces, narrow accesses) is out of line.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/assert.h"
#include "base/bits.h"
#include "bus/device.h"

#define RARE      __attribute__((noinline, cold))
#define likely(c) __builtin_expect((c), 1)

enum { WHOLE_WORD = 0xf }; /* all lanes */

/* ---- What is worth a line ------------------------------------------------ */

static RARE void log_row(struct device *device, enum log_kind kind,
                         const struct access *access,
                         const struct register_spec *row, unsigned index,
                         const char *what)
{
    if (access->debug) {
        return;
    }
    uint64_t place = row->offset + index * 4u;
    if (row->count > 1) {
        log_write(&device->fabric->log, kind, device->name, place, "%s[%u] %s",
                  row->name, index, what);
    } else {
        log_write(&device->fabric->log, kind, device->name, place, "%s %s",
                  row->name, what);
    }
}

static RARE void trace_row(struct device *device, const struct access *access,
                           const struct register_spec *row, unsigned index,
                           const char *arrow, uint32_t value)
{
    char what[24];
    snprintf(what, sizeof(what), "%s 0x%08" PRIx32, arrow, value);
    log_row(device, LOG_TRACE, access, row, index, what);
}

static RARE int refuse(struct device *device, unsigned bank,
                       const struct access *access, uint64_t offset,
                       unsigned size, const char *verb)
{
    if (!access->debug) {
        device_guest_error(device, offset,
                           "%u-byte %s at offset 0x%" PRIx64
                           " of %s: size not supported, bus error",
                           size, verb, offset, device->type->banks[bank].name);
    }
    return -EFAULT;
}

static RARE void miss(struct device *device, unsigned bank,
                      const struct access *access, uint64_t offset,
                      const char *verb)
{
    if (!access->debug) {
        device_unmodelled(device, offset,
                          "%s at offset 0x%" PRIx64 " of %s: no register", verb,
                          offset, device->type->banks[bank].name);
    }
}

static inline bool is_traced(const struct device *device)
{
    return !likely(!device->fabric->log.enabled[LOG_TRACE]);
}

/* ---- One word ------------------------------------------------------------ */

static inline const struct register_spec *
find_row(const struct device *device, const struct row_index *indices,
         unsigned bank, uint64_t offset)
{
    debug_assert(offset < device->type->banks[bank].size_bytes);
    const struct row_index *index = &indices[bank];
    uint16_t row =
        likely(offset / 4 < index->count) ? index->rows[offset / 4] : 0;
    return likely(row != 0) ? &device->type->banks[bank].registers[row - 1]
                            : NULL;
}

/* The row of a register that has omissions, after a look at whether the access
 * relies on one; NULL where there is no register. */
static RARE const struct register_spec *
find_watched(struct device *device, unsigned bank, const struct access *access,
             uint64_t offset, const uint32_t *written, uint32_t lanes)
{
    const struct register_spec *row =
        find_row(device, device->watched, bank, offset);
    if (!row) {
        miss(device, bank, access, offset, written ? "write" : "read");
        return NULL;
    }
    unsigned index = (unsigned)(offset - row->offset) / 4;
    if (written) {
        omissions_write(device, access, row, index, *written, lanes);
    } else {
        omissions_read(device, access, row, index);
    }
    return row;
}

static inline uint32_t *field_of(const struct device *device,
                                 const struct register_spec *row,
                                 unsigned index)
{
    debug_assert(row->field != NO_FIELD && index < row->count);
    return (uint32_t *)((uint8_t *)device->state + row->field) + index;
}

static inline uint32_t present(struct device *device,
                               const struct access *access,
                               const struct register_spec *row, unsigned index)
{
    if (row->read) {
        return row->read(device, access, index);
    }
    return row->field == NO_FIELD ? row->reset : *field_of(device, row, index);
}

static uint32_t read_word(struct device *device, unsigned bank,
                          const struct access *access, uint64_t offset)
{
    const struct register_spec *row =
        find_row(device, device->rows, bank, offset);
    if (!row) {
        row = find_watched(device, bank, access, offset, NULL, 0);
        if (!row) {
            return 0;
        }
    }
    unsigned index = (unsigned)(offset - row->offset) / 4;
    uint32_t value = 0;
    switch (row->access[access->view % REGISTER_VIEWS]) {
    case NO:
        log_row(device, LOG_GUEST, access, row, index, "may not be read");
        break;
    case WO:
        break;
    default:
        value = present(device, access, row, index);
        break;
    }
    if (is_traced(device)) {
        trace_row(device, access, row, index, "->", value);
    }
    return value;
}

/* The value that the bits outside a narrow write, and outside of writable,
 * keep. */
static uint32_t kept_value(struct device *device, const struct access *access,
                           const struct register_spec *row, unsigned index)
{
    return row->field != NO_FIELD ? *field_of(device, row, index)
                                  : present(device, access, row, index);
}

static void write_row(struct device *device, const struct access *access,
                      const struct register_spec *row, unsigned index,
                      uint32_t value, uint32_t lanes)
{
    uint32_t mask = row->writable & lanes;
    uint32_t result = value & mask;
    uint8_t rule = row->access[access->view % REGISTER_VIEWS];
    if (rule == NO || rule == RO) {
        log_row(device, LOG_GUEST, access, row, index, "may not be written");
        return;
    }
    if (rule == RW && mask != UINT32_MAX) {
        result |= kept_value(device, access, row, index) & ~mask;
    }
    if (row->write) {
        row->write(device, access, index, result);
        return;
    }
    if (row->field == NO_FIELD) {
        return;
    }
    uint32_t *field = field_of(device, row, index);
    switch (rule) {
    case W1C:
        *field &= ~result;
        break;
    case W1S:
        *field |= result;
        break;
    default:
        *field = result;
        break;
    }
}

static void write_word(struct device *device, unsigned bank,
                       const struct access *access, uint64_t offset,
                       uint32_t value, uint32_t lanes)
{
    const struct register_spec *row =
        find_row(device, device->rows, bank, offset);
    if (!row) {
        row = find_watched(device, bank, access, offset, &value, lanes);
        if (!row) {
            return;
        }
    }
    unsigned index = (unsigned)(offset - row->offset) / 4;
    if (is_traced(device)) {
        trace_row(device, access, row, index, "<-", value);
    }
    write_row(device, access, row, index, value, lanes);
}

/* ---- One access ---------------------------------------------------------- */

uint64_t device_bank_size(const struct device_type *type, unsigned bank)
{
    uint64_t frames = type->frames ? type->frames[bank] : 1;
    return type->banks[bank].size_bytes * frames;
}

/* -EINVAL: no size or alignment of any bus; -EFAULT: none of this bank. */
static inline int check(struct device *device, unsigned bank,
                        const struct access *access, uint64_t offset,
                        unsigned size, const char *verb)
{
    debug_assert(bank < device->type->bank_count);
    const struct register_bank *spec = &device->type->banks[bank];
    if (likely(size == 4 && (offset & 3) == 0 && offset < spec->size_bytes)) {
        return 0;
    }
    if (size > 8 || !(0x116u >> size & 1) || !is_aligned(offset, size)) {
        return -EINVAL;
    }
    if (!(spec->sizes & size) ||
        !in_range(offset, size, device_bank_size(device->type, bank))) {
        return refuse(device, bank, access, offset, size, verb);
    }
    return 0;
}

/* Completes the access that handlers see; the result is the offset within the
 * frame. */
static inline uint64_t enter(const struct device *device, unsigned bank,
                             struct access *access, uint64_t offset,
                             unsigned size)
{
    uint64_t frame_size = device->type->banks[bank].size_bytes;
    access->size = (uint8_t)size;
    access->lanes = WHOLE_WORD;
    access->frame = 0;
    if (likely(offset < frame_size)) {
        return offset;
    }
    access->frame = (uint16_t)(offset / frame_size);
    return offset % frame_size;
}

int device_read(struct device *device, unsigned bank,
                const struct access *access, uint64_t offset, unsigned size,
                uint64_t *value)
{
    *value = 0;
    int result = check(device, bank, access, offset, size, "read");
    if (result != 0) {
        return result;
    }
    bool refused = false;
    struct access met = *access;
    met.refused = &refused;
    device->reads++;
    offset = enter(device, bank, &met, offset, size);
    if (!likely(device->type->banks[bank].registers != NULL)) {
        return device->type->read(device, bank, &met, offset, size, value);
    }
    uint64_t word = read_word(device, bank, &met, offset & ~(uint64_t)3);
    if (size == 8) {
        word |= (uint64_t)read_word(device, bank, &met, offset + 4) << 32;
    } else if (size < 4) {
        word = word >> (offset & 3) * 8 & ((1u << size * 8) - 1);
    }
    if (refused) {
        return -EFAULT;
    }
    *value = word;
    return 0;
}

int device_write(struct device *device, unsigned bank,
                 const struct access *access, uint64_t offset, unsigned size,
                 uint64_t value)
{
    int result = check(device, bank, access, offset, size, "write");
    if (result != 0) {
        return result;
    }
    bool refused = false;
    struct access met = *access;
    met.refused = &refused;
    device->writes++;
    offset = enter(device, bank, &met, offset, size);
    if (!likely(device->type->banks[bank].registers != NULL)) {
        return device->type->write(device, bank, &met, offset, size, value);
    }
    if (likely(size >= 4)) {
        write_word(device, bank, &met, offset, (uint32_t)value, UINT32_MAX);
        if (size == 8) {
            write_word(device, bank, &met, offset + 4, (uint32_t)(value >> 32),
                       UINT32_MAX);
        }
    } else {
        unsigned shift = (unsigned)(offset & 3) * 8;
        uint32_t mask = ((1u << size * 8) - 1) << shift;

        met.lanes = (uint8_t)(((1u << size) - 1) << (offset & 3));
        write_word(device, bank, &met, offset & ~(uint64_t)3,
                   (uint32_t)value << shift & mask, mask);
    }
    device_note_power(device);
    return refused ? -EFAULT : 0;
}
