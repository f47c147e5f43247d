/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/keys/known.h"

#include "base/bits.h"
#include "tests/harness.h"

TEST(a_key_is_named_by_the_files_that_hold_it)
{
    static const struct {
        const char *key;
        const char *name;
    } added[] = {
        {"a", "owner ECC key of one"           },
        {"b", "vendor ECC key 0 of one"        },
        {"a", "owner ECC key of one"           },
        {"a", "manifest owner ECC key of other"},
    };
    struct known_keys known = {0};
    for (size_t i = 0; i < ARRAY_SIZE(added); i++) {
        struct event_key key = known_key_of(added[i].key, 1);
        known_keys_add(&known, &key, added[i].name);
    }
    struct event_key a = known_key_of("a", 1);
    struct event_key b = known_key_of("b", 1);
    struct event_key c = known_key_of("c", 1);
    EXPECT_EQ(known.count, 2);
    EXPECT_STR(known_keys_name(&known, &a),
               "owner ECC key of one, manifest owner ECC key of other");
    EXPECT_STR(known_keys_name(&known, &b), "vendor ECC key 0 of one");
    EXPECT(known_keys_name(&known, &c) == NULL);
    EXPECT(known_keys_name(NULL, &a) == NULL);
    known_keys_fini(&known);
    EXPECT_EQ(known.count, 0);
}

TEST(a_fingerprint_is_the_sha_384_of_the_key)
{
    struct event_key key = known_key_of("abc", 3);
    EXPECT(key.present);
    EXPECT_EQ(key.fingerprint[0], 0xcb);
    EXPECT_EQ(key.fingerprint[47], 0xa7);
}
