/* SPDX-License-Identifier: Apache-2.0 */
/* Mappings to fields, by libyaml's document tree. */
#include "trust/flash/yaml.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "trust/capsule/guid.h"

int yaml_fail(const struct yaml_reader *reader, const yaml_node_t *node,
              const char *what, const char *value)
{
    return error_set(reader->error, -EINVAL, "%s:%zu: %s%s%s%s", reader->name,
                     node->start_mark.line + 1, what, value != NULL ? " '" : "",
                     value != NULL ? value : "", value != NULL ? "'" : "");
}

yaml_node_t *yaml_node(const struct yaml_reader *reader, int index)
{
    return yaml_document_get_node(reader->document, index);
}

/* The text of a scalar, or NULL with the error set. */
const char *yaml_text(const struct yaml_reader *reader, const yaml_node_t *node)
{
    if (node->type != YAML_SCALAR_NODE ||
        strlen((const char *)node->data.scalar.value) !=
            node->data.scalar.length) {
        yaml_fail(reader, node, "expected a plain value", NULL);
        return NULL;
    }
    return (const char *)node->data.scalar.value;
}

int yaml_number(const struct yaml_reader *reader, const yaml_node_t *node,
                uint64_t limit, uint64_t *value)
{
    const char *text = yaml_text(reader, node);
    char *end = NULL;
    char what[48];

    if (text == NULL) {
        return -EINVAL;
    }
    errno = 0;
    *value = strtoull(text, &end, 0);
    if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 &&
        *value <= limit) {
        return 0;
    }
    if (limit < UINT32_MAX) {
        snprintf(what, sizeof(what), "expected a number from 0 to %llu, not",
                 (unsigned long long)limit);
    } else {
        snprintf(what, sizeof(what), "expected a number of %d bits, not",
                 limit == UINT32_MAX ? 32 : 64);
    }
    return yaml_fail(reader, node, what, text);
}

static int read_boolean(const struct yaml_reader *reader,
                        const yaml_node_t *node, bool *value)
{
    const char *text = yaml_text(reader, node);

    if (text == NULL) {
        return -EINVAL;
    }
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
        return yaml_fail(reader, node, "expected true or false, not", text);
    }
    *value = text[0] == 't';
    return 0;
}

static int read_value(struct yaml_reader *reader, yaml_node_t *node,
                      const struct yaml_key *key, uint8_t *object)
{
    void *field = object + key->offset;
    const char *text;
    uint64_t wide = 0;
    int status = 0;

    switch (key->kind) {
    case YAML_TEXT:
        text = yaml_text(reader, node);
        if (text == NULL) {
            return -EINVAL;
        }
        free(*(char **)field);
        *(char **)field = xstrdup(text);
        break;
    case YAML_BOOLEAN:
        status = read_boolean(reader, node, field);
        break;
    case YAML_NUMBER32:
        status = yaml_number(reader, node, UINT32_MAX, &wide);
        *(uint32_t *)field = (uint32_t)wide;
        break;
    case YAML_NUMBER64:
        status = yaml_number(reader, node, UINT64_MAX, field);
        break;
    case YAML_GUID:
        text = yaml_text(reader, node);
        if (text == NULL || guid_parse(text, field) != 0) {
            return text == NULL
                       ? -EINVAL
                       : yaml_fail(reader, node, "expected a GUID, not", text);
        }
        break;
    }
    if (status == 0 && key->given != 0) {
        *(bool *)(object + key->given) = true;
    }
    return status;
}

/* A mapping of known keys, each at most once. */
int yaml_mapping(struct yaml_reader *reader, yaml_node_t *node,
                 const struct yaml_key *keys, size_t count, void *object)
{
    uint64_t seen = 0;

    if (node->type != YAML_MAPPING_NODE) {
        return yaml_fail(reader, node, "expected a mapping of keys", NULL);
    }
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        yaml_node_t *name_node = yaml_node(reader, pair->key);
        yaml_node_t *value = yaml_node(reader, pair->value);
        const char *name = yaml_text(reader, name_node);
        size_t i = 0;
        if (name == NULL) {
            return -EINVAL;
        }
        while (i < count && strcmp(keys[i].name, name) != 0) {
            i++;
        }
        if (i == count) {
            return yaml_fail(reader, name_node, "unknown key", name);
        }
        if ((seen >> i & 1) != 0) {
            return yaml_fail(reader, name_node, "a second", name);
        }
        seen |= (uint64_t)1 << i;
        int status = keys[i].read != NULL
                         ? keys[i].read(reader, value, object)
                         : read_value(reader, value, &keys[i], object);
        if (status != 0) {
            return status;
        }
    }
    return 0;
}

int yaml_read(const char *name, const void *text, size_t size,
              int (*read)(struct yaml_reader *reader, yaml_node_t *root,
                          void *object),
              void *object, struct error *error)
{
    yaml_parser_t parser;
    yaml_document_t document;
    int status;

    if (yaml_parser_initialize(&parser) == 0) {
        return error_set(error, -ENOMEM, "%s: out of memory", name);
    }
    yaml_parser_set_input_string(&parser, text, size);
    if (yaml_parser_load(&parser, &document) == 0) {
        status = error_set(error, -EINVAL, "%s:%zu: %s", name,
                           parser.problem_mark.line + 1,
                           parser.problem != NULL ? parser.problem : "no YAML");
    } else {
        struct yaml_reader reader = {name, &document, error};
        yaml_node_t *root = yaml_document_get_root_node(&document);
        status = root == NULL ? error_set(error, -EINVAL,
                                          "%s:1: the recipe is empty", name)
                              : read(&reader, root, object);
        yaml_document_delete(&document);
    }
    yaml_parser_delete(&parser);
    return status;
}
