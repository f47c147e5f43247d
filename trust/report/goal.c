/* SPDX-License-Identifier: Apache-2.0 */
/* Looks the goals of goal.def up in a list of events. */
#include "trust/report/goal.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "trust/report/event_text.h"
#include "trust/report/update.h"

/* ---- The facts ----------------------------------------------------------- */

enum step {
#define STEP(name, fact, role, application, event, missing) name,
#include "trust/report/goal.def"
#undef STEP
    STEPS
};

static const struct {
    enum event_fact fact;
    enum event_role role;
    bool application;
    const char *event;
    const char *missing;
} steps[STEPS] = {
#define STEP(name, fact, role, application, event, missing)                    \
    {fact, role, application, event, missing},
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

static bool is_step(const struct event *event, enum step step)
{
    assert(step < STEPS);
    return (steps[step].fact == EVENT_FACTS ||
            steps[step].fact == event->fact) &&
           (steps[step].role == EVENT_ROLES ||
            steps[step].role == event->role) &&
           (!steps[step].application || event->values[1] != 0);
}

/* Names what was missing, and the error with which the root of trust's firmware
 * gave up, if it did. */
static int miss(const struct event_list *list, enum step step,
                struct error *error)
{
    struct buffer fatal = {0};
    for (size_t i = list->count; fatal.size == 0 && i-- != 0;) {
        if (list->events[i].fact == FACT_FIRMWARE_FATAL) {
            buffer_print(&fatal, "; firmware of the root of trust: ");
            event_print_detail(&list->events[i], &fatal);
        }
    }
    error_set(error, -ENOENT, "%s: no event '%s' was seen%s",
              steps[step].missing, steps[step].event, buffer_text(&fatal));
    buffer_fini(&fatal);
    return -ENOENT;
}

int chain_goal_check(const struct event_list *list, const char *name,
                     struct error *error)
{
    const struct goal *goal = find_goal(name);
    size_t at = 0;
    if (goal && goal->steps[0] == STEPS) {
        return chain_update_check(list, error);
    }
    if (!goal) {
        return error_set(error, -EINVAL, "'%s' is not a goal", name);
    }
    for (size_t i = 0; goal->steps[i] != STEPS; i++) {
        assert(i < GOAL_STEPS);
        while (at < list->count &&
               !is_step(&list->events[at], goal->steps[i])) {
            at++;
        }
        if (at == list->count) {
            return miss(list, goal->steps[i], error);
        }
        at++;
    }
    return 0;
}
