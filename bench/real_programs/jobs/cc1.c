/* SPDX-License-Identifier: Apache-2.0 */
/* What cc1 compiles, many times, with another name for each @. */
typedef unsigned char u8_@;
typedef unsigned long u32_@;

struct node_@ {
    struct node_@ *left, *right;
    u32_@ key;
    u8_@ level, data[6];
};

static u8_@ text_@[256];
static struct node_@ nodes_@[32];
static u8_@ used_@;

static u32_@ crc_@(const u8_@ *bytes, unsigned size)
{
    u32_@ crc = 0xffffffff;

    while (size-- != 0) {
        crc ^= *bytes++;
        for (u8_@ bit = 0; bit < 8; bit++) {
            crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
        }
    }
    return ~crc;
}

static struct node_@ *skew_@(struct node_@ *n)
{
    if (n && n->left && n->left->level == n->level) {
        struct node_@ *l = n->left;

        n->left = l->right;
        l->right = n;
        return l;
    }
    return n;
}

static struct node_@ *insert_@(struct node_@ *n, u32_@ key)
{
    if (!n) {
        n = &nodes_@[used_@++ & 31];
        n->left = n->right = 0;
        n->key = key;
        n->level = 1;
        return n;
    }
    if (key < n->key) {
        n->left = insert_@(n->left, key);
    } else {
        n->right = insert_@(n->right, key);
    }
    n = skew_@(n);
    if (n->right && n->right->right && n->right->right->level == n->level) {
        struct node_@ *r = n->right;

        n->right = r->left;
        r->left = n;
        r->level++;
        return r;
    }
    return n;
}

static long evaluate_@(const u8_@ **at)
{
    long value = 0;
    u8_@ operation = '+';

    for (;;) {
        long next = 0;

        if (**at == '(') {
            ++*at;
            next = evaluate_@(at);
        }
        while (**at >= '0' && **at <= '9') {
            next = next * 10 + (*(*at)++ - '0');
        }
        switch (operation) {
        case '+': value += next; break;
        case '-': value -= next; break;
        case '*': value *= next; break;
        case '/': value = next ? value / next : 0; break;
        case '&': value &= next; break;
        case '^': value ^= next; break;
        default: return value;
        }
        operation = *(*at)++;
        if (operation == ')' || operation == 0) {
            return value;
        }
    }
}

static void sort_@(int *values, int count)
{
    for (int gap = count / 2; gap > 0; gap /= 2) {
        for (int i = gap; i < count; i++) {
            int value = values[i], j = i;

            for (; j >= gap && values[j - gap] > value; j -= gap) {
                values[j] = values[j - gap];
            }
            values[j] = value;
        }
    }
}

long work_@(int *values, int count)
{
    const u8_@ *at = text_@;
    struct node_@ *root = 0;
    long sum = 0;

    sort_@(values, count);
    for (int i = 0; i < count; i++) {
        root = insert_@(root, crc_@((const u8_@ *)&values[i], sizeof(int)));
        text_@[i & 255] = (u8_@)("0123456789+-*/()"[values[i] & 15]);
        sum += root->key % 1000;
    }
    return sum + evaluate_@(&at);
}
