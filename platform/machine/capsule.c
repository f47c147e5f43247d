/* SPDX-License-Identifier: Apache-2.0 */
/* Telling which capsule was put into the boot flash. */
#include "trust/capsule/capsule.h"
#include "base/bits.h"

#include <stdlib.h>
#include <string.h>

#include "platform/machine/callback.h"
#include "platform/machine/machine.h"

/* As a boot MCU sees it: the GUID that a capsule begins with is missing. */
static bool is_blank(const uint8_t *bytes, size_t size)
{
    if (size > sizeof(struct uefi_guid)) {
        size = sizeof(struct uefi_guid);
    }
    return all_bytes(bytes, size, 0) || all_bytes(bytes, size, 0xff);
}

/* The values of an order are those that trust/report/event_words.def numbers.
 */
static void describe(struct event *event, const void *bytes, size_t size)
{
    struct capsule *capsule = xcalloc(1, sizeof(*capsule));
    event->fact = FACT_CAPSULE_ORDERS;
    if (is_blank(bytes, size)) {
        event->fact = FACT_CAPSULE_NONE;
    } else if (capsule_read(capsule, bytes, size, NULL) != 0) {
        event->values[0] = 0;
    } else if (capsule->kind == CAPSULE_ACCEPT) {
        event->values[0] = 1;
    } else if (capsule->kind == CAPSULE_REVERT) {
        event->values[0] = 2;
    } else if (capsule->count == 1) {
        event->fact = FACT_CAPSULE_RECEIVED;
        event->values[0] = capsule->items[0].version;
        event->values[1] = capsule->items[0].lowest_supported_version;
    }
    free(capsule);
}

/* The signer that the capsule names, with the digest of the certificate that it
 * brings for it: a claim, by which the fuse controller's event names the signer
 * once the boot MCU has verified that one. */
static void tell_signer(struct cairn_machine *machine,
                        const struct event *delivered, const void *bytes,
                        size_t size)
{
    struct capsule *capsule = xcalloc(1, sizeof(*capsule));
    struct buffer subject = {0};
    uint8_t digest[32];
    if (delivered->fact == FACT_CAPSULE_RECEIVED &&
        capsule_read(capsule, bytes, size, NULL) == 0 &&
        capsule_claimed_signer(&capsule->items[0], digest, &subject) == 0) {
        struct event event = *delivered;
        event.fact = FACT_CAPSULE_SIGNER;
        memset(event.values, 0, sizeof(event.values));
        event.digest = event_digest(digest, sizeof(digest));
        event_set_name(&event, buffer_text(&subject));
        event_add(&machine->fabric.events, &event);
    }
    buffer_fini(&subject);
    free(capsule);
}

void cairn_capsule_delivered(struct cairn_machine *machine, const char *name,
                             const void *bytes, size_t size)
{
    struct fabric *fabric = &machine->fabric;
    struct event event = {
        .time_ns = clock_now(&fabric->clock),
        .role = ROLE_HOST,
    };
    if (machine_is_called_back(machine)) {
        return;
    }
    event_set_agent(&event, "bench");
    event_set_name(&event, name);
    describe(&event, bytes, size);
    event_add(&fabric->events, &event);
    tell_signer(machine, &event, bytes, size);
}
