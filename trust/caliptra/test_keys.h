/* SPDX-License-Identifier: Apache-2.0 */
/* Public parts of the key set that Caliptra's own tests publish, whose hashes
 * its ROM documentation works out. */
#ifndef TRUST_CALIPTRA_TEST_KEYS_H
#define TRUST_CALIPTRA_TEST_KEYS_H

struct test_ecc_key {
    const char *x;
    const char *y;
};

static const struct test_ecc_key test_vendor_ecc[4] = {
    {"c69fe67f97ea3e4221a7a6036c2e070d1657327bc3f1e7c18dccb9e4ffda5c3f"
     "4db0a1c0567e097317bf448439696a07", "c126b9135fc825728f1cd40319109430994fe3e874a8b026be14794d27789964"
     "7735fde8328afd84cd4d4aa872d40b42"},
    {"a6309750f0a05ddb956a7f862812ec4fec454e953b53dbfb9eb5414015ea7507"
     "084af93cb7fa33fe51811ad5e754232e", "ef5a59877a0ce0be2621d2a98bf3c5dfaf7b3d6d97f24183a4a4203858c39b86"
     "272ef548e572b9371ecf19941b8d4ea7"},
    {"a0d25693c4251e48185615b0a6c27f6de62c39f5a9a32f759553226a4d1926c1"
     "7928910fb7adc1b68999673310134881", "bbdf72d707c08100d54fcdadb1567bb00522762b76b8dc4a846c175a3fbd0501"
     "9bdc81184be5f33cbb21b41d93a8c523"},
    {"002a82b68e03e9a0fd3b4c14ca2cb3e814350a710e43956d21694fb4f34485e8"
     "f0e33583f7ea142d50e16f8b0225bb95", "5802641c7c45a4a2408e03a6a4100a9250fcc468d238cd0d449cc3e51abc25e7"
     "0b05c426843dcd6f944ef6fffa53ec5b"},
};

static const char *const test_vendor_lms[4] = {
    "0000000c000000074908a17bcadb18291e289058d5a8e3e864ad3eb8be6864f1"
    "7ccda38bde35edaa6c0da527645407c6",
    "0000000c000000077cb5369d64e4281d046e977c70d4d0a38ea4701dadf7d700"
    "0564b7d61d1c95879dd6475c9c3aae0b",
    "0000000c000000072bbb4b72c5b41e05d2fabe76f41704bddcb53f9624d4c7b3"
    "c9ae4d4c0e41e08e3b1593960fe6a277",
    "0000000c0000000742cba2e5575b52357ea7aeadef54074c5aa60e2769251599"
    "3ae8e21f27ccdded8ffcd3d28efbdec2",
};

static const struct test_ecc_key test_owner_ecc = {
    "c6f82e2bdcf3e157a162e7f33eca35c455ea08a913811779b6f2646d92c817cd"
    "4094bd1adb215f62cf36f017012d5aeb",
    "a46745936cb5a37999b08264862b2c1c517f12c6573e1f947142291af9624bd7"
    "2733dcddce24ec5e961c00e34372ba17"};

static const char test_owner_lms[] =
    "0000000c00000007e56d3e53a5c25beaf33a90155b273ae347b2156ca3641cc4"
    "02c0fd957972ba56086f8f8cfa05b5bb";

#endif
