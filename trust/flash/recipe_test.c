/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/flash/recipe.h"

#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "tests/harness.h"

static int parse(struct flash_recipe *recipe, const char *text,
                 struct error *error)
{
    return flash_recipe_read(recipe, "r.yaml", text, strlen(text), error);
}

FIXTURE(struct flash_recipe, recipe, flash_recipe_fini)

TEST_BEGINS(a_recipe_is_read_with_its_defaults, recipe)
{
    static const char text[] =
        "# a comment\n"
        "keys: keys\n"
        "version: 3\n"
        "update-signer: update.pem\n"
        "caliptra: {fmc: fmc.elf, runtime: runtime.elf, runtime-svn: 2}\n"
        "images:\n"
        "  - {name: monitor, file: monitor.elf, secure: true, starts: true}\n"
        "  - name: kernel\n"
        "    file: Image\n"
        "    load: 0x40200000\n"
        "  - {name: extra, id: 0x1010, file: e, load: 1, any-contents: true}\n";
    struct error error = {""};
    REQUIRE(parse(recipe, text, &error) == 0);
    EXPECT_STR(recipe->keys, "keys");
    EXPECT_STR(recipe->update_signer, "update.pem");
    EXPECT_EQ(recipe->version, 3);
    EXPECT_EQ(recipe->lowest_version, 0);
    EXPECT(recipe->vendor_signs);
    EXPECT(!recipe->lms);
    EXPECT(recipe->banks[0] && !recipe->banks[1]);
    EXPECT_STR(recipe->runtime, "runtime.elf");
    EXPECT_EQ(recipe->runtime_svn, 2);
    REQUIRE(recipe->image_count == 3);
    EXPECT_EQ(recipe->images[0].id, FLASH_IMAGE_MONITOR);
    EXPECT(recipe->images[0].secure && recipe->images[0].starts);
    EXPECT(!recipe->images[0].has_load);
    EXPECT_EQ(recipe->images[1].id, FLASH_IMAGE_KERNEL);
    EXPECT(recipe->images[1].has_load && !recipe->images[1].has_entry);
    EXPECT_EQ(recipe->images[1].load, 0x40200000);
    EXPECT_EQ(recipe->images[2].id, 0x1010);
    EXPECT(recipe->images[2].any_contents);
}

#define GOOD                                                                   \
    "keys: k\ncaliptra: {bundle: b}\nimages:\n- {name: monitor, file: m, "     \
    "starts: true}\n"

TEST(bad_recipes_are_refused_with_file_and_line)
{
    static const struct {
        const char *text;
        const char *error;
    } cases[] = {
        {"",                                                       "r.yaml:1: the recipe is empty"                       },
        {"keys: [a\n",                                             "r.yaml:2: did not find expected ',' or ']'"          },
        {"- a\n",                                                  "r.yaml:1: expected a mapping of keys"                },
        {"colour: red\n",                                          "r.yaml:1: unknown key 'colour'"                      },
        {"keys: a\nkeys: b\n",                                     "r.yaml:2: a second 'keys'"                           },
        {"keys: [a]\n",                                            "r.yaml:1: expected a plain value"                    },
        {"keys: a\n",                                              "r.yaml:1: 'caliptra' is missing"                     },
        {"caliptra: {bundle: b}\n",                                "r.yaml:1: 'keys' is missing"                         },
        {"caliptra: {fmc: b}\n",
         "r.yaml:1: needs 'bundle', or 'fmc' and 'runtime'"                                                              },
        {"caliptra: {fmc: b, bundle: c}\n",
         "r.yaml:1: 'bundle' excludes 'fmc' and 'runtime'"                                                               },
        {"version: -1\n",                                          "r.yaml:1: expected a number of 32 bits, not '-1'"    },
        {"version: 4294967296\n",
         "r.yaml:1: expected a number of 32 bits, not '4294967296'"                                                      },
        {"version: 1x\n",                                          "r.yaml:1: expected a number of 32 bits, not '1x'"    },
        {"version: +1\n",                                          "r.yaml:1: expected a number of 32 bits, not '+1'"    },
        {"version: ' 1'\n",                                        "r.yaml:1: expected a number of 32 bits, not ' 1'"    },
        {"version: a\n",                                           "r.yaml:1: expected a number of 32 bits, not 'a'"     },
        {"version: 99999999999999999999\n",
         "r.yaml:1: expected a number of 32 bits, not '99999999999999999999'"                                            },
        {"images:\n- {load: 18446744073709551616}\n",
         "r.yaml:2: expected a number of 64 bits, not '18446744073709551616'"                                            },
        {"images:\n- {name: a, file: b, id: 0xfff}\n",
         "r.yaml:2: needs 'id' of 0x1000 to 0x101f, as the name is not "
         "monitor, kernel, device-tree or initrd: 'a'"                                                                   },
        {"images:\n- {name: a, file: b, id: 0x1020}\n",
         "r.yaml:2: needs 'id' of 0x1000 to 0x101f, as the name is not "
         "monitor, kernel, device-tree or initrd: 'a'"                                                                   },
        {"images:\n- {name: abcdefghijklmnopqrstuvwx, file: b}\n",
         "r.yaml:2: the name has more than 23 bytes: "
         "'abcdefghijklmnopqrstuvwx'"                                                                                    },
        {"keys: \"a\\0b\"\n",                                      "r.yaml:1: expected a plain value"                    },
        {"image-type: []\n",                                       "r.yaml:1: expected a plain value"                    },
        {"lms: []\n",                                              "r.yaml:1: expected a plain value"                    },
        {"version: []\n",                                          "r.yaml:1: expected a plain value"                    },
        {"[a]: b\n",                                               "r.yaml:1: expected a plain value"                    },
        {"banks: 1\n",                                             "r.yaml:1: expected a list of banks: [0], [1] or both"},
        {"\nlms: yes\n",                                           "r.yaml:2: expected true or false, not 'yes'"         },
        {"image-type: 12\n",                                       "r.yaml:1: expected a GUID, not '12'"                 },
        {"banks: []\n",                                            "r.yaml:1: the images have no bank"                   },
        {"banks: [2]\n",                                           "r.yaml:1: expected a number from 0 to 1, not '2'"    },
        {"images: 3\n",                                            "r.yaml:1: expected a list of images"                 },
        {"images:\n- {name: a}\n",
         "r.yaml:2: an image needs 'name' and 'file'"                                                                    },
        {"images:\n- {name: a, file: b}\n",
         "r.yaml:2: needs 'id' of 0x1000 to 0x101f, as the name is not "
         "monitor, kernel, device-tree or initrd: 'a'"                                                                   },
        {"keys: k\ncaliptra: {bundle: b}\n",
         "r.yaml:1: exactly one image has 'starts: true'"                                                                },
        {GOOD "lowest-version: 2\n",
         "r.yaml:1: 'lowest-version' is above 'version'"                                                                 },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct flash_recipe recipe;
        struct error error = {""};
        test_case("%zu", i);
        EXPECT_EQ(parse(&recipe, cases[i].text, &error), -EINVAL);
        EXPECT_STR(error.text, cases[i].error);
    }
    OWNED(flash_recipe_fini) struct flash_recipe recipe = {0};
    EXPECT_EQ(parse(&recipe, GOOD, NULL), 0);
}

/* A number in each of its forms and at its ends, all names of images, one that
 * fills its field, and each choice of banks. */
TEST_BEGINS(values_are_read_to_their_ends, recipe)
{
    static const char text[] =
        "keys: k\ncaliptra: {fmc: f, runtime: r, fmc-svn: 017, runtime-svn: "
        "9}\n"
        "version: 4294967295\nlowest-version: 0x10\nlms: false\nbanks: [1]\n"
        "images:\n"
        "- {name: monitor, file: m, starts: true, load: 18446744073709551615}\n"
        "- {name: kernel, file: k, entry: 0}\n"
        "- {name: device-tree, file: d, secure: true}\n"
        "- {name: initrd, file: i, any-contents: true}\n"
        "- {name: abcdefghijklmnopqrstuvw, file: x, id: 0x1000}\n";
    static const uint32_t ids[] = {FLASH_IMAGE_MONITOR, FLASH_IMAGE_KERNEL,
                                   FLASH_IMAGE_DEVICE_TREE, FLASH_IMAGE_INITRD,
                                   0x1000};
    struct error error = {""};
    EXPECT_EQ(parse(recipe, text, &error), 0);
    EXPECT_STR(error.text, "");
    EXPECT_EQ(recipe->version, UINT32_MAX);
    EXPECT_EQ(recipe->lowest_version, 16);
    EXPECT_EQ(recipe->fmc_svn, 15);
    EXPECT_EQ(recipe->runtime_svn, 9);
    EXPECT(!recipe->lms);
    EXPECT(!recipe->banks[0]);
    EXPECT(recipe->banks[1]);
    REQUIRE(recipe->image_count == ARRAY_SIZE(ids));
    for (unsigned i = 0; i < recipe->image_count; i++) {
        const struct flash_recipe_image *image = &recipe->images[i];
        test_case("%s", image->name);
        EXPECT_EQ(image->id, ids[i]);
        EXPECT_EQ(image->starts, i == 0);
        EXPECT_EQ(image->has_load, i == 0);
        EXPECT_EQ(image->has_entry, i == 1);
        EXPECT_EQ(image->secure, i == 2);
        EXPECT_EQ(image->any_contents, i == 3);
    }
    EXPECT_EQ(recipe->images[0].load, UINT64_MAX);
}

/* Two places of a bank's directory are not for images. */
TEST(a_recipe_has_no_more_images_than_a_bank)
{
    for (unsigned more = 0; more < 2; more++) {
        OWNED(buffer_fini) struct buffer text = {0};
        struct flash_recipe recipe;
        struct error error = {""};
        buffer_print(&text, "keys: k\ncaliptra: {bundle: b}\nimages:\n");
        for (unsigned i = 0; i < FLASH_IMAGES_MAX - 2 + more; i++) {
            buffer_print(&text, "- {name: n%u, file: f, id: %u%s}\n", i,
                         FLASH_IMAGE_SOC + i, i == 0 ? ", starts: true" : "");
        }
        EXPECT_EQ(parse(&recipe, buffer_text(&text), &error),
                  more ? -EINVAL : 0);
        EXPECT_EQ(error.text[0] != '\0', more);
        if (more == 0) {
            flash_recipe_fini(&recipe);
        }
    }
}
