MODULES += trust
trust.SOURCES := \
    trust/capsule.c trust/capsule_explain.c trust/capsule_signature.c \
    trust/capsule_write.c trust/guid.c trust/caliptra_bundle.c \
    trust/caliptra_explain.c trust/caliptra_sign.c trust/caliptra_verify.c \
    trust/caliptra_verify_1.c trust/caliptra_verify_2.c \
    trust/caliptra_write.c trust/elf_image.c trust/expected_pcrs.c \
    trust/flash_bank.c trust/flash_image.c trust/flash_recipe.c trust/fwu.c \
    trust/gzip.c trust/chain_goal.c trust/chain_picture.c trust/chain_report.c \
    trust/chain_stages.c trust/chain_text.c trust/event_report.c \
    trust/fuses.c trust/key_directory.c trust/key_files.c trust/key_lms.c \
    trust/key_mldsa.c trust/key_pem.c trust/keys.c trust/idevid_issuer.c \
    trust/quote.c trust/quote_verify.c trust/soc_manifest.c
trust.TESTS := \
    trust/capsule_test.c trust/chain_goal_test.c trust/chain_report_test.c \
    trust/caliptra_bundle_test.c trust/elf_image_test.c \
    trust/event_report_test.c trust/flash_bank_test.c trust/flash_image_test.c \
    trust/flash_recipe_test.c trust/fuses_test.c trust/fwu_test.c \
    trust/gzip_test.c \
    trust/keys_test.c trust/quote_test.c trust/soc_manifest_test.c
trust.FUZZERS := \
    trust/capsule_fuzz.c trust/caliptra_bundle_fuzz.c trust/quote_fuzz.c
