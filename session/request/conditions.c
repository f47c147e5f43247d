/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of a run's options, and their conditions: what a board has, and what
 * a run does with it. An option that would have no effect is misuse, before
 * anything runs. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/number.h"
#include "session/option_table.h"
#include "session/request/request.h"
#include "session/start.h"

#define CONDITION                                                              \
    const struct option_context *context, const struct option_need *need,      \
        struct buffer *why

static const struct cairn_board *board_of(const struct option_context *context)
{
    return session_board(context->request->session);
}

static bool has_role(const struct option_context *context, const char *role)
{
    return cairn_board_role(board_of(context), role, NULL) == 0;
}

/* Says why; false. */
static bool __attribute__((format(printf, 3, 4)))
refuse(const struct option_context *context, struct buffer *why,
       const char *format, ...)
{
    va_list args;
    va_start(args, format);
    buffer_print(why, "on %sboard '%s': ",
                 context->request->operand ? "" : "the default ",
                 context->request->options.board);
    buffer_vprint(why, format, args);
    va_end(args);
    return false;
}

/* ---- Scripts ------------------------------------------------------------- */

static bool is_word(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '.';
}

/* True if a script has the word, outside of its comments. */
static bool names_word(const char *script, const char *word, size_t length)
{
    for (const char *at = script; *at; at++) {
        if (*at == '#') {
            at += strcspn(at, "\n");
            if (*at == '\0') {
                return false;
            }
        }
        if (strncmp(at, word, length) == 0 && !is_word(at[length]) &&
            (at == script || !is_word(at[-1]))) {
            return true;
        }
    }
    return false;
}

static bool reads(const struct option_context *context, const char *word,
                  size_t length)
{
    const char *script = session_script(context->request->session);
    /* The script of the run that was saved is not known. */
    return context->request->options.restore ||
           names_word(script ? script : cairn_agent_script(), word, length);
}

static bool has_agent(CONDITION)
{
    return session_has_agent(context->request->session) ||
           refuse(context, why, "%s",
                  has_role(context, "root-of-trust")
                      ? "a boot processor serves its root of trust, no agent"
                      : "it has no root of trust that an agent would serve");
}

static bool is_read(CONDITION)
{
    for (const char *words = need->about; *words;) {
        size_t length = strcspn(words, " ");
        if (reads(context, words, length)) {
            return true;
        }
        words += length + (words[length] == ' ');
    }
    return refuse(context, why, "the agent's script reads none of %s",
                  need->about);
}

/* --set: each of its names is read, by the script or for a quote. */
static bool is_settable(CONDITION)
{
    bool agent = session_has_agent(context->request->session);
    for (size_t i = 0; i < given_count(context->request->given, "set"); i++) {
        const char *pair = given_nth(context->request->given, "set", i);
        size_t length = strcspn(pair, "=");
        bool user =
            context->request->options.quote && strncmp(pair, "USER=", 5) == 0;
        if (!user && !agent) {
            return has_agent(context, need, why);
        }
        if (!user && !reads(context, pair, length)) {
            return refuse(context, why, "the agent's script reads no %.*s",
                          (int)length, pair);
        }
    }
    return true;
}

/* An agent's script counts instructions alone. */
static bool is_alone(CONDITION)
{
    return !session_has_agent(context->request->session) ||
           refuse(context, why,
                  "a script drives it, which --max-instructions ends");
}

/* ---- Guests -------------------------------------------------------------- */

/* The guest is in the board's flash, as its firmware expects it there: nobody
 * else puts it there, but options talk to it. */
static bool brings_guest(const struct option_context *context)
{
    return cairn_board_starts_guest(board_of(context)) &&
           cairn_board_awaits_guest(board_of(context));
}

static bool is_application(CONDITION)
{
    bool own =
        brings_guest(context) || (cairn_board_starts_guest(board_of(context)) &&
                                  !session_packs_guest(board_of(context)));
    return (cairn_board_processors(board_of(context)) != 0 && !own) ||
           refuse(context, why, "%s",
                  own ? "firmware of its own starts the guest"
                      : "it has no application processors");
}

static bool is_guest(CONDITION)
{
    return brings_guest(context) ||
           session_has_guest(context->request->session) ||
           (is_application(context, need, why) &&
            refuse(context, why, "it starts no guest without --kernel%s",
                   cairn_board_starts_guest(board_of(context))
                       ? " or --guest linux"
                       : ", --guest, --bios, --cpu or --cpus"));
}

/* The caller starts the guest, and not the board's firmware. */
static bool is_callers(CONDITION)
{
    return !brings_guest(context) ||
           refuse(context, why, "firmware of its own starts the guest");
}

/* Equipment that is beside the processors of a guest, whoever starts it. */
static bool takes_equipment(CONDITION)
{
    return brings_guest(context) ||
           (is_application(context, need, why) && is_guest(context, need, why));
}

static bool is_direct(CONDITION)
{
    return !cairn_board_starts_guest(board_of(context)) ||
           refuse(context, why,
                  "its firmware starts the guest, on the machine as "
                  "the board has it");
}

static bool is_sized(CONDITION)
{
    return cairn_board_finds_memory(board_of(context)) ||
           (is_application(context, need, why) &&
            is_guest(context, need, why) && is_direct(context, need, why));
}

/* --parallel: only the processors of a guest are chosen. */
static bool is_several(CONDITION)
{
    const char *cpus = given_value(context->request->given, "cpus");
    uint64_t count = cairn_board_processors(board_of(context));
    if (session_has_guest(context->request->session)) {
        count = cpus ? context->request->options.cpus : 1;
    }
    return count >= 2 ||
           refuse(context, why, "one processor runs, and --cpus starts more");
}

static bool is_terminal(CONDITION)
{
    if (!context->request->has_terminal) {
        buffer_print(why, "without a terminal");
    }
    return context->request->has_terminal;
}

/* ---- Parts of boards ----------------------------------------------------- */

/* The role is `name`, and `about` its part in words. */
static bool is_equipped(CONDITION)
{
    return has_role(context, need->name) ||
           refuse(context, why, "it has no %s", need->about);
}

static bool has_a_memory(const struct option_context *context, const char *name,
                         struct buffer *why)
{
    return cairn_board_has_memory(board_of(context), name) ||
           refuse(context, why, "it has no memory '%s'", name);
}

static bool has_memory(CONDITION)
{
    return has_a_memory(context, need->about, why);
}

/* --image: each of its names. */
static bool has_images(CONDITION)
{
    bool met = true;
    for (size_t i = 0; met && i < given_count(context->request->given, "image");
         i++) {
        const char *text = given_nth(context->request->given, "image", i);
        char *name = xstrndup(text, strcspn(text, "="));
        met = !strchr(text, '=') || *name == '\0' ||
              has_a_memory(context, name, why);
        free(name);
    }
    return met;
}

static bool is_carried(CONDITION)
{
    bool packed = session_has_guest(context->request->session) &&
                  !cairn_board_awaits_guest(board_of(context));
    return !packed || refuse(context, why,
                             "a guest of yours is put into flash and fuses "
                             "that are made for the run");
}

/* --flash: that of a guest's firmware, or the one that a chain starts from. */
static bool keeps_flash(CONDITION)
{
    if (has_role(context, "boot-flash")) {
        return is_carried(context, need, why);
    }
    return is_guest(context, need, why) &&
           (has_role(context, "variables") ||
            refuse(context, why,
                   "it has no flash that a guest's firmware writes"));
}

static bool chooses_board(CONDITION)
{
    return session_request_chooses(context->request, "generation") ||
           refuse(context, why, "it chooses among the default boards");
}

static bool chooses_virt(CONDITION)
{
    return session_request_chooses(context->request, "gic") ||
           refuse(context, why,
                  "it chooses among the boards that are called virt");
}

/* ---- Rows ---------------------------------------------------------------- */

/* clang-format off */
#define IF(function) {OPTION_NEEDS_HELD, .holds = (function)}
#define IF_ABOUT(function, text) \
    {OPTION_NEEDS_HELD, .holds = (function), .about = (text)}
#define IF_EQUIPPED(role, words) \
    {OPTION_NEEDS_HELD, .holds = is_equipped, .name = (role), .about = (words)}
#define OPTION(letter, name, argument, group, value, origin, needs, text) \
    {letter, name, argument, group, needs, text},
/* clang-format on */

const struct option session_request_options[SESSION_OPTIONS] = {
#include "session/options.def"
};
