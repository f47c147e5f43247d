/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events of slots. Which of them were entered since a processor's reset is
 * known from the list of events, which is state: it is the same after a
 * snapshot, and in each run with the same inputs.
 */
#include "platform/slots/slots.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "crypto/sha2.h"
#include "include/cairn/report.h"
#include "platform/machine/callback.h"
#include "trust/mcuboot/contained.h"

enum role {
    BOOT_LOADER,
    SECURE_IMAGE,
    NONSECURE_IMAGE,
    SECURE_UPGRADE,
    NONSECURE_UPGRADE,
    ROLES
};

static const struct {
    const char *word;        /* cairn,role */
    enum event_fact entered; /* EVENT_FACTS: it is never executed */
} roles[ROLES] = {
    [BOOT_LOADER] = {"boot-loader",       FACT_BOOT_LOADER_ENTERED    },
    [SECURE_IMAGE] = {"secure-image",      FACT_SECURE_IMAGE_ENTERED   },
    [NONSECURE_IMAGE] = {"nonsecure-image",   FACT_NONSECURE_IMAGE_ENTERED},
    [SECURE_UPGRADE] = {"secure-upgrade",    EVENT_FACTS                 },
    [NONSECURE_UPGRADE] = {"nonsecure-upgrade", EVENT_FACTS                 },
};

/* A part of a memory; region is NULL where the board has none of that role. */
struct partition {
    const char *name;
    struct region *region;
    uint64_t offset;
    uint64_t size_bytes;
};

struct slots {
    struct cairn_machine *machine;
    struct core_watch watch;
    struct partition partitions[ROLES];
    struct known_keys keys;
    /* The findings at the end of a run: events from that total on, and changes
     * of the list when they were its last. */
    bool is_judged;
    uint64_t findings;
    uint64_t judged_changes;
    /* Facts that are known to be in the list of events while it has not
     * changed. */
    uint64_t changes;
    uint64_t entered[ROLES]; /* a bit for each processor */
    uint64_t departed;
};

/* ---- Events -------------------------------------------------------------- */

static void add(const struct slots *slots, struct event *event,
                enum event_role role, const char *agent)
{
    struct fabric *fabric = &slots->machine->fabric;
    event->time_ns = clock_now(&fabric->clock);
    event->role = role;
    event_set_agent(event, agent);
    event_add(&fabric->events, event);
}

static void add_finding(const struct slots *slots,
                        const struct partition *partition, struct event *event)
{
    event_set_name(event, partition->name);
    add(slots, event, ROLE_HOST, "bench");
}

/* True if the processor has done so since it was last let go. */
static bool has_done(const struct slots *slots, const struct core *core,
                     enum event_fact fact)
{
    const struct event_list *list = &slots->machine->fabric.events;
    for (size_t i = list->count; i-- > 0;) {
        const struct event *event = &list->events[i];
        if (event->fact == FACT_PROCESSOR_RUNS &&
            strcmp(event->name, core->name) == 0) {
            return false;
        }
        if (event->fact == fact && strcmp(event->agent, core->name) == 0) {
            return true;
        }
    }
    return false;
}

static uint64_t bit_of(const struct slots *slots, const struct core *core)
{
    size_t index = 0;
    while (slots->machine->cores[index] != core) {
        index++;
    }
    return BIT(index % 32);
}

/* The same, and looks at the list only after it has changed. */
static bool is_news(struct slots *slots, const struct core *core,
                    enum event_fact fact, uint64_t *done)
{
    const struct event_list *list = &slots->machine->fabric.events;
    uint64_t bit = bit_of(slots, core);
    if (slots->changes != list->changes) {
        slots->changes = list->changes;
        memset(slots->entered, 0, sizeof(slots->entered));
        slots->departed = 0;
    }
    if ((*done & bit) == 0 && !has_done(slots, core, fact)) {
        return true;
    }
    *done |= bit;
    return false;
}

/* ---- What is in a slot --------------------------------------------------- */

static const uint8_t *bytes_of(const struct partition *partition)
{
    return region_host(partition->region) + partition->offset;
}

/* Up to the last byte that is not as in an empty memory. */
static size_t used_of(const struct partition *partition)
{
    const uint8_t *bytes = bytes_of(partition);
    size_t size = (size_t)partition->size_bytes;
    while (size > 0 && (bytes[size - 1] == 0 || bytes[size - 1] == 0xff)) {
        size--;
    }
    return size;
}

static void measure_program(const struct slots *slots,
                            const struct partition *partition)
{
    uint8_t digest[SHA256_SIZE];
    size_t size = used_of(partition);
    sha256(bytes_of(partition), size, digest);
    struct event event = {
        .fact = FACT_PROGRAM_MEASURED,
        .values = {size},
        .digest = event_digest(digest, sizeof(digest)),
    };
    add_finding(slots, partition, &event);
}

static struct event_key fingerprint(const struct mcuboot_key *key)
{
    struct buffer der = {0};
    mcuboot_key_public(key, &der);
    struct event_key print = known_key_of(der.bytes, der.size);
    buffer_fini(&der);
    return print;
}

/* The verdict of trust/mcuboot, as one fact. */
static enum event_fact fact_of(const struct verdict *verdict)
{
    static const struct {
        const char *check;
        enum event_fact fact;
    } rows[] = {
        {"areas",     FACT_SLOT_UNPROTECTED  },
        {"hash",      FACT_SLOT_OTHER_HASH   },
        {"key",       FACT_SLOT_OTHER_KEY    },
        {"signature", FACT_SLOT_BAD_SIGNATURE},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct verdict_check *check =
            verdict_find(verdict, rows[i].check);
        if (check == NULL || check->result == VERDICT_REFUSED) {
            return rows[i].fact;
        }
    }
    return FACT_SLOT_VALID;
}

static void name_key(struct slots *slots, const struct event_key *key,
                     size_t offset)
{
    const char *loader = slots->partitions[BOOT_LOADER].name;
    char *name = xasprintf("key at 0x%zx of %s", offset, loader);
    known_keys_add(&slots->keys, key, name);
    free(name);
}

static void verify(struct slots *slots, const struct partition *partition,
                   const struct mcuboot_image *image)
{
    const struct partition *loader = &slots->partitions[BOOT_LOADER];
    struct verdict verdict = {0};
    size_t offset = 0;
    struct mcuboot_key *key = mcuboot_contained_key(
        image, bytes_of(loader), (size_t)loader->size_bytes, &offset);
    mcuboot_verify(image, &(struct mcuboot_wanted){.key = key}, &verdict);
    struct event event = {.fact = fact_of(&verdict)};
    /* Without a key the signature is open. */
    if (key == NULL && event.fact == FACT_SLOT_VALID) {
        event.fact = FACT_SLOT_OTHER_KEY;
    }
    if (key != NULL && (event.fact == FACT_SLOT_VALID ||
                        event.fact == FACT_SLOT_BAD_SIGNATURE)) {
        event.key = fingerprint(key);
        event.values[0] = offset;
        name_key(slots, &event.key, offset);
    }
    add_finding(slots, partition, &event);
    verdict_fini(&verdict);
    mcuboot_key_destroy(key);
}

/* By the image's hash, which measurements of a boot loader have too. */
static void measure_image(const struct slots *slots,
                          const struct partition *partition,
                          const struct mcuboot_image *image)
{
    const struct mcuboot_version *version = &image->header.version;
    const struct mcuboot_field *counter =
        mcuboot_find(image, MCUBOOT_TLV_SECURITY_COUNTER);
    uint8_t digest[SHA256_SIZE];
    sha256(image->bytes, image->hashed_size, digest);
    struct event event = {
        .fact = FACT_SLOT_MEASURED,
        .values = {version->major, version->minor, version->revision,
                   version->build, image->header.image_size,
                   counter && counter->size == 4 ? load_le32(counter->bytes)
                                                 : 0},
        .digest = event_digest(digest, sizeof(digest)),
    };
    add_finding(slots, partition, &event);
}

static void judge(struct slots *slots, const struct partition *partition)
{
    struct mcuboot_image *image = xcalloc(1, sizeof(*image));
    if (mcuboot_read(image, bytes_of(partition), (size_t)partition->size_bytes,
                     NULL) != 0) {
        struct event event = {.fact = FACT_SLOT_NO_IMAGE};
        add_finding(slots, partition, &event);
    } else {
        measure_image(slots, partition, image);
        verify(slots, partition, image);
    }
    free(image);
}

/* ---- What processors do -------------------------------------------------- */

static void enter(struct slots *slots, enum role role, const struct core *core,
                  uint64_t pc)
{
    const struct partition *partition = &slots->partitions[role];
    struct event event = {
        .fact = roles[role].entered,
        .values = {pc, core->retired},
    };
    event_set_name(&event, partition->name);
    add(slots, &event, ROLE_PROCESSOR, core->name);
    if (role == BOOT_LOADER) {
        measure_program(slots, partition);
    } else {
        judge(slots, partition);
    }
}

static void fetched(void *context, struct core *core,
                    const struct region *region, uint64_t offset, uint64_t pc)
{
    struct slots *slots = context;
    for (unsigned role = 0; role < ROLES; role++) {
        const struct partition *partition = &slots->partitions[role];
        if (roles[role].entered != EVENT_FACTS && partition->region == region &&
            offset - partition->offset < partition->size_bytes &&
            is_news(slots, core, roles[role].entered, &slots->entered[role])) {
            enter(slots, (enum role)role, core, pc);
        }
    }
}

static void departed(void *context, struct core *core, uint64_t from,
                     uint64_t to, enum core_departure how)
{
    struct slots *slots = context;
    if (is_news(slots, core, FACT_NONSECURE_STATE_ENTERED, &slots->departed)) {
        struct event event = {
            .fact = FACT_NONSECURE_STATE_ENTERED,
            .values = {to, how, from, core->retired},
        };
        add(slots, &event, ROLE_PROCESSOR, core->name);
    }
}

/* ---- Life ---------------------------------------------------------------- */

static int find_partition(struct slots *slots, const struct node *node,
                          struct error *error)
{
    const struct board *board = &slots->machine->board;
    const char *word = board_string(board, node->offset, "cairn,role");
    unsigned role = 0;
    while (role < ROLES && !(word && strcmp(roles[role].word, word) == 0)) {
        role++;
    }
    if (role == ROLES) {
        return 0;
    }
    size_t count = 0;
    const uint8_t *cells = board_cells(board, node->offset, "reg", &count);
    const struct node *memory = node->parent->parent;
    if (memory == NULL || memory->region == NULL || count != 2 ||
        !in_range(load_be32(cells), load_be32(cells + 4), memory->size_bytes)) {
        return board_error(board, node->offset, "reg", error, -EINVAL,
                           "needs an offset and a size in the memory around "
                           "the partitions");
    }
    slots->partitions[role] = (struct partition){
        .name = node->name,
        .region = memory->region,
        .offset = load_be32(cells),
        .size_bytes = load_be32(cells + 4),
    };
    return 0;
}

static struct slots *slots_of(const struct cairn_machine *machine)
{
    return machine->extensions[EXTENSION_SLOTS];
}

static int create(struct cairn_machine *machine,
                  const struct cairn_options *options, struct error *error)
{
    if (!options->reports_slots) {
        return 0;
    }
    struct slots *slots = xcalloc(1, sizeof(*slots));
    int code = 0;
    machine->extensions[EXTENSION_SLOTS] = slots;
    slots->machine = machine;
    slots->watch = (struct core_watch){fetched, departed, slots};
    for (size_t i = 0; code == 0 && i < machine->node_count; i++) {
        const struct node *node = &machine->nodes[i];
        if (node->parent &&
            board_is_compatible(&machine->board, node->parent->offset,
                                "fixed-partitions")) {
            code = find_partition(slots, node, error);
        }
    }
    if (code == 0 && slots->partitions[BOOT_LOADER].region == NULL) {
        return error_set(error, -ENODEV,
                         "board '%s' has no partition for a boot loader",
                         machine->board.name);
    }
    for (size_t i = 0; code == 0 && i < machine->core_count; i++) {
        machine->cores[i]->watch = &slots->watch;
    }
    return code;
}

static void destroy(struct cairn_machine *machine)
{
    struct slots *slots = slots_of(machine);
    if (slots) {
        known_keys_fini(&slots->keys);
        free(slots);
    }
}

const struct machine_extension slots_extension = {
    .create = create,
    .destroy = destroy,
};

/* ---- The end of a run ---------------------------------------------------- */

static bool was_entered(const struct slots *slots, enum role role)
{
    for (size_t i = 0; i < slots->machine->core_count; i++) {
        if (has_done(slots, slots->machine->cores[i], roles[role].entered)) {
            return true;
        }
    }
    return false;
}

/* True if the list ends with the findings: nothing has happened since. */
static bool ends_with_findings(const struct slots *slots)
{
    return slots->is_judged &&
           slots->judged_changes == slots->machine->fabric.events.changes;
}

static void judge_all(struct slots *slots)
{
    for (unsigned role = SECURE_IMAGE; role < ROLES; role++) {
        const struct partition *partition = &slots->partitions[role];
        bool executes = roles[role].entered != EVENT_FACTS;
        if (partition->region == NULL ||
            (executes ? was_entered(slots, (enum role)role)
                      : used_of(partition) == 0)) {
            continue;
        }
        if (executes) {
            struct event event = {.fact = FACT_SLOT_NEVER_ENTERED};
            add_finding(slots, partition, &event);
        }
        judge(slots, partition);
    }
}

void cairn_judge_slots(struct cairn_machine *machine)
{
    struct slots *slots = slots_of(machine);
    const struct event_list *events = &machine->fabric.events;
    if (!slots || machine_is_called_back(machine) ||
        ends_with_findings(slots)) {
        return;
    }
    slots->findings = event_list_total(events);
    judge_all(slots);
    slots->judged_changes = events->changes;
    slots->is_judged = true;
}

uint64_t slots_run_events(const struct cairn_machine *machine)
{
    const struct slots *slots = slots_of(machine);
    return slots && ends_with_findings(slots)
               ? slots->findings
               : event_list_total(&machine->fabric.events);
}

void slots_known_keys(const struct cairn_machine *machine,
                      struct known_keys *known)
{
    const struct slots *slots = slots_of(machine);
    for (size_t i = 0; slots && i < slots->keys.count; i++) {
        const struct known_key *key = &slots->keys.keys[i];
        struct event_key print = {.present = true};
        memcpy(print.fingerprint, key->fingerprint, sizeof(print.fingerprint));
        known_keys_add(known, &print, key->name);
    }
}
