/* SPDX-License-Identifier: Apache-2.0 */
/* Claims the files that the arguments name, by the placeholders of options. */
#include "commands/claims.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"

static bool is_key(const char *file)
{
    static const char *const starts[] = {"keys.txt", "vendor-", "owner-"};
    for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
        if (strncmp(file, starts[i], strlen(starts[i])) == 0) {
            return true;
        }
    }
    return false;
}

void claims_add_keys(struct file_claims *claims, const char *name,
                     const char *folder)
{
    DIR *directory = opendir(folder);
    const struct dirent *entry;
    while (directory && (entry = readdir(directory)) != NULL) {
        if (is_key(entry->d_name)) {
            char *path = xasprintf("%s/%s", folder, entry->d_name);
            file_claim_add(claims, &(struct file_claim){
                                       .name = name,
                                       .path = file_claim_keep(claims, path)});
        }
    }
    if (directory) {
        closedir(directory);
    }
}

static bool is_output(const char *const *outputs, const char *option)
{
    while (*outputs && strcmp(*outputs, option) != 0) {
        outputs++;
    }
    return *outputs != NULL;
}

static void add_given(struct file_claims *claims, const struct given *given,
                      const char *const *outputs)
{
    const struct option *option = given->option;
    if (!given->value) {
        return;
    }
    if (strstr(option->argument, "FILE") ||
        strstr(option->argument, "OVERLAY")) {
        file_claim_add(
            claims,
            &(struct file_claim){.name = option->name,
                                 .path = given->value,
                                 .written = is_output(outputs, option->name)});
    } else if (strcmp(option->name, "keys") == 0) {
        claims_add_keys(claims, option->name, given->value);
    }
}

int claims_check(const struct arguments *arguments, const char *const *outputs,
                 struct file_claims *claims)
{
    const struct file_claim *first;
    const struct file_claim *second;
    int result = COMMAND_DONE;
    for (size_t i = 0; i < arguments->operand_count; i++) {
        file_claim_add(claims,
                       &(struct file_claim){.name = "OPERAND",
                                            .path = arguments->operands[i]});
    }
    for (size_t i = 0; i < arguments->given.count; i++) {
        add_given(claims, &arguments->given.list[i], outputs);
    }
    if (file_claims_clash(claims, &first, &second)) {
        char *words = file_claims_words(first, second);
        result =
            command_misuse(arguments, "option '--%s': %s", second->name, words);
        free(words);
    }
    file_claims_fini(claims);
    return result;
}
