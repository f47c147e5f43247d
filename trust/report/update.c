/* SPDX-License-Identifier: Apache-2.0 */
/* Follows a capsule from its delivery to the boot of its set. */
#include "trust/report/update.h"

#include <errno.h>
#include <stdbool.h>

#include "base/buffer.h"
#include "trust/report/event_text.h"

/* Values of FACT_CAPSULE_ORDERS. */
enum order { ORDER_MALFORMED, ORDER_ACCEPT, ORDER_REVERT };

/* Facts that are known of an update; events are those of the list, or NULL. */
struct update {
    const struct event *delivered;
    const struct event *refused;      /* the capsule, by the boot MCU */
    const struct event *installs;     /* a bank gets its set */
    const struct event *bank_refused; /* since then: a set that failed */
    const struct event *booted;       /* the last set that was authorised */
    bool obeyed;                      /* the order was carried out */
};

static bool is_delivery(const struct event *event)
{
    return event->fact == FACT_CAPSULE_RECEIVED ||
           event->fact == FACT_CAPSULE_ORDERS ||
           event->fact == FACT_CAPSULE_NONE;
}

static bool obeys(const struct event *order, const struct event *event)
{
    return order && order->fact == FACT_CAPSULE_ORDERS &&
           event->fact == (order->values[0] == ORDER_ACCEPT
                               ? FACT_BANK_ACCEPTED
                               : FACT_BANK_REVERTED) &&
           order->values[0] != ORDER_MALFORMED;
}

static void follow(struct update *update, const struct event *event)
{
    if (is_delivery(event)) {
        *update = (struct update){.delivered = event};
        return;
    }
    update->obeyed = update->obeyed || obeys(update->delivered, event);
    switch ((int)event->fact) {
    case FACT_CAPSULE_REFUSED:
        update->refused = event;
        break;
    case FACT_BANK_INSTALLS:
        update->installs = event;
        update->bank_refused = NULL;
        break;
    case FACT_BANK_REFUSED:
        update->bank_refused = event;
        break;
    case FACT_BANK_BOOTED:
        update->booted = event;
        break;
    default:
        break;
    }
}

/* Also a capsule that the bench could not read, if the boot MCU could. */
static bool took_place(const struct update *update)
{
    return update->obeyed ||
           (update->installs && update->booted &&
            update->booted->values[0] == update->installs->values[0]);
}

/* The event that says why it did not, in words. */
static int complain(const struct update *update, struct error *error)
{
    const struct event *why = update->delivered->fact == FACT_CAPSULE_NONE
                                  ? update->delivered
                              : update->installs ? update->bank_refused
                                                 : update->refused;
    struct buffer words = {0};
    if (why) {
        event_print_subject(why, &words);
        buffer_print(&words, ": ");
        event_print_detail(why, &words);
    } else if (update->installs) {
        buffer_print(&words, "it was installed, but its set was not booted");
    } else {
        buffer_print(&words, "the boot MCU installed and refused nothing");
    }
    int code =
        error_set(error, -ENOENT, "the update by '%s' did not take place: %s",
                  update->delivered->name, buffer_text(&words));
    buffer_fini(&words);
    return code;
}

int chain_update_check(const struct event_list *list, struct error *error)
{
    struct update update = {.delivered = NULL};
    for (size_t i = 0; i < list->count; i++) {
        follow(&update, &list->events[i]);
    }
    if (!update.delivered) {
        return error_set(error, -ENOENT, "no capsule was delivered");
    }
    return took_place(&update) ? 0 : complain(&update, error);
}
