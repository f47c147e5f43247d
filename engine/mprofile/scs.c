/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The private peripheral bus: which register an access is to, and as whom
 * (scs.def has them all).
 */
#include "engine/mprofile/scs.h"
#include "base/bits.h"

#include <stdlib.h>

enum {
    /* The view that Secure code has of the Non-secure registers. */
    ALIAS_FIRST = (int)0xe002e000,
    ALIAS_LAST = (int)0xe002efff,
    ALIAS_OFFSET = 0x20000,
    SCS_FIRST = (int)0xe000e000,
    SCS_LAST = (int)0xe000efff,
    PPB_BASE = (int)0xe0000000,
    PPB_SIZE = 0x100000,
};

/* ---- The bus ------------------------------------------------------------- */

enum scs_flags {
    BYTES = 1,        /* any size */
    CLEARS = 2,       /* writes clear: bytes that are not written are 0 */
    SECURE_ONLY = 4,  /* nothing to see for the Non-secure state */
    UNPRIVILEGED = 8, /* what it takes is asked elsewhere */
};
static_assert(BITS_DIFFER(BYTES, CLEARS, SECURE_ONLY, UNPRIVILEGED),
              "flags are combined");
enum { NO_MEMBER = 0xffff };

struct scs_row {
    const char *name;
    uint32_t (*read)(const struct scs_access *access);
    void (*write)(const struct scs_access *access, uint32_t value);
    uint32_t address;
    uint32_t writable;
    uint16_t count;
    uint16_t needs;  /* as mprofile.features */
    uint16_t member; /* of the state, or NO_MEMBER */
    uint8_t flags;
    uint8_t omission; /* enum mprofile_omission; MPROFILE_OMISSIONS: none */
    bool banked;
};

#define NO      NULL
#define R(name) scs_read_##name
#define W(name) scs_write_##name
#define ROW(address, count, name, needs, flags, read, write)                   \
    {name,  read,  write,     address, 0,                                      \
     count, needs, NO_MEMBER, flags,   MPROFILE_OMISSIONS,                     \
     false},
#define OMIT(address, count, name, needs, omission)                            \
    {name,  NULL,  NULL,      address, 0,                                      \
     count, needs, NO_MEMBER, BYTES,   MPROFILE_OMITS_##omission,              \
     false},
#define WORD(address, name, needs, flags, member, banked, writable)            \
    {name,     NULL,                                                           \
     NULL,     address,                                                        \
     writable, 1,                                                              \
     needs,    offsetof(struct mprofile_state, member),                        \
     flags,    MPROFILE_OMISSIONS,                                             \
     banked},
#define PLAIN(address, name, needs, flags, member, writable)                   \
    WORD(address, name, needs, flags, member, false, writable)
#define BANK(address, name, needs, flags, member, writable)                    \
    WORD(address, name, needs, flags, member, true, writable)
static const struct scs_row rows[] = {
#include "engine/mprofile/scs.def"
};
#undef NO
#undef R
#undef W
#undef ROW
#undef OMIT
#undef PLAIN
#undef BANK
#undef WORD

const struct mprofile_omission_row mprofile_omissions[MPROFILE_OMISSIONS] = {
#define OMISSION(name, registers, text)                                        \
    [MPROFILE_OMITS_##name] = {registers, text},
#define UNSEEN(registers, text)
#include "engine/mprofile/omissions.def"
#undef OMISSION
#undef UNSEEN
};

void scs_omits(const struct scs_access *a, enum mprofile_omission what)
{
    const struct core *core = &a->m->vcpu.core;

    log_write(&core->config.fabric->log, LOG_UNMODELLED, core->name, a->address,
              "%s", mprofile_omissions[what].text);
}

static const struct scs_row *search(const struct mprofile *m, uint32_t address)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct scs_row *row = &rows[i];

        if (address >= row->address &&
            address - row->address < row->count * 4u) {
            return mprofile_has(m, row->needs) ? row : NULL;
        }
    }
    return NULL;
}

static bool is_scs(uint32_t address)
{
    return address >= (uint32_t)SCS_FIRST && address <= (uint32_t)SCS_LAST;
}

/* Registers of the system control space are asked for all the time. */
static const struct scs_row *find(const struct mprofile *m, uint32_t address)
{
    if (!is_scs(address)) {
        return search(m, address);
    }
    unsigned number = m->scs_rows[(address - (uint32_t)SCS_FIRST) / 4];

    return number == 0 ? NULL : &rows[number - 1];
}

static void index_rows(struct mprofile *m)
{
    static_assert(ARRAY_SIZE(rows) < UINT8_MAX, "numbers are bytes");
    for (unsigned i = 0; i < ARRAY_SIZE(m->scs_rows); i++) {
        const struct scs_row *row = search(m, (uint32_t)SCS_FIRST + i * 4);

        m->scs_rows[i] = row == NULL ? 0 : (uint8_t)(row - rows + 1);
    }
}

static uint32_t *word_of(const struct scs_row *row, const struct scs_access *a)
{
    uint32_t *word = (uint32_t *)((uint8_t *)&a->m->state + row->member);

    return row->banked ? word + a->bank : word;
}

/* Programs are told that a row is not modelled; debuggers read it as others. */
static void tell_omission(const struct scs_row *row, const struct scs_access *a)
{
    if (row->omission != MPROFILE_OMISSIONS && !a->debug) {
        scs_omits(a, row->omission);
    }
}

static uint32_t read_row(const struct scs_row *row, const struct scs_access *a)
{
    tell_omission(row, a);
    if (row->member != NO_MEMBER) {
        return *word_of(row, a);
    }
    return row->read == NULL ? 0 : row->read(a);
}

static void write_row(const struct scs_row *row, const struct scs_access *a,
                      uint32_t value)
{
    tell_omission(row, a);
    if (row->member != NO_MEMBER) {
        uint32_t *word = word_of(row, a);

        *word = (*word & ~row->writable) | (value & row->writable);
    } else if (row->write != NULL) {
        row->write(a, value);
    }
}

/* True if any core has registers in this block of 4 KiB. */
static bool is_block(uint32_t address)
{
    enum { BLOCK = 0xfff };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const uint32_t last = rows[i].address + rows[i].count * 4u - 1;

        if (address >= (rows[i].address & ~(uint32_t)BLOCK) &&
            address <= (last | BLOCK)) {
            return true;
        }
    }
    return false;
}

/* Words of such a block that have no row are not on the core, or reserved, by
 * the architecture: they read as 0 and ignore writes. Another block may be one
 * that a chip has. */
static void miss(const struct core *core, const struct access *access,
                 uint32_t address, uint32_t place)
{
    if (!access->debug) {
        log_write(&core->config.fabric->log,
                  is_block(place) ? LOG_GUEST : LOG_UNMODELLED, core->name,
                  address, "no register at 0x%08x of the private peripherals",
                  address);
    }
}

/* Which register an access is to, and as whom. NULL: none, and 0 or an error in
 * *status. */
static const struct scs_row *resolve(struct mprofile *m,
                                     const struct access *access,
                                     uint32_t address, unsigned size,
                                     struct scs_access *a, int *status)
{
    const struct core *core = &m->vcpu.core;
    bool security = mprofile_has(m, MPROFILE_SECURITY);
    uint32_t place = address;

    /* A debugger sees what the core would at this place. */
    bool secure = access->debug ? m->state.secure == SECURE : access->secure;

    *status = 0;
    *a = (struct scs_access){
        .m = m,
        .bank = security && secure ? SECURE : NON_SECURE,
        .address = address,
        .size = size,
        .privileged = access->privileged,
        .debug = access->debug,
    };
    if (security && place >= (uint32_t)ALIAS_FIRST &&
        place <= (uint32_t)ALIAS_LAST) {
        if (!secure) {
            return NULL; /* reads as 0 to the Non-secure state itself */
        }
        place -= ALIAS_OFFSET;
        a->bank = NON_SECURE;
        a->alias = true;
    }
    const struct scs_row *row = find(m, place);

    if (!access->privileged && !access->debug &&
        (row == NULL || (row->flags & UNPRIVILEGED) == 0 ||
         (row->write == scs_write_stir &&
          (m->state.ccr[a->bank] & CCR_USERSETMPEND) == 0))) {
        *status = -EFAULT; /* B6.2: BusFault */
        return NULL;
    }
    if (row == NULL) {
        miss(core, access, address, place);
        return NULL;
    }
    if ((row->flags & SECURE_ONLY) != 0 && a->bank == NON_SECURE) {
        return NULL;
    }
    if (size != 4 && (row->flags & BYTES) == 0) {
        log_write(&core->config.fabric->log, LOG_GUEST, core->name, address,
                  "%s is accessed by %u bytes: words alone", row->name, size);
    }
    a->index = (place - row->address) / 4;
    return row;
}

static int read_ppb(struct device *device, unsigned bank,
                    const struct access *access, uint64_t offset, unsigned size,
                    uint64_t *value)
{
    struct mprofile *m = *(struct mprofile **)device->wiring;
    uint32_t address = (uint32_t)PPB_BASE + (uint32_t)offset;
    struct scs_access a;
    int status;

    const struct scs_row *row = resolve(m, access, address, size, &a, &status);
    *value = 0;
    if (row != NULL) {
        uint32_t word = read_row(row, &a);

        *value = word >> (address & 3) * 8 &
                 (size == 4 ? UINT32_MAX : BIT(size * 8) - 1);
    }
    return status;
}

static int write_ppb(struct device *device, unsigned bank,
                     const struct access *access, uint64_t offset,
                     unsigned size, uint64_t value)
{
    struct mprofile *m = *(struct mprofile **)device->wiring;
    uint32_t address = (uint32_t)PPB_BASE + (uint32_t)offset;
    struct scs_access a;
    int status;

    const struct scs_row *row = resolve(m, access, address, size, &a, &status);
    if (row == NULL) {
        return status;
    }
    uint32_t word = (uint32_t)value;
    if (size != 4) {
        unsigned shift = (address & 3) * 8;
        uint32_t mask = (BIT(size * 8) - 1) << shift;
        uint32_t rest = (row->flags & CLEARS) != 0 ? 0 : read_row(row, &a);

        word = (rest & ~mask) | (word << shift & mask);
    }
    write_row(row, &a, word);
    m->fp_ready = false; /* CPACR, NSACR and FPCCR decide */
    return 0;
}

static const struct device_type ppb_type = {
    .compatible = "arm,mprofile-ppb",
    .title = "Private peripheral bus of an M-profile core",
    .reference = "DDI 0553 B6, D1.2",
    .wiring_size = sizeof(struct mprofile *),
    DEVICE_BANKS({.name = "ppb", .size_bytes = PPB_SIZE, .sizes = 1 | 2 | 4}),
    .read = read_ppb,
    .write = write_ppb,
};

int mprofile_scs_create(struct mprofile *m, struct error *error)
{
    struct core *core = &m->vcpu.core;

    index_rows(m);
    m->scs =
        device_create(core->config.fabric, &ppb_type, core->name, NULL, NULL);
    *(struct mprofile **)m->scs->wiring = m;
    m->ppb = space_create(core->config.fabric, core->name);
    m->ppb->attributes.master = core->config.space->attributes.master;
    space_add_window(m->ppb, &(struct window){
                                 .name = "ppb",
                                 .base = gpa((uint32_t)PPB_BASE),
                                 .size_bytes = PPB_SIZE,
                                 .rights = WINDOW_R | WINDOW_W,
                                 .enabled = true,
                                 .device = m->scs,
                             });
    return device_init(m->scs, error);
}

void mprofile_scs_destroy(struct mprofile *m)
{
    space_destroy(m->ppb);
    device_destroy(m->scs);
    if (m->bit_band != NULL) {
        device_destroy(m->bit_band);
    }
}
