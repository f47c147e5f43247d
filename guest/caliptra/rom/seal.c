/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Build tool, runs on the host: seal RAW ROM. Puts the digest of the code of a
 * linked ROM into its last 64 bytes, which are its struct rom_info, and pads
 * the image to the size of the memory.
 */
#include "abi/caliptra_memory.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

enum { INFO_SIZE = 64, DIGEST_SIZE = 32 };

static void reverse_words(unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i + 3 < size; i += 4) {
        unsigned char first = bytes[i];
        unsigned char second = bytes[i + 1];
        bytes[i] = bytes[i + 3];
        bytes[i + 1] = bytes[i + 2];
        bytes[i + 2] = second;
        bytes[i + 3] = first;
    }
}

/* The ROM feeds the block words as it reads them: byte order reversed. */
static void seal(unsigned char *rom, size_t size)
{
    unsigned char code[CALIPTRA_ROM_SIZE];
    unsigned char digest[DIGEST_SIZE];
    size_t code_size = size - INFO_SIZE;
    memcpy(code, rom, code_size);
    reverse_words(code, code_size);

    SHA256(code, code_size, digest);
    reverse_words(digest, DIGEST_SIZE);
    memcpy(rom + code_size, digest, DIGEST_SIZE);
}

int main(int argc, char **argv)
{
    static unsigned char rom[CALIPTRA_ROM_SIZE];
    if (argc != 3) {
        fprintf(stderr, "usage: seal RAW ROM\n");
        return 2;
    }
    FILE *raw = fopen(argv[1], "rb");
    if (raw == NULL) {
        perror(argv[1]);
        return 1;
    }
    size_t size = fread(rom, 1, sizeof rom, raw);
    fclose(raw);
    if (size < INFO_SIZE || size % INFO_SIZE != 0) {
        fprintf(stderr, "%s: not whole blocks of 64 bytes\n", argv[1]);
        return 1;
    }
    seal(rom, size);
    FILE *out = fopen(argv[2], "wb");
    if (out == NULL) {
        perror(argv[2]);
        return 1;
    }
    size_t written = fwrite(rom, 1, sizeof rom, out);
    if (fclose(out) != 0 || written != sizeof rom) {
        perror(argv[2]);
        return 1;
    }
    return 0;
}
