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
