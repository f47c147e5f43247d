/* SPDX-License-Identifier: Apache-2.0 */
/* Why a run did not do what it was for, from the code of its outcome. */
#ifndef SESSION_REASON_H
#define SESSION_REASON_H

enum session_reason {
#define REASON(name, exit_code, word, text) SESSION_REASON_##name,
#include "session/reason.def"
#undef REASON
    SESSION_REASONS
};

/* The reason of a negative errno of session/limits.h, session/dialogue.c or
 * cairn_agent_run; every other one is SESSION_REASON_FAILED. */
enum session_reason session_reason_of(int code);
/* The exit code of a reason. */
int session_reason_code(enum session_reason reason);
const char *session_reason_word(enum session_reason reason);
const char *session_reason_text(enum session_reason reason);

#endif
