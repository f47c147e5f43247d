# Algorithms that hardware models and formats need, and their tests.
MODULES += crypto
crypto.SOURCES := \
    crypto/aes.c crypto/aes_modes.c \
    crypto/ctr_drbg.c \
    crypto/ecdsa.c \
    crypto/ghash.c \
    crypto/hmac.c \
    crypto/hmac_drbg.c \
    crypto/keccak.c \
    crypto/lms.c \
    crypto/mldsa.c \
    crypto/mldsa_poly.c \
    crypto/mlkem.c \
    crypto/modular.c \
    crypto/modular_invert.c \
    crypto/p384.c \
    crypto/pem.c \
    crypto/sha1.c crypto/sha2.c


# Vectors of two limbs cost more than they save in carry chains.
crypto/modular.c.CFLAGS := -fno-tree-vectorize \
    $(addprefix -include ,$(wildcard crypto/limbs_$(MACHINE).h))
