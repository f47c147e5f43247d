# Formats of the chain of trust, and their tests.
MODULES += trust
trust.SOURCES := \
    $(addprefix trust/caliptra/,bundle.c errors.c explain.c fuses.c judge.c known.c mailbox.c \
        sign.c soc_manifest.c verify.c verify_1.c verify_2.c write.c) \
    $(addprefix trust/capsule/,capsule.c explain.c guid.c judge.c signature.c \
        write.c) \
    $(addprefix trust/aspeed/,firmware.c fit.c flash.c fmc.c make.c manifest.c recipe.c) \
    trust/cbor/cbor.c \
    $(addprefix trust/flash/,bank.c fwu.c image.c judge.c make.c recipe.c yaml.c \
        repack.c set.c) \
    $(addprefix trust/image/,elf.c gzip.c ihex.c) \
    $(addprefix trust/keys/,directory.c files.c idevid_issuer.c keys.c known.c lms.c \
        mldsa.c pem.c) \
    $(addprefix trust/mcuboot/,contained.c curve.c encrypt.c explain.c image.c kdf.c \
        keys.c sign.c trailer.c verify.c write.c) \
    $(addprefix trust/psa/,explain.c key.c profile.c token.c verify.c) \
    $(addprefix trust/quote/,expected_pcrs.c quote.c verify.c) \
    $(addprefix trust/report/,chain.c event_text.c events.c goal.c picture.c resets.c \
        stages.c text.c update.c) \
    trust/verdict/verdict.c
trust.TESTS := \
    $(addprefix trust/aspeed/,fit_test.c fmc_test.c make_test.c manifest_test.c) \
    $(addprefix trust/caliptra/,bundle_test.c explain_test.c fuses_test.c known_test.c \
        mailbox_test.c soc_manifest_test.c) \
    $(addprefix trust/capsule/,capsule_test.c) \
    trust/cbor/cbor_test.c \
    $(addprefix trust/flash/,bank_test.c fwu_test.c image_test.c \
        make_test.c recipe_test.c set_test.c) \
    $(addprefix trust/image/,elf_test.c gzip_test.c ihex_test.c pieces_test.c) \
    $(addprefix trust/keys/,files_test.c keys_test.c known_test.c) \
    $(addprefix trust/mcuboot/,contained_test.c image_test.c keys_test.c write_test.c) \
    $(addprefix trust/psa/,images_test.c token_test.c) \
    $(addprefix trust/quote/,quote_test.c) \
    $(addprefix trust/report/,chain_test.c event_text_test.c events_test.c \
        forms_test.c goal_test.c update_test.c) \
    trust/verdict/verdict_test.c
trust.FUZZERS := \
    $(addprefix trust/capsule/,capsule_fuzz.c) \
    trust/mcuboot/mcuboot_fuzz.c trust/psa/psa_token_fuzz.c \
    $(addprefix trust/quote/,quote_fuzz.c)
