/* SPDX-License-Identifier: Apache-2.0 */
/* Looks the goals of goal.def up in a list of events. */
#include "trust/report/goal.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/bits.h"

/* ---- The facts ----------------------------------------------------------- */

enum step {
#define STEP(name, kind, agent, subject, detail, missing) name,
#include "trust/report/goal.def"
#undef STEP
    STEPS
};

static const struct {
    enum event_kind kind;
    const char *agent;
    const char *subject;
    const char *detail;
    const char *missing;
} steps[STEPS] = {
#define STEP(name, kind, agent, subject, detail, missing)                      \
    {kind, agent, subject, detail, missing},
#include "trust/report/goal.def"
#undef STEP
};

enum { GOAL_STEPS = 4 };

static const struct goal {
    const char *name;
    const char *text;
    enum step steps[GOAL_STEPS + 1];
} goals[] = {
#define GOALS
#include "trust/report/goal.def"
#undef GOALS
};

/* ---- Looking them up ----------------------------------------------------- */

static const struct goal *find_goal(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(goals); i++) {
        if (strcmp(goals[i].name, name) == 0) {
            return &goals[i];
        }
    }
    return NULL;
}

const char *chain_goal_text(const char *name)
{
    const struct goal *goal = find_goal(name);
    return goal ? goal->text : NULL;
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool is_step(const struct event *event, enum step step)
{
    return (steps[step].kind == EVENT_KINDS ||
            steps[step].kind == event->kind) &&
           begins(event->agent, steps[step].agent) &&
           begins(event->subject, steps[step].subject) &&
           begins(event->detail, steps[step].detail);
}

/* "no event 'release soc_ifc firmware' was seen" */
static int fail_step(enum step step, struct error *error)
{
    struct buffer name = {0};
    enum event_kind kind = steps[step].kind;
    const char *const words[] = {
        kind == EVENT_KINDS ? "" : event_kind_name(kind),
        steps[step].agent,
        steps[step].subject,
        steps[step].detail,
    };
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        buffer_print(&name, "%s%s", name.size && words[i][0] ? " " : "",
                     words[i]);
    }
    error_set(error, -ENOENT, "%s: no event '%s' was seen", steps[step].missing,
              buffer_text(&name));
    buffer_fini(&name);
    return -ENOENT;
}

int chain_goal_check(const struct event_list *list, const char *name,
                     struct error *error)
{
    const struct goal *goal = find_goal(name);
    size_t at = 0;
    if (!goal) {
        return error_set(error, -EINVAL, "'%s' is no goal", name);
    }
    for (size_t i = 0; goal->steps[i] != STEPS; i++) {
        while (at < list->count &&
               !is_step(&list->events[at], goal->steps[i])) {
            at++;
        }
        if (at == list->count) {
            return fail_step(goal->steps[i], error);
        }
        at++;
    }
    return 0;
}
