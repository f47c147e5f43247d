/* SPDX-License-Identifier: Apache-2.0 */
/* Verbs for a Caliptra core of generation 1.x: fuses, the mailbox,
 * randomness, resets. Addresses are those of the SoC's view. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_memory.h"
#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "platform/agent/agent.h"
#include "platform/machine/extension.h"
#include "platform/machine/machine.h"
#include "platform/machine/parts.h"
#include "trust/caliptra/errors.h"
#include "trust/caliptra/mailbox.h"

enum { TRNG_WORDS = 12 };

static const struct {
    const char *name;
    uint32_t address;
    unsigned words;
} registers[] = {
#define REGISTER(name, address, words) {#name, address, words},
#include "platform/agent/registers.def"
#undef REGISTER
};

int agent_address(struct agent *agent, const char *word, uint64_t *address,
                  unsigned *words)
{
    size_t length = strcspn(word, "[");
    for (size_t i = 0; i < ARRAY_SIZE(registers); i++) {
        if (strlen(registers[i].name) != length ||
            strncasecmp(registers[i].name, word, length) != 0) {
            continue;
        }
        uint64_t index = 0;
        if (word[length] == '[') {
            char *end;
            index = strtoull(word + length + 1, &end, 0);
            if (strcmp(end, "]") != 0 || index >= registers[i].words) {
                return agent_fail(agent, -EINVAL,
                                  "'%s': the index goes from 0 to %u", word,
                                  registers[i].words - 1);
            }
        }
        *address = registers[i].address + 4 * index;
        if (words) {
            *words = registers[i].words - (unsigned)index;
        }
        return 0;
    }
    if (words) {
        *words = 1;
    }
    uint64_t value;
    char *end;
    errno = 0;
    value = strtoull(word, &end, 0);
    if (word[0] < '0' || word[0] > '9' || *end || errno) {
        return agent_fail(agent, -EINVAL,
                          "'%s' is neither an address nor a register", word);
    }
    *address = value;
    return 0;
}

/* ---- Services ------------------------------------------------------------ */

/* SplitMix64: a stream for tests that is the same on every host; it is not
 * meant to be random. */
static uint32_t next_word(struct agent_service *service)
{
    service->state += 0x9e3779b97f4a7c15ull;
    uint64_t z = service->state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return (uint32_t)((z ^ (z >> 31)) >> 32);
}

static void request_changed(void *context, uint32_t level)
{
    struct agent_service *service = context;
    if (!level || !service->randomness) {
        return;
    }
    for (unsigned i = 0; i < TRNG_WORDS; i++) {
        cairn_bus_write(service->machine, "soc", service->user,
                        CALIPTRA_SOC_IFC_TRNG_DATA + 4 * i, 4,
                        next_word(service));
    }
    cairn_bus_write(service->machine, "soc", service->user,
                    CALIPTRA_SOC_IFC_TRNG_STATUS, 4, CALIPTRA_TRNG_STATUS_DONE);
}

static const char fault_line[] = "soc_ifc.cptra_error_fatal";

static void fault_changed(void *context, uint32_t level)
{
    struct agent_service *service = context;
    service->fault = level != 0;
    if (level && service->watching) {
        cairn_stop(service->machine);
    }
}

/* NULL if nobody has asked for it. */
static struct agent_service *service_of(const struct cairn_machine *machine)
{
    return machine->extensions[EXTENSION_AGENT];
}

struct agent_service *agent_service(struct cairn_machine *machine)
{
    struct agent_service *service = service_of(machine);
    if (!service) {
        service = xcalloc(1, sizeof(*service));
        service->machine = machine;
        machine->extensions[EXTENSION_AGENT] = service;
        /* A board without these lines has none to serve. */
        cairn_line_watch(machine, "soc_ifc.trng_req", request_changed, service);
        cairn_line_watch(machine, fault_line, fault_changed, service);
    }
    return service;
}

/* ---- The service as an input --------------------------------------------- */

static struct agent_service_state state_of(const struct agent_service *service)
{
    return (struct agent_service_state){
        .stream = service->state,
        .user = service->user,
        .line = service->line,
        .randomness = service->randomness,
    };
}

/* value is the stream, address the line, width whether randomness is served. */
static int64_t apply_service(struct cairn_machine *machine, struct input *input)
{
    struct agent_service *service = agent_service(machine);
    service->user = input->user;
    service->randomness = input->width != 0;
    service->state = input->value;
    service->line = (uint32_t)input->address;
    return 0;
}

const struct input_type input_service = {
    .name = "service",
    .subject = INPUT_OF_NONE,
    .apply = apply_service,
};

void agent_remember_service(struct cairn_machine *machine)
{
    struct agent_service *service = service_of(machine);
    if (service && !machine->inputs.replaying) {
        service->noted = state_of(service);
    }
}

void agent_note_service(struct cairn_machine *machine)
{
    const struct agent_service *service = service_of(machine);
    const struct inputs *inputs = &machine->inputs;
    if (!inputs->kept || inputs->replaying || inputs->inside || !service) {
        return;
    }
    const struct agent_service_state now = state_of(service);
    const struct agent_service_state *was = &service->noted;
    if (now.stream != was->stream || now.user != was->user ||
        now.line != was->line || now.randomness != was->randomness) {
        struct input input = {
            .type = &input_service,
            .user = now.user,
            .width = now.randomness,
            .address = now.line,
            .value = now.stream,
        };
        input_give(machine, &input);
    }
}

/* ---- The part of the machine's state ------------------------------------- */

struct service_state {
    uint64_t stream; /* of randomness */
    uint32_t user;
    uint32_t line; /* of the default script */
    uint32_t randomness;
    uint32_t at_hand; /* there is a service */
};

static const struct state_field service_fields[] = {
    STATE(struct service_state, stream, RESET_NEVER),
    STATE(struct service_state, user, RESET_NEVER),
    STATE(struct service_state, line, RESET_NEVER),
    STATE(struct service_state, randomness, RESET_NEVER),
    STATE(struct service_state, at_hand, RESET_NEVER),
};

static size_t service_size(const struct part *part)
{
    return sizeof(struct service_state);
}

static void service_take(const struct part *part, void *image)
{
    const struct cairn_machine *machine = part->object;
    const struct agent_service *service = service_of(machine);
    struct service_state state = {0};
    if (service) {
        state = (struct service_state){
            .stream = service->state,
            .user = service->user,
            .line = service->line,
            .randomness = service->randomness,
            .at_hand = true,
        };
    }
    memcpy(image, &state, sizeof(state));
}

static void service_put(const struct part *part, const void *image)
{
    struct cairn_machine *machine = part->object;
    struct service_state state;
    memcpy(&state, image, sizeof(state));
    if (state.at_hand || service_of(machine)) {
        struct agent_service *service = agent_service(machine);
        service->state = state.stream;
        service->user = state.user;
        service->line = state.line;
        service->randomness = state.randomness != 0;
    }
}

static void service_settle(const struct part *part)
{
    struct cairn_machine *machine = part->object;
    struct agent_service *service = service_of(machine);
    if (service) {
        uint32_t fault = 0;
        cairn_line_get(machine, fault_line, &fault);
        service->fault = fault != 0;
    }
}

static void list_service_fields(const struct part *part,
                                struct state_table *table)
{
    state_table_set(table, service_fields, ARRAY_SIZE(service_fields));
}

/* A driver outside of the machine: its progress is not the machine's state. */
static const struct part_kind part_agent = {
    .record = "cairn,agent",
    .size = service_size,
    .take = service_take,
    .put = service_put,
    .fields = list_service_fields,
    .hash = part_hash_nothing,
    .settle = service_settle,
};

/* ---- Faults -------------------------------------------------------------- */

void agent_explain_fault(struct agent *agent, struct buffer *text)
{
    static const struct {
        uint32_t address;
        const char *kind;
    } places[] = {
        {CALIPTRA_SOC_IFC_FW_ERROR_FATAL,     "fatal firmware error"    },
        {CALIPTRA_SOC_IFC_FW_ERROR_NON_FATAL, "non-fatal firmware error"},
        {CALIPTRA_SOC_IFC_HW_ERROR_FATAL,     "fatal hardware error"    },
    };
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        uint64_t wide = 0;
        /* Not by agent_read: its complaint would hide what is explained. */
        int result = cairn_bus_read(agent->machine, "soc", agent->user,
                                    places[i].address, 4, &wide);
        uint32_t code = (uint32_t)wide;
        if (result == 0 && code) {
            const char *known = i < 2 ? caliptra_error_text(code) : NULL;
            buffer_print(text, "%s 0x%08x%s%s%s", places[i].kind, code,
                         known ? " (" : "", known ? known : "",
                         known ? ")" : "");
            return;
        }
    }
    buffer_print(text, "no error code");
}

/* external seed N */
static int trng(struct agent *agent, char **words, unsigned count)
{
    uint64_t seed = 1;
    if (strcmp(words[0], "external") != 0 ||
        (count > 1 && (count != 3 || strcmp(words[1], "seed") != 0))) {
        return agent_fail(agent, -EINVAL, "expected 'trng external [seed N]'");
    }
    int result = count == 3 ? agent_number(agent, words[2], &seed) : 0;
    if (result == 0) {
        agent->service->randomness = true;
        agent->service->state = seed;
    }
    return result;
}

/* ---- The mailbox --------------------------------------------------------- */

/* A command: a number, or the four characters that it spells. */
static int parse_command(struct agent *agent, const char *word,
                         uint32_t *command)
{
    if (strlen(word) == 4 && (word[0] < '0' || word[0] > '9')) {
        *command = load_be32(word);
        return 0;
    }
    uint64_t value;
    int result = agent_number(agent, word, &value);
    *command = (uint32_t)value;
    return result;
}

/* State that the mailbox's client needs while a verb runs. */
struct exchange {
    struct agent *agent;
    const char *doing;
    struct agent_wait wait[2]; /* by enum caliptra_mailbox_wait */
};

static int mailbox_read(void *context, uint32_t address, uint32_t *value)
{
    const struct exchange *exchange = context;
    return agent_read(exchange->agent, address, value);
}

static int mailbox_write(void *context, uint32_t address, uint32_t value)
{
    const struct exchange *exchange = context;
    return agent_write(exchange->agent, address, value);
}

static int mailbox_wait(void *context, enum caliptra_mailbox_wait wait)
{
    struct exchange *exchange = context;
    return agent_slice(exchange->agent, &exchange->wait[wait],
                       wait == CALIPTRA_MAILBOX_WAIT_LOCK
                           ? "waiting for the mailbox lock"
                           : exchange->doing);
}

static const struct caliptra_mailbox_soc soc = {
    .read = mailbox_read,
    .write = mailbox_write,
    .wait = mailbox_wait,
};

/* The response as hexadecimal in RESPONSE, its bytes' number in LENGTH. */
static int set_response(struct agent *agent, const struct buffer *bytes)
{
    struct buffer text = {0};
    buffer_print_hex(&text, bytes->bytes, bytes->size);
    int result = agent_set(agent, "RESPONSE", buffer_text(&text));
    buffer_clear(&text);
    buffer_print(&text, "%zu", bytes->size);
    result = result ? result : agent_set(agent, "LENGTH", buffer_text(&text));
    buffer_fini(&text);
    return result;
}

static int expect_status(struct agent *agent, uint32_t status,
                         const char *expected, const char *doing)
{
    static const char *const names[] = {"busy", "data", "complete", "failure"};
    const char *got =
        status < ARRAY_SIZE(names) ? names[status] : "no known status";
    if (strcmp(expected, got) == 0 || strcmp(expected, "any") == 0) {
        return 0;
    }
    struct buffer why = {0};
    agent_explain_fault(agent, &why);
    int result = agent_fail(agent, -EPROTO, "%s: answered %s, expected %s: %s",
                            doing, got, expected, buffer_text(&why));
    buffer_fini(&why);
    return result;
}

/* Sends, waits for the answer, compares it and gives the mailbox back. */
static int transact(struct agent *agent,
                    struct caliptra_mailbox_request *request,
                    const char *expected)
{
    struct exchange exchange = {
        .agent = agent,
        .doing = request->doing,
        .wait = {{.left = agent->budget}, {.left = agent->budget}},
    };
    struct caliptra_mailbox mailbox = {.soc = &soc, .context = &exchange};
    struct caliptra_mailbox_answer answer = {.status = 0};
    struct error cause = {""};
    int result = caliptra_mailbox_exchange(&mailbox, request, &answer, &cause);
    if (result && cause.text[0] != '\0') {
        agent_fail(agent, result, "%s", cause.text);
    }
    if (result == 0 && answer.status == CALIPTRA_MBOX_STATUS_DATA_READY) {
        result = set_response(agent, &answer.bytes);
    }
    buffer_fini(&answer.bytes);
    if (result) {
        return result;
    }
    result = expect_status(agent, answer.status, expected, request->doing);
    int release = caliptra_mailbox_release(&mailbox);
    return result ? result : release;
}

/* The payload words of a command: numbers, @FILE, or +checksum, which stands
 * for the word that makes command and payload sum up to zero. */
static int take_payload(struct agent *agent,
                        struct caliptra_mailbox_request *request, char **words,
                        unsigned count)
{
    struct buffer *payload = &request->bytes;
    for (unsigned i = 0; i < count; i++) {
        uint64_t value = 0;
        int result = 0;
        if (words[i][0] == '@') {
            result = agent_file(agent, words[i] + 1, payload);
        } else if (i == 0 && strcmp(words[i], "+checksum") == 0) {
            request->has_checksum = true;
            buffer_append_le32(payload, 0);
        } else {
            result = agent_number(agent, words[i], &value);
            buffer_append_le32(payload, (uint32_t)value);
        }
        if (result) {
            return result;
        }
    }
    return 0;
}

static int mailbox(struct agent *agent, char **words, unsigned count)
{
    struct caliptra_mailbox_request request = {
        .response_max = CALIPTRA2_MBOX_SIZE,
    };
    const char *expected = "any";
    if (count >= 3 && strcmp(words[count - 2], "->") == 0) {
        expected = words[count - 1];
        count -= 2;
    } else if (count >= 4 && strcmp(words[count - 3], "->") == 0 &&
               strcmp(words[count - 2], "expect") == 0) {
        expected = words[count - 1];
        count -= 3;
    }
    int result = parse_command(agent, words[0], &request.command);
    if (result == 0) {
        result = take_payload(agent, &request, words + 1, count - 1);
    }
    if (result == 0) {
        char *doing = xasprintf("mailbox command %s", words[0]);
        request.doing = doing;
        result = transact(agent, &request, expected);
        free(doing);
    }
    buffer_fini(&request.bytes);
    return result;
}

static int firmware(struct agent *agent, char **words, unsigned count)
{
    struct caliptra_mailbox_request request = {
        .command = CALIPTRA_CMD_FIRMWARE_LOAD,
        .doing = "loading firmware",
        .response_max = CALIPTRA2_MBOX_SIZE,
    };
    int result = agent_file(agent, words[0], &request.bytes);
    if (result == 0) {
        result = transact(agent, &request, "complete");
    }
    buffer_fini(&request.bytes);
    return result;
}

/* ---- Resets -------------------------------------------------------------- */

static int reset(struct agent *agent, char **words, unsigned count)
{
    if (strcmp(words[0], "warm") != 0) {
        return agent_fail(agent, -EINVAL, "expected 'reset warm'");
    }
    const char *input = "soc_ifc.cptra_rst_b";
    int result = cairn_line_set(agent->machine, input, 0);
    result = result ? result : cairn_line_set(agent->machine, input, 1);
    return result ? agent_fail(agent, -EINVAL, "no input line '%s'", input) : 0;
}

#define MANY UINT32_MAX

const struct agent_verb agent_caliptra_verbs[] = {
    {"trng",     1, 3,    "trng external [seed N]",                trng    },
    {"mailbox",  1, MANY, "mailbox COMMAND [WORD...] [-> STATUS]", mailbox },
    {"firmware", 1, 1,    "firmware BUNDLE",                       firmware},
    {"reset",    1, 1,    "reset warm",                            reset   },
    {NULL,       0, 0,    NULL,                                    NULL    },
};

/* ---- The extension of the machine ---------------------------------------- */

static int add_state(struct cairn_machine *machine,
                     const struct cairn_options *options, struct error *error)
{
    const struct part part = {&part_agent, NULL, "agent", machine};

    parts_add(machine, &part);
    return 0;
}

static void destroy(struct cairn_machine *machine)
{
    free(service_of(machine));
}

const struct machine_extension agent_extension = {
    .create = add_state,
    .destroy = destroy,
    .before_run = agent_note_service,
    .after_run = agent_remember_service,
};
