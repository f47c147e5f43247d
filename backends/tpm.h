/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's side of a TPM: swtpm (Debian's package of that name), which is
 * started with a folder for its state, or runs already. Requests and replies
 * are those of abi/tpm.h; a TPM that does not answer in time, or not as it
 * should, is not asked again.
 */
#ifndef BACKENDS_TPM_H
#define BACKENDS_TPM_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

struct tpm;

/* Creating an RSA key takes seconds, on a busy host many. */
#define TPM_LIMIT_NS 60000000000ull

/*
 * Opens "unix:PATH", the control socket of `swtpm socket`, or starts swtpm with
 * its state in a folder, which is made if it is not there. limit_ns is the most
 * that an answer may take.
 *
 * Returns 0, -ENOENT if swtpm is not installed, or another negative errno
 * value, with *error.
 */
int tpm_open(const char *what, uint64_t limit_ns, struct tpm **opened,
             struct error *error);
/* Writes the reply to a request, of at most room bytes, and returns its size;
 * blocks. context is the TPM. Any thread, one call at a time. */
size_t tpm_serve(void *context, const void *request, size_t size, void *reply,
                 size_t room);
/* Appends all state of the TPM: what it stores, PCRs, sessions, what a shutdown
 * left. 0, or a negative errno value with *error. As tpm_serve. */
int tpm_save(void *context, struct buffer *state, struct error *error);
/* The TPM goes on from a state that tpm_save made, of whichever TPM; what it
 * stored before is lost. -EINVAL for what is no state, with the TPM as it was,
 * or another negative errno value: it is not asked any more then. */
int tpm_load(void *context, const void *state, size_t size,
             struct error *error);
/* One that was started has saved its state and ended; NULL is fine. */
void tpm_close(void *context);

#endif
