/* SPDX-License-Identifier: Apache-2.0 */
/* Claims for people and programs. */
#include <stdio.h>

#include "trust/psa/key.h"
#include "trust/psa/profile.h"

static void print_item(const struct cbor_item *item, struct buffer *out)
{
    int64_t number;

    if (cbor_number(item, &number)) {
        buffer_print(out, "%lld", (long long)number);
    } else if (item->kind == CBOR_TEXT) {
        cbor_print_text(item, out);
    } else if (item->kind == CBOR_BYTES) {
        buffer_print_hex(out, item->bytes, (size_t)item->value);
    } else {
        buffer_print(out, "(%s)", cbor_kind_name(item->kind));
    }
}

static void print_claim(const struct psa_token *token, enum psa_claim claim,
                        struct buffer *out)
{
    const struct cbor_item *item = &token->claims[claim].item;
    int64_t number;

    if (claim == PSA_CLAIM_COMPONENTS && item->kind == CBOR_ARRAY) {
        buffer_print(out, "%u", token->component_count);
        return;
    }
    print_item(item, out);
    if (claim == PSA_CLAIM_LIFECYCLE && cbor_number(item, &number)) {
        buffer_print(out, " (0x%llx, %s)", (unsigned long long)number,
                     psa_lifecycle_name(token, number));
    }
}

static const char *algorithm_text(const struct psa_token *token)
{
    const char *name = psa_algorithm_name(token->algorithm);
    return name != NULL ? name : "unknown algorithm";
}

void psa_token_print(const struct psa_token *token, struct buffer *out)
{
    buffer_print(out, "attestation token, %s (%lld)\n", algorithm_text(token),
                 (long long)token->algorithm);
    for (unsigned i = 0; i < PSA_CLAIMS; i++) {
        if (token->claims[i].is_present) {
            buffer_print(out, "  %-25s ", psa_claim_name((enum psa_claim)i));
            print_claim(token, (enum psa_claim)i, out);
            buffer_print(out, "\n");
        }
    }
    for (unsigned i = 0; i < token->component_count; i++) {
        buffer_print(out, "component %u\n", i);
        for (unsigned j = 0; j < PSA_MEMBERS; j++) {
            const struct psa_value *value = &token->components[i].members[j];
            if (value->is_present) {
                buffer_print(out, "  %-25s ",
                             psa_member_name((enum psa_member)j));
                print_item(&value->item, out);
                buffer_print(out, "\n");
            }
        }
    }
    for (unsigned i = 0; i < token->other_count; i++) {
        buffer_print(out,
                     "unknown claim %lld: ", (long long)token->others[i].key);
        print_item(&token->others[i].item, out);
        buffer_print(out, "\n");
    }
}

/* Numbers as text, too: JSON's are not of 64 bits and a sign. */
static void json_item(struct json *json, const char *key,
                      const struct cbor_item *item)
{
    struct buffer text = {0};

    print_item(item, &text);
    json_string(json, key, buffer_text(&text));
    buffer_fini(&text);
}

static void json_components(const struct psa_token *token, struct json *json)
{
    json_begin_array(json, psa_claim_name(PSA_CLAIM_COMPONENTS));
    for (unsigned i = 0; i < token->component_count; i++) {
        json_begin_object(json, NULL);
        for (unsigned j = 0; j < PSA_MEMBERS; j++) {
            const struct psa_value *value = &token->components[i].members[j];
            if (value->is_present) {
                json_item(json, psa_member_name((enum psa_member)j),
                          &value->item);
            }
        }
        json_end_object(json);
    }
    json_end_array(json);
}

void psa_token_print_json(const struct psa_token *token, struct json *json)
{
    json_string(json, "algorithm", algorithm_text(token));
    json_begin_object(json, "claims");
    for (unsigned i = 0; i < PSA_CLAIMS; i++) {
        if (i != PSA_CLAIM_COMPONENTS && token->claims[i].is_present) {
            json_item(json, psa_claim_name((enum psa_claim)i),
                      &token->claims[i].item);
        }
    }
    json_components(token, json);
    json_end_object(json);
    json_begin_array(json, "unknown");
    for (unsigned i = 0; i < token->other_count; i++) {
        char key[24];
        json_begin_object(json, NULL);
        snprintf(key, sizeof(key), "%lld", (long long)token->others[i].key);
        json_string(json, "key", key);
        json_item(json, "value", &token->others[i].item);
        json_end_object(json);
    }
    json_end_array(json);
}
