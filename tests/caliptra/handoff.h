/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values that an FMC of our Caliptra firmware reads from the hand-off, as text,
 * and what it makes of it; for tests over tests/caliptra/stand_ins.
 */
#ifndef TESTS_CALIPTRA_HANDOFF_H
#define TESTS_CALIPTRA_HANDOFF_H

/* The FMC, up to the runtime. */
void handoff_run(void);
/* The hand-off alone, with all that is in it. */
void handoff_tell(void);

#endif
