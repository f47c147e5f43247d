/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Features that are not modelled, as rows beside a register table. The register
 * dispatch logs an access that relies on an omission (log kind LOG_UNMODELLED),
 * and the reference pages, the page of limits and
 * tests/machine/omissions_test.c are made from the same rows.
 *
 * A register without such a row costs nothing: its accesses never come here.
 */
#ifndef BUS_OMISSION_H
#define BUS_OMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct access;
struct buffer;
struct device;
struct device_type;
struct error;
struct register_spec;

/* When a guest relies on what is missing. Rows of 0 are the program's error. */
enum omission_kind {
    OMITTED_SET = 1, /* a write sets a bit of mask */
    OMITTED_VALUE,   /* a write puts value into the field that mask covers */
    OMITTED_OTHER,   /* a write puts another value than value there */
    OMITTED_WRITE,   /* any write */
    OMITTED_READ,    /* any read */
    OMITTED_OFFSET,  /* any access at offset value of the bank, which has no
                      * register there; the bank's dispatch logs all of these */
    OMITTED_LOGGED,  /* OMISSION_LOGGED alone makes such a row */
    OMITTED_ABSENT,  /* what name spells (an identification register, a feature
                      * bit, an error) tells guests that the device lacks it */
    OMITTED_UNSEEN,  /* not observable: no value that a guest reads differs */
};

struct omission {
    /* The register, as its row spells it; of OMITTED_OFFSET the bank; of the
     * kinds below the register or command that matters, or NULL. */
    const char *name;
    uint8_t kind; /* enum omission_kind */
    uint32_t mask;
    uint32_t value;
    const char *text; /* what is not modelled */
};

/* An omission that a model logs itself, as it decides from more than one
 * register or from memory. Types that share the model have the same object in a
 * row, by OMISSION_LOGGED; build/check-registers finds one that is in no row.
 */
struct logged_omission {
    char name[48]; /* the register or command that matters */
    char text[96];
};

#define OMISSION_LOGGED(what)                                                  \
    {                                                                          \
        (what).name, OMITTED_LOGGED, 0, 0, (what).text                         \
    }

/* Every row has a kind, a text, and a register or bank that exists, with a
 * condition that a guest can meet. -EINVAL and *error if not. */
int omissions_check(const struct device_type *type, struct error *error);

/* True if a write that changes the bits of lanes to those of value meets the
 * condition of the row. */
bool omission_met(const struct omission *omission, uint32_t value,
                  uint32_t lanes);

/* True if omissions_write and omissions_read look at accesses of the register.
 */
bool omissions_watch(const struct device_type *type,
                     const struct register_spec *row);

/* Log what an access to word index of a row relies on. */
void omissions_write(struct device *device, const struct access *access,
                     const struct register_spec *row, unsigned index,
                     uint32_t value, uint32_t lanes);
void omissions_read(struct device *device, const struct access *access,
                    const struct register_spec *row, unsigned index);

/* For models: a guest relies on it. */
void device_omits(struct device *device, const struct logged_omission *what);
/* The same, and which of several; detail may be NULL. */
void device_omits_of(struct device *device, const struct logged_omission *what,
                     const char *detail);

/* The condition, for people: "a write that sets a bit of 0x00000007". */
void omission_print(const struct omission *omission, struct buffer *out);

#endif
