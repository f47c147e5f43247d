/* SPDX-License-Identifier: Apache-2.0 */
/* The script and style of a flame graph, for the browser. */
#ifndef SESSION_PROFILE_FLAME_H
#define SESSION_PROFILE_FLAME_H

/* ECMAScript without "]]>". */
extern const char flame_script[];

#endif
