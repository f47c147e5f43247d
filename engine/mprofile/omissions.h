/* SPDX-License-Identifier: Apache-2.0 */
/* Features of their private peripherals that M-profile cores do not model; the
 * log unmodelled has a line when a program relies on a row. */
#ifndef ENGINE_MPROFILE_OMISSIONS_H
#define ENGINE_MPROFILE_OMISSIONS_H

enum mprofile_omission {
#define OMISSION(name, registers, text) MPROFILE_OMITS_##name,
#define UNSEEN(registers, text)
#include "engine/mprofile/omissions.def"
#undef OMISSION
#undef UNSEEN
    MPROFILE_OMISSIONS
};

struct mprofile_omission_row {
    const char *registers; /* where a program asks for it */
    const char *text;
};

extern const struct mprofile_omission_row
    mprofile_omissions[MPROFILE_OMISSIONS];

#endif
