/* SPDX-License-Identifier: Apache-2.0 */
/* Images beside the tokens that tell of them. */
#include "tests/psa_made.h"

/* An image signed by Ed25519; pointers are into *bytes. */
static struct psa_image make_image(const char *name, uint32_t build,
                                   struct buffer *bytes)
{
    struct mcuboot_key *key = made_key(MCUBOOT_ED25519);
    struct mcuboot_pack pack = made_pack(key);
    struct psa_image image = {.name = name};
    pack.version.build = build;
    EXPECT_EQ(mcuboot_write(&pack, bytes, NULL), 0);
    EXPECT_EQ(mcuboot_read(&image.image, bytes->bytes, bytes->size, NULL), 0);
    mcuboot_key_destroy(key);
    return image;
}

static const struct verdict_check *judge_images(const struct recipe *recipe,
                                                const struct psa_image *images,
                                                size_t count, const char *name,
                                                struct verdict *verdict)
{
    struct buffer bytes = {0};
    struct psa_token token;
    struct psa_wanted wanted = {
        .key = signer(0)->key, .images = images, .image_count = count};
    make(recipe, &bytes);
    EXPECT_EQ(psa_token_read(&token, bytes.bytes, bytes.size, NULL), 0);
    psa_token_verify(&token, &wanted, verdict);
    buffer_fini(&bytes);
    return verdict_find(verdict, name);
}

TEST(images_are_found_by_their_measurement)
{
    struct buffer files[2] = {{0}};
    struct psa_image images[2] = {make_image("one.bin", 1, &files[0]),
                                  make_image("two.bin", 2, &files[1])};
    struct recipe recipe = first();
    struct verdict verdict = {0};
    recipe.image = &images[0].image;
    const struct verdict_check *check =
        judge_images(&recipe, images, 1, "one.bin measurement", &verdict);
    EXPECT(check != NULL && check->result == VERDICT_PROVEN);
    check = verdict_find(&verdict, "one.bin signer");
    EXPECT(check != NULL && check->result == VERDICT_PROVEN);
    EXPECT(verdict_find(&verdict, "component 0") == NULL);
    verdict_fini(&verdict);
    /* Another image of that signer is compared with what is there. */
    check =
        judge_images(&recipe, images + 1, 1, "two.bin measurement", &verdict);
    EXPECT(check != NULL && check->result == VERDICT_REFUSED);
    check = verdict_find(&verdict, "two.bin signer");
    EXPECT(check != NULL && check->result == VERDICT_PROVEN);
    verdict_fini(&verdict);
    /* There is one component for two images. */
    check = judge_images(&recipe, images, 2, "two.bin", &verdict);
    EXPECT(check != NULL && check->result == VERDICT_REFUSED &&
           strstr(check->text, "expected, found none") != NULL);
    verdict_fini(&verdict);
    check = judge_images(&recipe, images, 0, "component 0", &verdict);
    EXPECT(check != NULL && check->result == VERDICT_OPEN);
    verdict_fini(&verdict);
    buffer_fini(&files[0]);
    buffer_fini(&files[1]);
}

/* Whatever the order of both. */
TEST(each_image_is_compared_with_its_own_component)
{
    struct buffer files[2] = {{0}};
    struct psa_image images[2] = {make_image("one.bin", 1, &files[0]),
                                  make_image("two.bin", 2, &files[1])};
    struct recipe recipe = first();
    struct verdict verdict = {0};
    recipe.image = &images[1].image;
    recipe.second = &images[0].image;
    const struct verdict_check *check =
        judge_images(&recipe, images, 2, "one.bin measurement", &verdict);
    EXPECT(check != NULL && check->result == VERDICT_PROVEN);
    check = verdict_find(&verdict, "two.bin measurement");
    EXPECT(check != NULL && check->result == VERDICT_PROVEN);
    EXPECT(verdict_decide(&verdict) != VERDICT_IS_REFUSED);
    verdict_fini(&verdict);
    /* One of them alone, though both have one signer. */
    check =
        judge_images(&recipe, images + 1, 1, "two.bin measurement", &verdict);
    EXPECT(check != NULL && check->result == VERDICT_PROVEN);
    EXPECT(verdict_decide(&verdict) != VERDICT_IS_REFUSED);
    verdict_fini(&verdict);
    buffer_fini(&files[0]);
    buffer_fini(&files[1]);
}

FIXTURE(struct buffer, file, buffer_fini)

TEST_BEGINS(a_strange_component_is_refused_in_both, file)
{
    struct psa_image image = make_image("one.bin", 1, file);
    struct recipe recipe = first();
    OWNED(verdict_fini) struct verdict verdict = {0};
    const struct verdict_check *check =
        judge_images(&recipe, &image, 1, "one.bin measurement", &verdict);
    EXPECT(check != NULL && check->result == VERDICT_REFUSED);
    check = verdict_find(&verdict, "one.bin signer");
    EXPECT(check != NULL && check->result == VERDICT_REFUSED);
}

/* Else anyone's file with the right TLV would stand for the image. */
TEST_BEGINS(an_image_must_be_what_its_hash_says, file)
{
    struct psa_image image = make_image("one.bin", 1, file);
    struct recipe recipe = first();
    OWNED(verdict_fini) struct verdict verdict = {0};
    recipe.image = &image.image;
    file->bytes[50] ^= 1;
    const struct verdict_check *check =
        judge_images(&recipe, &image, 1, "one.bin hash", &verdict);
    EXPECT(check != NULL && check->result == VERDICT_REFUSED);
    check = verdict_find(&verdict, "one.bin measurement");
    EXPECT(check != NULL && check->result == VERDICT_PROVEN);
}

/* ---- What is no token ---------------------------------------------------- */
