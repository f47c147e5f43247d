/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of all extensions that have a result. */
#include "platform/machine/extension.h"

int extensions_configure(struct board *board,
                         const struct cairn_options *options,
                         struct error *error)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < EXTENSIONS; i++) {
        if (machine_extensions[i]->configure) {
            code = machine_extensions[i]->configure(board, options, error);
        }
    }
    return code;
}

int extensions_create(struct cairn_machine *machine,
                      const struct cairn_options *options, struct error *error)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < EXTENSIONS; i++) {
        if (machine_extensions[i]->create) {
            code = machine_extensions[i]->create(machine, options, error);
        }
    }
    return code;
}

bool extensions_keep_off(const struct cairn_machine *machine, size_t core)
{
    for (size_t i = 0; i < EXTENSIONS; i++) {
        if (machine_extensions[i]->keeps_off &&
            machine_extensions[i]->keeps_off(machine, core)) {
            return true;
        }
    }
    return false;
}

bool extensions_keep_state(const struct cairn_machine *machine)
{
    for (size_t i = 0; i < EXTENSIONS; i++) {
        if (machine_extensions[i]->keeps_state &&
            machine_extensions[i]->keeps_state(machine)) {
            return true;
        }
    }
    return false;
}
