/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types of registers as GDB wants them in a target description (GDB manual,
 * G.3), for the features whose registers have parts. A vector is a union of its
 * readings, by the letter of the element: $v0.s.f is four floats.
 */
#include <string.h>

#include "base/bits.h"
#include "platform/debug/debug.h"

#define FLAGS(name, size, fields)                                              \
    "<flags id=\"" name "\" size=\"" size "\">" fields "</flags>"
#define BITS(name, low, high)                                                  \
    "<field name=\"" name "\" start=\"" low "\" end=\"" high "\"/>"
#define VECTOR(name, type, count)                                              \
    "<vector id=\"" name "\" type=\"" type "\" count=\"" count "\"/>"
#define UNION(name, fields) "<union id=\"" name "\">" fields "</union>"
#define PART(name, type)    "<field name=\"" name "\" type=\"" type "\"/>"

/* DDI 0487, C5.2 (the process state as SPSR_EL1 has it). */
static const char aarch64_core[] = FLAGS(
    "cpsr_flags", "4",
    BITS("SP", "0", "0") BITS("EL", "2", "3") BITS("nRW", "4", "4")
        BITS("F", "6", "6") BITS("I", "7", "7") BITS("A", "8", "8")
            BITS("D", "9", "9") BITS("IL", "20", "20") BITS("SS", "21", "21")
                BITS("PAN", "22", "22") BITS("UAO", "23", "23")
                    BITS("V", "28", "28") BITS("C", "29", "29")
                        BITS("Z", "30", "30") BITS("N", "31", "31"));

static const char aarch64_fpu[] = VECTOR("v2d", "ieee_double", "2") VECTOR(
    "v2u", "uint64", "2") VECTOR("v2i", "int64", "2")
    VECTOR("v4f", "ieee_single", "4") VECTOR("v4u", "uint32", "4") VECTOR(
        "v4i", "int32", "4") VECTOR("v8f", "ieee_half", "8")
        VECTOR("v8u", "uint16", "8") VECTOR("v8i", "int16", "8") VECTOR(
            "v16u", "uint8", "16") VECTOR("v16i", "int8", "16")
            VECTOR("v1u", "uint128", "1") VECTOR("v1i", "int128", "1") UNION(
                "vnd", PART("f", "v2d") PART("u", "v2u") PART("s", "v2i"))
                UNION("vns", PART("f", "v4f") PART("u", "v4u") PART("s", "v4i"))
                    UNION("vnh",
                          PART("f", "v8f") PART("u", "v8u") PART("s", "v8i"))
                        UNION("vnb", PART("u", "v16u") PART("s", "v16i"))
                            UNION("vnq", PART("u", "v1u") PART("s", "v1i"))
                                UNION("aarch64v",
                                      PART("d", "vnd") PART("s", "vns")
                                          PART("h", "vnh") PART("b", "vnb")
                                              PART("q", "vnq"));

const char *debug_types(const char *feature)
{
    static const struct {
        const char *feature;
        const char *types;
    } all[] = {
        {"org.gnu.gdb.aarch64.core", aarch64_core},
        {"org.gnu.gdb.aarch64.fpu",  aarch64_fpu },
    };
    for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
        if (strcmp(all[i].feature, feature) == 0) {
            return all[i].types;
        }
    }
    return "";
}
