/* SPDX-License-Identifier: Apache-2.0 */
/* Lists, matrices, a state machine, and a CRC of the results. For both guests:
 * bench/rv32_kernels.c has it too. */
#include "guest/bench/kernels.h"

#include <stdbool.h>

struct item {
    struct item *next;
    int16_t key;
    int16_t value;
};

enum { ITEMS = 64, SIDE = 12, TEXT = 256 };

static struct item *merge(struct item *a, struct item *b)
{
    struct item head = {0};
    struct item *last = &head;

    while (a != NULL && b != NULL) {
        struct item **least = a->key <= b->key ? &a : &b;

        last->next = *least;
        last = *least;
        *least = last->next;
    }
    last->next = a != NULL ? a : b;
    return head.next;
}

static struct item *sort_list(struct item *list)
{
    struct item *slow = list;

    if (list == NULL || list->next == NULL) {
        return list;
    }
    for (struct item *fast = list->next; fast != NULL && fast->next != NULL;
         fast = fast->next->next) {
        slow = slow->next;
    }
    struct item *half = slow->next;
    slow->next = NULL;
    return merge(sort_list(list), sort_list(half));
}

static uint16_t crc16(uint16_t crc, uint16_t value)
{
    for (unsigned i = 0; i < 16; i++) {
        unsigned bit = (crc ^ value) & 1;

        crc = (uint16_t)(crc >> 1 ^ (bit != 0 ? 0xa001 : 0));
        value >>= 1;
    }
    return crc;
}

static uint16_t lists(uint32_t seed)
{
    static struct item items[ITEMS];
    struct item *list = NULL;
    uint16_t crc = 0;

    for (unsigned i = 0; i < ITEMS; i++) {
        seed = next(seed);
        items[i] = (struct item){list, (int16_t)seed, (int16_t)i};
        list = &items[i];
    }
    for (unsigned look = 0; look < 32; look++) {
        const struct item *at = list;

        while (at != NULL && at->value != (int16_t)(look * 2)) {
            at = at->next;
        }
        crc = crc16(crc, at != NULL ? (uint16_t)at->key : 0);
    }
    for (list = sort_list(list); list != NULL; list = list->next) {
        crc = (uint16_t)(crc * 31 + (uint16_t)list->key);
    }
    return crc;
}

static uint16_t matrices(uint32_t seed)
{
    static int16_t a[SIDE][SIDE];
    static int16_t b[SIDE][SIDE];
    uint16_t crc = 0;

    for (unsigned i = 0; i < SIDE * SIDE; i++) {
        seed = next(seed);
        (&a[0][0])[i] = (int16_t)(seed & 0xff);
        (&b[0][0])[i] = (int16_t)(seed >> 8 & 0xff);
    }
    for (unsigned i = 0; i < SIDE; i++) {
        for (unsigned k = 0; k < SIDE; k++) {
            int32_t sum = 0;

            for (unsigned j = 0; j < SIDE; j++) {
                sum += a[i][j] * b[j][k];
            }
            crc = (uint16_t)(crc ^ (uint16_t)(sum >> 2) ^ crc << 3);
        }
    }
    return crc;
}

enum state { START, SIGN, DIGITS, FRACTION, EXPONENT, WORD, STATES };

static enum state next_state(enum state state, uint8_t c)
{
    bool digit = c >= '0' && c <= '9';
    bool exponent = c == 'e' || c == 'E';

    switch (state) {
    case START:
        return c == '+' || c == '-' ? SIGN
               : digit              ? DIGITS
               : c == '.'           ? FRACTION
                                    : WORD;
    case SIGN:
        return digit ? DIGITS : c == '.' ? FRACTION : WORD;
    case DIGITS:
        if (c == '.') {
            return FRACTION;
        }
        return exponent ? EXPONENT : digit ? DIGITS : WORD;
    case FRACTION:
        return exponent ? EXPONENT : digit ? FRACTION : WORD;
    default:
        return state;
    }
}

/* Counts numbers by kind in a text: integers, fractions, exponents, words. */
static uint16_t states(uint32_t seed)
{
    static const char alphabet[] = "0123456789+-.eE,,,x";
    static uint8_t text[TEXT];
    enum state state = START;
    uint16_t counts[STATES] = {0};
    uint16_t crc = 0;

    for (unsigned i = 0; i < TEXT; i++) {
        seed = next(seed);
        text[i] = (uint8_t)alphabet[seed % (sizeof(alphabet) - 1)];
    }
    for (unsigned i = 0; i < TEXT; i++) {
        uint8_t c = text[i];

        if (c == ',') {
            counts[state]++;
            state = START;
            continue;
        }
        state = next_state(state, c);
    }
    for (unsigned i = 0; i < STATES; i++) {
        crc = crc16(crc, counts[i]);
    }
    return crc;
}

uint64_t integer_mix(uint64_t turns)
{
    uint64_t crc = 0;

    while (turns-- > 0) {
        uint32_t seed = (uint32_t)turns * 2654435761u + 12345;

        crc = crc * 33 + lists(seed);
        crc = crc * 33 + matrices(seed);
        crc = crc * 33 + states(seed);
    }
    return crc;
}
