/* SPDX-License-Identifier: Apache-2.0 */
/* Structures of types 1, 3, 4, 16, 17, 19, 32 and 127, and the anchor. */
#include "platform/guest/smbios.h"

#include <string.h>

#include "base/bits.h"

/* Section 7: types of structures. Firmware adds type 0, its own. */
enum type {
    TYPE_SYSTEM = 1,
    TYPE_CHASSIS = 3,
    TYPE_PROCESSOR = 4,
    TYPE_MEMORY_ARRAY = 16,
    TYPE_MEMORY_DEVICE = 17,
    TYPE_MEMORY_MAP = 19,
    TYPE_BOOT = 32,
    TYPE_END = 127,
};

/* Handles are the type, as each is there once. */
enum { UNKNOWN = 2, OTHER = 1, NO_HANDLE = 0xfffe };

static size_t begin(struct buffer *out, enum type type)
{
    size_t start = out->size;
    buffer_append_le(out, type, 1);
    buffer_append_le(out, 0, 1); /* its length, in the end */
    buffer_append_le(out, (unsigned)type << 8, 2);
    return start;
}

/* The formatted part ends; its strings follow, and an empty one. */
static void end(struct buffer *out, size_t start, const char *first,
                const char *second)
{
    out->bytes[start + 1] = (uint8_t)(out->size - start);
    if (first) {
        buffer_append(out, first, strlen(first) + 1);
    }
    if (second) {
        buffer_append(out, second, strlen(second) + 1);
    }
    buffer_append_le(out, 0, first ? 1 : 2);
}

static void put_system(struct buffer *out, const char *board)
{
    size_t start = begin(out, TYPE_SYSTEM);
    buffer_append_le(out, 1, 1);  /* manufacturer: string 1 */
    buffer_append_le(out, 2, 1);  /* product: string 2 */
    buffer_append_zeros(out, 18); /* version, serial number, UUID */
    buffer_append_le(out, 6, 1);  /* woken by the power switch */
    buffer_append_le(out, 0, 2);
    end(out, start, "Cairn", board);
}

static void put_chassis(struct buffer *out)
{
    size_t start = begin(out, TYPE_CHASSIS);
    buffer_append_le(out, 1, 1);
    buffer_append_le(out, OTHER, 1);
    buffer_append_le(out, 0, 3); /* version, serial number, asset tag */
    buffer_append_le(out, 3, 1); /* states of boot, power, heat: safe */
    buffer_append_le(out, 3, 1);
    buffer_append_le(out, 3, 1);
    buffer_append_le(out, UNKNOWN, 1);
    buffer_append_zeros(out, 9);
    end(out, start, "Cairn", NULL);
}

/* All cores are of one processor. */
static void put_processor(struct buffer *out,
                          const struct cairn_machine *machine)
{
    enum { CENTRAL = 3, IN_SOCKET_AND_ENABLED = 0x41, CORES_MAX = 255 };
    size_t cores = machine->core_count;
    uint64_t byte = cores < CORES_MAX ? cores : CORES_MAX;
    size_t start = begin(out, TYPE_PROCESSOR);
    buffer_append_le(out, 1, 1);
    buffer_append_le(out, CENTRAL, 1);
    buffer_append_le(out, 0xfe, 1); /* its family is in a later field */
    buffer_append_le(out, 2, 1);
    buffer_append_le(out, 0, 8); /* identification: by registers */
    buffer_append_le(out, 0, 1);
    buffer_append_le(out, 0, 1); /* voltage, clocks: unknown */
    buffer_append_le(out, 0, 6);
    buffer_append_le(out, IN_SOCKET_AND_ENABLED, 1);
    buffer_append_le(out, UNKNOWN, 1);
    buffer_append_le(out, 0xffff, 2); /* caches: not described */
    buffer_append_le(out, 0xffff, 2);
    buffer_append_le(out, 0xffff, 2);
    buffer_append_le(out, 0, 3);
    buffer_append_le(out, byte, 1);
    buffer_append_le(out, byte, 1);
    buffer_append_le(out, byte, 1);
    buffer_append_le(out, 1 << 2, 2); /* 64 bits */
    buffer_append_le(out, 0x101, 2);  /* ARMv8 */
    buffer_append_le(out, cores, 2);
    buffer_append_le(out, cores, 2);
    buffer_append_le(out, cores, 2);
    end(out, start, "CPU 0", "Arm");
}

static void put_memory(struct buffer *out, uint64_t base, uint64_t size)
{
    enum { MIB = 20, EXTENDED = 0x7fff };
    enum { SYSTEM_MEMORY = 3, DIMM = 9, RAM = 7 };
    uint64_t mib = size >> MIB;
    size_t start = begin(out, TYPE_MEMORY_ARRAY);
    buffer_append_le(out, OTHER, 1);
    buffer_append_le(out, SYSTEM_MEMORY, 1);
    buffer_append_le(out, 3, 1); /* no error correction */
    buffer_append_le(out, 0x80000000, 4);
    buffer_append_le(out, NO_HANDLE, 2);
    buffer_append_le(out, 1, 2);
    buffer_append_le(out, size, 8);
    end(out, start, NULL, NULL);

    start = begin(out, TYPE_MEMORY_DEVICE);
    buffer_append_le(out, TYPE_MEMORY_ARRAY << 8, 2);
    buffer_append_le(out, NO_HANDLE, 2);
    buffer_append_le(out, 0xffff, 2); /* widths: unknown */
    buffer_append_le(out, 0xffff, 2);
    buffer_append_le(out, mib < EXTENDED ? mib : EXTENDED, 2);
    buffer_append_le(out, DIMM, 1);
    buffer_append_le(out, 0, 1);
    buffer_append_le(out, 1, 1);
    buffer_append_le(out, 0, 1);
    buffer_append_le(out, RAM, 1);
    buffer_append_le(out, UNKNOWN, 2);
    buffer_append_zeros(out, 7); /* speed, strings, attributes */
    buffer_append_le(out, mib < EXTENDED ? 0 : mib, 4);
    buffer_append_zeros(out, 8); /* speed, voltages */
    end(out, start, "DIMM 0", NULL);

    start = begin(out, TYPE_MEMORY_MAP);
    buffer_append_le(out, UINT64_MAX, 8); /* both ends are in later fields */
    buffer_append_le(out, TYPE_MEMORY_ARRAY << 8, 2);
    buffer_append_le(out, 1, 1);
    buffer_append_le(out, base, 8);
    buffer_append_le(out, base + size - 1, 8);
    end(out, start, NULL, NULL);
}

/* 5.2.2: the entry point that may lead beyond 4 GiB. */
static void put_anchor(struct buffer *out, size_t tables)
{
    enum { SIZE = 24, CHECKSUM = 5 };
    uint8_t sum = 0;
    buffer_append(out, "_SM3_", 5);
    buffer_append_le(out, 0, 1);
    buffer_append_le(out, SIZE, 1);
    buffer_append_le(out, 0x000003, 3); /* version 3.0 */
    buffer_append_le(out, 1, 1);
    buffer_append_le(out, 0, 1);
    buffer_append_le(out, tables, 4);
    buffer_append_le(out, 0, 8); /* where firmware puts them */
    for (size_t i = 0; i < out->size; i++) {
        sum = (uint8_t)(sum + out->bytes[i]);
    }
    out->bytes[CHECKSUM] = (uint8_t)-sum;
}

void guest_smbios_make(struct guest_smbios *smbios,
                       struct cairn_machine *machine, uint64_t memory_start,
                       uint64_t memory_size)
{
    struct buffer *out = &smbios->tables;
    put_system(out, machine->board.name);
    put_chassis(out);
    put_processor(out, machine);
    put_memory(out, memory_start, memory_size);
    size_t start = begin(out, TYPE_BOOT);
    buffer_append_zeros(out, 7); /* no errors */
    end(out, start, NULL, NULL);
    start = begin(out, TYPE_END);
    end(out, start, NULL, NULL);
    put_anchor(&smbios->anchor, out->size);
}

void guest_smbios_fini(struct guest_smbios *smbios)
{
    buffer_fini(&smbios->anchor);
    buffer_fini(&smbios->tables);
}
