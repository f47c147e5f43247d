/* SPDX-License-Identifier: Apache-2.0 */
/* Options whose value is one: a choice, a date, a number of a form of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/number.h"
#include "host/time.h"
#include "session/life_cycle.h"
#include "session/request/word.h"
#include "trust/quote/quote.h"

int request_parse_cpus(const struct request_word *word, void *item)
{
    uint64_t cpus = 0;
    int code = given_number(word->request->given, word->option, 1, UINT16_MAX,
                            &cpus, word->error);
    word->request->options.cpus = (unsigned)cpus;
    return code;
}

/* The parser admits only the values of these tables. */
int request_parse_engine(const struct request_word *word, void *item)
{
    static const char *const engines[] = {
        [CAIRN_ENGINE_INTERPRETER] = "interpreter",
        [CAIRN_ENGINE_COMPILER] = "compiler",
        [CAIRN_ENGINE_CHAOS] = "chaos",
    };
    for (size_t i = 1; i < ARRAY_SIZE(engines); i++) {
        if (strcmp(engines[i], word->text) == 0) {
            word->request->options.engine = (enum cairn_engine)i;
        }
    }
    return 0;
}

int request_parse_life_cycle(const struct request_word *word, void *item)
{
    session_life_cycle_take(word->text, &word->request->options);
    return 0;
}

/* The host's time is read once and becomes a date, which reports and snapshots
 * tell, so that the run can be repeated. */
int request_parse_clock(const struct request_word *word, void *item)
{
    struct session_options *options = &word->request->options;
    uint64_t seconds = 0;
    if (strcmp(word->text, "now") == 0) {
        seconds = host_time_of_day();
    } else if (!session_clock_read(word->text, &seconds)) {
        return session_misuse(word->error, word->option,
                              "'%s' is neither now nor a date, for example "
                              "2026-11-22T16:40:00Z",
                              word->text);
    }
    if (seconds > UINT32_MAX) {
        return session_misuse(word->error, word->option,
                              "'%s' is behind 2106-02-07T06:28:15Z, where the "
                              "clock's 32 bits end",
                              word->text);
    }
    options->has_start_time = true;
    options->start_time = (uint32_t)seconds;
    session_clock_print((uint32_t)seconds, word->request->clock);
    return 0;
}

/* --set NAME=VALUE. The quote is requested by the same mailbox user as the
 * agent. */
int request_parse_variable(const struct request_word *word, void *item)
{
    static const char user[] = "USER=";
    uint64_t number = 0;
    *(const char **)item = word->text;
    if (!strchr(word->text, '=')) {
        return session_misuse(word->error, word->option,
                              "'%s' is not NAME=VALUE", word->text);
    }
    if (strncmp(word->text, user, sizeof(user) - 1) == 0 &&
        number_parse(word->text + sizeof(user) - 1, &number)) {
        word->request->options.mailbox_user = (uint32_t)number;
    }
    return 0;
}

/* One number up to any of the delimiters; moves on to it. */
static bool take_number(const char **text, const char *delimiters,
                        uint32_t *value)
{
    size_t length = strcspn(*text, delimiters);
    char *digits = xstrndup(*text, length);
    uint64_t number = 0;
    bool good = number_parse(digits, &number) && number <= UINT32_MAX;
    free(digits);
    *value = (uint32_t)number;
    *text += length;
    return good;
}

static bool read_power_cut(struct session_power_cut *plan, const char *text)
{
    if (!take_number(&text, ":@", &plan->operation) || plan->operation == 0) {
        return false;
    }
    if (*text == ':') {
        text++;
        if (!take_number(&text, "@", &plan->byte)) {
            return false;
        }
    }
    if (*text == '@') {
        text++;
        return take_number(&text, "", &plan->seed);
    }
    return *text == '\0';
}

int request_parse_power_cut(const struct request_word *word, void *item)
{
    return read_power_cut(&word->request->options.power_cut, word->text)
               ? 0
               : session_misuse(word->error, word->option,
                                "'%s' is not OPERATION[:BYTE][@SEED], for "
                                "example 12:100@7",
                                word->text);
}

/* Each --power with a FILE is written, one without is shown. */
int request_parse_powers(const struct request_word *word, void *item)
{
    struct session_request *request = word->request;
    size_t count = given_count(request->given, word->option);
    const char **powers = request_own(request, xcalloc(count, sizeof(*powers)));
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        const char *path = given_nth(request->given, word->option, i);
        if (path) {
            powers[used++] = path;
        }
    }
    request->options.power = true;
    request->options.powers = powers;
    request->options.power_count = used;
    return 0;
}

int request_parse_nonce(const struct request_word *word, void *item)
{
    struct session_options *options = &word->request->options;
    options->has_nonce = true;
    return quote_parse_hex(word->text, strlen(word->text), options->nonce,
                           QUOTE_NONCE_SIZE)
               ? 0
               : session_misuse(word->error, word->option,
                                "'%s' is not %d hexadecimal digits", word->text,
                                2 * QUOTE_NONCE_SIZE);
}
