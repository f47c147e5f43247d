MODULES += devices
devices.SOURCES := \
    devices/devices.c \
    devices/caliptra/data_vault.c \
    devices/caliptra/doe.c \
    devices/caliptra/ecc.c \
    devices/caliptra/hmac.c \
    devices/caliptra/interrupts.c \
    devices/caliptra/key_vault.c \
    devices/caliptra/pcr_vault.c \
    devices/caliptra/sha256.c \
    devices/caliptra/sha512.c \
    devices/caliptra/sha_acc.c

devices.TESTS := \

