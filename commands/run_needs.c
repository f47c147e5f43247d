/* SPDX-License-Identifier: Apache-2.0 */
/* Judging the conditions of the options of `cairn run` by the board. */
#include "commands/run_needs.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "commands/boards.h"
#include "commands/needs.h"
#include "session/start.h"

static const struct cairn_board *board_of(const struct run_needs *needs)
{
    return session_board(needs->session);
}

static bool has_role(const struct run_needs *needs, const char *role)
{
    return cairn_board_role(board_of(needs), role, NULL) == 0;
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

static bool reads(const struct run_needs *needs, const char *word,
                  size_t length)
{
    const char *script = session_script(needs->session);
    /* The script of the run that was saved is not known. */
    return arguments_value(needs->arguments, "restore") ||
           names_word(script ? script : cairn_agent_script(), word, length);
}

static bool reads_any(const struct run_needs *needs, const char *words)
{
    while (*words) {
        size_t length = strcspn(words, " ");
        if (reads(needs, words, length)) {
            return true;
        }
        words += length + (words[length] == ' ');
    }
    return false;
}

/* ---- Conditions ---------------------------------------------------------- */

/* The guest is in the board's flash, as its firmware expects it there: nobody
 * else puts it there, but options talk to it. */
static bool brings_guest(const struct run_needs *needs)
{
    return cairn_board_starts_guest(board_of(needs)) &&
           cairn_board_awaits_guest(board_of(needs));
}

static bool is_application(const struct run_needs *needs, const char *about,
                           struct buffer *why)
{
    bool own =
        brings_guest(needs) || (cairn_board_starts_guest(board_of(needs)) &&
                                !session_packs_guest(board_of(needs)));
    bool met = cairn_board_processors(board_of(needs)) != 0 && !own;
    if (!met) {
        buffer_print(why, "%s",
                     own ? "firmware of its own starts the guest"
                         : "it has no application processors");
    }
    return met;
}

static bool is_guest(const struct run_needs *needs, const char *about,
                     struct buffer *why)
{
    if (brings_guest(needs)) {
        return true;
    }
    if (!session_has_guest(needs->session) &&
        is_application(needs, about, why)) {
        buffer_print(why, "it starts no guest without --kernel%s",
                     cairn_board_starts_guest(board_of(needs))
                         ? " or --guest linux"
                         : ", --guest, --bios, --cpu or --cpus");
    }
    return session_has_guest(needs->session);
}

/* The caller starts the guest, and not the board's firmware. */
static bool is_callers(const struct run_needs *needs, const char *about,
                       struct buffer *why)
{
    if (brings_guest(needs)) {
        buffer_print(why, "firmware of its own starts the guest");
    }
    return !brings_guest(needs);
}

/* Equipment that is beside the processors of a guest, whoever starts it. */
static bool takes_equipment(const struct run_needs *needs, const char *about,
                            struct buffer *why)
{
    return brings_guest(needs) ||
           (is_application(needs, about, why) && is_guest(needs, about, why));
}

static bool is_direct(const struct run_needs *needs, const char *about,
                      struct buffer *why)
{
    bool met = !cairn_board_starts_guest(board_of(needs));
    if (!met) {
        buffer_print(why,
                     "its firmware starts the guest, on the machine as "
                     "the board has it");
    }
    return met;
}

static bool is_sized(const struct run_needs *needs, const char *about,
                     struct buffer *why)
{
    return cairn_board_finds_memory(board_of(needs)) ||
           (is_application(needs, about, why) && is_guest(needs, about, why) &&
            is_direct(needs, about, why));
}

static bool has_agent(const struct run_needs *needs, const char *about,
                      struct buffer *why)
{
    bool met = session_has_agent(needs->session);
    if (!met) {
        buffer_print(why, "%s",
                     has_role(needs, "root-of-trust")
                         ? "a boot processor serves its root of trust, no agent"
                         : "it has no root of trust that an agent would serve");
    }
    return met;
}

static bool is_read(const struct run_needs *needs, const char *about,
                    struct buffer *why)
{
    bool met = reads_any(needs, about);
    if (!met) {
        buffer_print(why, "the agent's script reads none of %s", about);
    }
    return met;
}

/* --set: each of its names is read, by the script or for a quote. */
static bool is_settable(const struct run_needs *needs, const char *about,
                        struct buffer *why)
{
    const struct arguments *arguments = needs->arguments;
    bool quoted = arguments_flag(arguments, "quote");
    bool agent = session_has_agent(needs->session);
    for (size_t i = 0; i < arguments_count(arguments, "set"); i++) {
        const char *pair = arguments_nth(arguments, "set", i);
        size_t length = strcspn(pair, "=");
        bool user = quoted && strncmp(pair, "USER=", 5) == 0;
        if (!user && !agent) {
            return has_agent(needs, about, why);
        }
        if (!user && !reads(needs, pair, length)) {
            buffer_print(why, "the agent's script reads no %.*s", (int)length,
                         pair);
            return false;
        }
    }
    return true;
}

/* Parts that a board may lack, by their role, and what needs them. */
static const struct {
    const char *role;
    const char *text;
} roles[] = {
    {"boot-flash",        "boot flash"                               },
    {"boot-loader",       "partition for a boot loader"              },
    {"firmware",          "flash for a guest's firmware"             },
    {"fuses",             "fuses of an SoC"                          },
    {"nonsecure-image",   "slot for a Non-secure image"              },
    {"nonsecure-upgrade", "slot for an upgrade of a Non-secure image"},
    {"power-cut",         "flash whose power can be cut"             },
    {"root-of-trust",     "root of trust"                            },
    {"secure-image",      "slot for a Secure image"                  },
    {"secure-upgrade",    "slot for an upgrade of a Secure image"    },
    {"variables",         "flash that a guest's firmware writes"     },
};

static bool is_equipped(const struct run_needs *needs, const char *about,
                        struct buffer *why)
{
    size_t i = 0;
    while (strcmp(roles[i].role, about) != 0) {
        i++;
        assert(i < ARRAY_SIZE(roles));
    }
    bool met = has_role(needs, about);
    if (!met) {
        buffer_print(why, "it has no %s", roles[i].text);
    }
    return met;
}

static bool has_memory(const struct run_needs *needs, const char *about,
                       struct buffer *why)
{
    bool met = cairn_board_has_memory(board_of(needs), about);
    if (!met) {
        buffer_print(why, "it has no memory '%s'", about);
    }
    return met;
}

/* --image: each of its names. */
static bool has_images(const struct run_needs *needs, const char *about,
                       struct buffer *why)
{
    const struct arguments *arguments = needs->arguments;
    bool met = true;
    for (size_t i = 0; met && i < arguments_count(arguments, "image"); i++) {
        const char *text = arguments_nth(arguments, "image", i);
        char *name = strndup(text, strcspn(text, "="));
        met =
            !strchr(text, '=') || *name == '\0' || has_memory(needs, name, why);
        free(name);
    }
    return met;
}

static bool is_carried(const struct run_needs *needs, const char *about,
                       struct buffer *why)
{
    bool packed = session_has_guest(needs->session) &&
                  !cairn_board_awaits_guest(board_of(needs));
    if (packed) {
        buffer_print(why,
                     "a guest of yours is put into flash and fuses that "
                     "are made for the run");
    }
    return !packed;
}

/* --flash: that of a guest's firmware, or the one that a chain starts from. */
static bool keeps_flash(const struct run_needs *needs, const char *about,
                        struct buffer *why)
{
    if (has_role(needs, "boot-flash")) {
        return is_carried(needs, about, why);
    }
    return is_guest(needs, about, why) && is_equipped(needs, "variables", why);
}

static bool is_unnamed(const struct run_needs *needs, const char *about,
                       struct buffer *why)
{
    bool met = board_chooses(needs->arguments, "generation");
    if (!met) {
        buffer_print(why, "it chooses among the default boards");
    }
    return met;
}

static bool is_virt(const struct run_needs *needs, const char *about,
                    struct buffer *why)
{
    bool met = board_chooses(needs->arguments, "gic");
    if (!met) {
        buffer_print(why, "it chooses among the boards that are called virt");
    }
    return met;
}

static bool is_terminal(const struct run_needs *needs, const char *about,
                        struct buffer *why)
{
    bool met = isatty(STDIN_FILENO) != 0;
    if (!met) {
        buffer_print(why, "a terminal");
    }
    return met;
}

/* --parallel: only the processors of a guest are chosen. */
static bool is_several(const struct run_needs *needs, const char *about,
                       struct buffer *why)
{
    const char *cpus = arguments_value(needs->arguments, "cpus");
    uint64_t count = cairn_board_processors(board_of(needs));
    if (session_has_guest(needs->session)) {
        count = 1;
        /* A text that is no number is refused with its own reason. */
        if (cpus && !command_parse_number(cpus, &count)) {
            return true;
        }
    }
    if (count < 2) {
        buffer_print(why, "one processor runs, and --cpus starts more");
    }
    return count >= 2;
}

/* An agent's script counts instructions alone. */
static bool is_alone(const struct run_needs *needs, const char *about,
                     struct buffer *why)
{
    bool met = !session_has_agent(needs->session);
    if (!met) {
        buffer_print(why, "a script drives it, which --max-instructions ends");
    }
    return met;
}

static const struct condition {
    const char *name;
    /* Fills *why when it does not. */
    bool (*holds)(const struct run_needs *needs, const char *about,
                  struct buffer *why);
    const char *start; /* of the reason; NULL: it is about the board */
} conditions[] = {
    {"agent",       has_agent,       NULL      },
    {"alone",       is_alone,        NULL      },
    {"application", is_application,  NULL      },
    {"callers",     is_callers,      NULL      },
    {"carried",     is_carried,      NULL      },
    {"direct",      is_direct,       NULL      },
    {"equipment",   takes_equipment, NULL      },
    {"guest",       is_guest,        NULL      },
    {"images",      has_images,      NULL      },
    {"kept-flash",  keeps_flash,     NULL      },
    {"memory",      has_memory,      NULL      },
    {"part",        is_equipped,     NULL      },
    {"reads",       is_read,         NULL      },
    {"settable",    is_settable,     NULL      },
    {"several",     is_several,      NULL      },
    {"sized",       is_sized,        NULL      },
    {"terminal",    is_terminal,     "without "},
    {"unnamed",     is_unnamed,      NULL      },
    {"virt",        is_virt,         NULL      },
};

static const struct condition *find_condition(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(conditions); i++) {
        if (strcmp(conditions[i].name, name) == 0) {
            return &conditions[i];
        }
    }
    return NULL;
}

bool run_needs_knows(const char *condition)
{
    return find_condition(condition) != NULL;
}

static bool judge(const void *context, const char *name, const char *about,
                  struct buffer *why)
{
    const struct run_needs *needs = context;
    const struct condition *condition = find_condition(name);
    struct buffer reason = {0};
    assert(condition);
    bool met = condition->holds(needs, about, &reason);
    if (!met && condition->start) {
        buffer_print(why, "%s%s", condition->start, buffer_text(&reason));
    } else if (!met) {
        buffer_print(why, "on %sboard '%s': %s",
                     needs->arguments->operand_count ? "" : "the default ",
                     board_chosen(needs->arguments), buffer_text(&reason));
    }
    buffer_fini(&reason);
    return met;
}

int run_needs_check(const struct run_needs *needs)
{
    const struct needs_judge judging = {judge, needs};
    return needs_check(needs->arguments, &judging);
}
