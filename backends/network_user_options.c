/* SPDX-License-Identifier: Apache-2.0 */
/* The options of the user network. */
#include "backends/network_user.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

enum { PARTS_MAX = 5, PORT_MAX = 65535 };

const struct network_option network_user_options[] = {
    {"forward",  "tcp|udp:[HOST:]PORT:[GUEST:]PORT",
     "lead PORT of this host, at 127.0.0.1 unless HOST is named, to PORT of "
     "the guest; may be given several times"                                             },
    {"restrict", NULL,
     "the guest reaches nothing but the network's own services, and nobody but "
     "forwarded ports reaches the guest"                                                 },
    {"tftp",     "FOLDER",                           "serve the files of FOLDER by TFTP" },
    {"bootfile", "NAME|URI",
     "the file that DHCP names for network boot, of tftp=, or by HTTP where it "
     "is a URI (http://10.0.2.2:PORT/FILE)"                                              },
    {"hostname", "NAME",                             "the name that DHCP gives the guest"},
    {NULL,       NULL,                               NULL                                },
};

static bool parse_port(const char *text, int *port)
{
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    *port = (int)value;
    return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 &&
           value >= 1 && value <= PORT_MAX;
}

/* Splits at colons; how many parts there are, PARTS_MAX + 1 for more. */
static unsigned split(char *text, char *parts[PARTS_MAX])
{
    unsigned count = 0;
    for (char *part = text; part; count++) {
        char *colon = strchr(part, ':');
        if (count == PARTS_MAX) {
            return PARTS_MAX + 1;
        }
        parts[count] = part;
        if (colon) {
            *colon++ = '\0';
        }
        part = colon;
    }
    return count;
}

/* An address comes before a port, and is no number. */
static bool take_end(char *const parts[], unsigned count, unsigned *at,
                     struct in_addr *address, int *port)
{
    int ignored;
    if (*at < count && !parse_port(parts[*at], &ignored) &&
        inet_pton(AF_INET, parts[(*at)++], address) != 1) {
        return false;
    }
    return *at < count && parse_port(parts[(*at)++], port);
}

int user_forward_parse(const char *text, struct user_forward *forward,
                       struct error *error)
{
    char *copy = xstrdup(text);
    char *parts[PARTS_MAX] = {copy};
    unsigned count = split(copy, parts);
    unsigned at = 1;
    *forward = (struct user_forward){.host = {htonl(INADDR_LOOPBACK)}};
    bool good = count <= PARTS_MAX &&
                (strcmp(parts[0], "tcp") == 0 || strcmp(parts[0], "udp") == 0);
    if (good) {
        forward->udp = parts[0][0] == 'u';
        good =
            take_end(parts, count, &at, &forward->host, &forward->host_port) &&
            take_end(parts, count, &at, &forward->guest,
                     &forward->guest_port) &&
            at == count;
    }
    free(copy);
    return good ? 0
                : error_set(error, -EINVAL, "'forward=%s': expected %s", text,
                            network_user_options[0].operand);
}
