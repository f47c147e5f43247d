/* SPDX-License-Identifier: Apache-2.0 */
/* Looks through the event list of a machine. */
#include "tests/facts.h"

#include <inttypes.h>

#include "platform/machine/machine.h"
#include "tests/harness.h"

const struct event *fact_at(const struct cairn_machine *machine, size_t index)
{
    const struct event_list *list = &machine->fabric.events;
    return index < list->count ? &list->events[index] : NULL;
}

const struct event *fact_last(const struct cairn_machine *machine)
{
    return fact_at(machine, machine->fabric.events.count - 1);
}

const char *fact_name(enum event_fact fact)
{
    static const char *const names[EVENT_FACTS] = {
#define FACT(name, kind, subject, outcome) #name,
#include "base/event.def"
#undef FACT
    };
    return names[fact];
}

size_t fact_find(const struct cairn_machine *machine, size_t index,
                 enum event_fact fact, uint64_t number)
{
    const struct event *event;
    while ((event = fact_at(machine, index)) != NULL &&
           (event->fact != fact || event->number != number)) {
        index++;
    }
    test_case("%s of 0x%" PRIx64, fact_name(fact), number);
    EXPECT(event != NULL);
    return index;
}

void fact_expect(const struct cairn_machine *machine, size_t index,
                 enum event_fact fact, enum event_role role, const char *agent)
{
    const struct event *event = fact_at(machine, index);
    EXPECT(event != NULL);
    if (event == NULL) {
        return;
    }
    EXPECT_STR(fact_name(event->fact), fact_name(fact));
    EXPECT_EQ(event->role, role);
    EXPECT_STR(event->agent, agent);
}
