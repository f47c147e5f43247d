/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ten numbered names for tables of inputs and outputs: TEN(INPUT, "source", 4)
 * is INPUT("source40") to INPUT("source49"); without a third argument it is
 * INPUT("source0") to INPUT("source9").
 */
#ifndef DEVICES_ASPEED_NUMBERED_H
#define DEVICES_ASPEED_NUMBERED_H

#define TEN(item, prefix, tens)                                                \
    item(prefix #tens "0") item(prefix #tens "1") item(prefix #tens "2")       \
        item(prefix #tens "3") item(prefix #tens "4") item(prefix #tens "5")   \
            item(prefix #tens "6") item(prefix #tens "7")                      \
                item(prefix #tens "8") item(prefix #tens "9")

/* From prefix + "0" to prefix + "99", and from 100 to 199 and so on. */
#define HUNDRED(item, prefix, hundreds)                                        \
    TEN(item, prefix, hundreds##0)                                             \
    TEN(item, prefix, hundreds##1)                                             \
    TEN(item, prefix, hundreds##2)                                             \
    TEN(item, prefix, hundreds##3)                                             \
    TEN(item, prefix, hundreds##4)                                             \
    TEN(item, prefix, hundreds##5)                                             \
    TEN(item, prefix, hundreds##6)                                             \
    TEN(item, prefix, hundreds##7)                                             \
    TEN(item, prefix, hundreds##8)                                             \
    TEN(item, prefix, hundreds##9)

#define FIRST_HUNDRED(item, prefix)                                            \
    TEN(item, prefix, )                                                        \
    TEN(item, prefix, 1)                                                       \
    TEN(item, prefix, 2)                                                       \
    TEN(item, prefix, 3)                                                       \
    TEN(item, prefix, 4)                                                       \
    TEN(item, prefix, 5)                                                       \
    TEN(item, prefix, 6)                                                       \
    TEN(item, prefix, 7)                                                       \
    TEN(item, prefix, 8)                                                       \
    TEN(item, prefix, 9)

#endif
