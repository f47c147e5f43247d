/* SPDX-License-Identifier: Apache-2.0 */
/* Recipes as YAML: a table of keys for each mapping, errors with file and
 * line. */
#ifndef TRUST_FLASH_YAML_H
#define TRUST_FLASH_YAML_H

#include <stddef.h>
#include <stdint.h>
#include <yaml.h>

#include "base/error.h"

struct yaml_reader {
    const char *name; /* of the file */
    yaml_document_t *document;
    struct error *error;
};

enum yaml_kind {
    YAML_TEXT, /* to a string of its own, which it replaces */
    YAML_BOOLEAN,
    YAML_NUMBER32,
    YAML_NUMBER64,
    YAML_GUID
};

/* A key of a mapping: a scalar that goes to a field, or a node to a reader. */
struct yaml_key {
    const char *name;
    enum yaml_kind kind;
    size_t offset;
    size_t given; /* offset of a bool that says so; 0: none */
    int (*read)(struct yaml_reader *reader, yaml_node_t *node, void *object);
};

#define YAML_KEY(type, text, kind, field)                                      \
    {                                                                          \
        text, kind, offsetof(struct type, field), 0, NULL                      \
    }

/* Sets the error "file:line: what 'value'" and returns -EINVAL. */
int yaml_fail(const struct yaml_reader *reader, const yaml_node_t *node,
              const char *what, const char *value);
yaml_node_t *yaml_node(const struct yaml_reader *reader, int index);
/* The text of a scalar, or NULL with the error set. */
const char *yaml_text(const struct yaml_reader *reader,
                      const yaml_node_t *node);
int yaml_number(const struct yaml_reader *reader, const yaml_node_t *node,
                uint64_t limit, uint64_t *value);
/* Reads a mapping of known keys, each at most once, into object. */
int yaml_mapping(struct yaml_reader *reader, yaml_node_t *node,
                 const struct yaml_key *keys, size_t count, void *object);
/* Parses text and passes its root to read. */
int yaml_read(const char *name, const void *text, size_t size,
              int (*read)(struct yaml_reader *reader, yaml_node_t *root,
                          void *object),
              void *object, struct error *error);

#endif
