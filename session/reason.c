/* SPDX-License-Identifier: Apache-2.0 */
/* The table of reasons (session/reason.def). */
#include "session/reason.h"

#include <errno.h>
#include <stddef.h>

#include "base/assert.h"
#include "base/bits.h"

static const struct {
    int exit_code;
    const char *word;
    const char *text;
} reasons[SESSION_REASONS] = {
#define REASON(name, exit_code, word, text)                                    \
    [SESSION_REASON_##name] = {exit_code, word, text},
#include "session/reason.def"
#undef REASON
};

enum session_reason session_reason_of(int code)
{
    static const struct {
        int code;
        enum session_reason reason;
    } rows[] = {
        {0,           SESSION_REASON_DONE       },
        {-ETIMEDOUT,  SESSION_REASON_LIMIT      },
        {-ETIME,      SESSION_REASON_LIMIT      }, /* of an agent's script */
        {-ENOMSG,     SESSION_REASON_EXPECTATION},
        {-EDEADLK,    SESSION_REASON_STUCK      },
        {-EOPNOTSUPP, SESSION_REASON_UNMODELLED },
        {-ECHILD,     SESSION_REASON_STATUS     },
        {-EINTR,      SESSION_REASON_ENDED      },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (rows[i].code == code) {
            return rows[i].reason;
        }
    }
    return SESSION_REASON_FAILED;
}

int session_reason_code(enum session_reason reason)
{
    assert(reason < SESSION_REASONS);
    return reasons[reason].exit_code;
}

const char *session_reason_word(enum session_reason reason)
{
    assert(reason < SESSION_REASONS);
    return reasons[reason].word;
}

const char *session_reason_text(enum session_reason reason)
{
    assert(reason < SESSION_REASONS);
    return reasons[reason].text;
}
