/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The instrumentation trace macrocell: stimulus ports, and the packets that
 * they make (DDI 0403 C1.7, appendix D4; DDI 0553 B14, F1). Port 0 is a console
 * by convention, so its bytes go to one, too. There is always room, and time
 * stamps count instructions. What DWT would put into the stream, and global
 * time stamps, are not modelled.
 */
#include "bus/trace.h"
#include "engine/mprofile/scs.h"

enum itm_tcr {
    TCR_ITMENA = 1 << 0,
    TCR_TSENA = 1 << 1,
    TCR_SYNCENA = 1 << 2,
    TCR_TXENA = 1 << 3,
    TCR_GTSFREQ = 3 << 10,
    TCR_WRITABLE = 0x7f0f1f,
};

static bool is_enabled(const struct mprofile *m)
{
    return (m->state.demcr & DEMCR_TRCENA) != 0 &&
           (m->state.itm_tcr & TCR_ITMENA) != 0;
}

/* Ports are enabled one by one, and kept from unprivileged code by eights. */
static bool takes(const struct scs_access *a)
{
    const struct mprofile_state *state = &a->m->state;

    return is_enabled(a->m) && (state->itm_ter >> a->index & 1) != 0 &&
           (a->privileged || (state->itm_tpr >> a->index / 8 & 1) == 0);
}

static const struct trace_sink *sink_of(const struct mprofile *m)
{
    const struct device *trace = m->vcpu.core.config.mprofile.trace;

    return trace == NULL ? NULL : trace->type->interface;
}

static void send(struct mprofile *m, const uint8_t *bytes, size_t size)
{
    const struct trace_sink *sink = sink_of(m);

    if (sink != NULL) {
        sink->packet(m->vcpu.core.config.mprofile.trace, bytes, size);
    }
}

/* D4.2.1: at least 47 zeros and a one, each time that the bit of CYCCNT which
 * DWT_CTRL.SYNCTAP names has changed. */
static void synchronize(struct mprofile *m)
{
    static const uint8_t packet[] = {0, 0, 0, 0, 0, 0x80};
    static const uint8_t bits[] = {0, 24, 26, 28};
    unsigned bit = bits[m->state.dwt_ctrl >> 10 & 3];
    uint32_t tap = bit == 0 ? 0 : (mprofile_cycles(m) >> bit) + 1;

    if ((m->state.itm_tcr & TCR_SYNCENA) != 0 && tap != m->state.itm_tap) {
        m->state.itm_tap = tap;
        if (tap != 0) {
            send(m, packet, sizeof(packet));
        }
    }
}

static uint64_t stamps(const struct mprofile *m)
{
    static const uint8_t shifts[] = {0, 2, 4, 6};

    return m->vcpu.core.retired >> shifts[m->state.itm_tcr >> 8 & 3];
}

/* D4.2.4: cycles since the last time stamp, in one byte if it is 1 to 6, else
 * in groups of seven bits. */
static void stamp(struct mprofile *m)
{
    enum { HEADER = 0xc0, MOST = 0x0fffffff, CONTINUES = 0x80 };
    uint64_t now = stamps(m);
    uint64_t passed = now - m->state.itm_stamp;
    uint8_t packet[5] = {HEADER};
    size_t size = 1;

    if ((m->state.itm_tcr & TCR_TSENA) == 0 || passed == 0) {
        return;
    }
    m->state.itm_stamp = now;
    if (passed <= 6) {
        packet[0] = (uint8_t)(passed << 4);
    } else {
        uint32_t rest = passed < MOST ? (uint32_t)passed : MOST;

        for (; rest != 0; rest >>= 7) {
            packet[size++] = (uint8_t)((rest & 0x7f) |
                                       (rest > 0x7f ? (unsigned)CONTINUES : 0));
        }
    }
    send(m, packet, size);
}

/* FIFOREADY; Armv8-M tells DISABLED, too. */
uint32_t scs_read_stimulus(const struct scs_access *a)
{
    enum { READY = 1, DISABLED = 2 };

    return takes(a) ? READY : mprofile_has(a->m, T32_V8M_BASE) ? DISABLED : 0;
}

void scs_write_stimulus(const struct scs_access *a, uint32_t value)
{
    static const uint8_t codes[] = {[1] = 1, [2] = 2, [4] = 3};
    struct mprofile *m = a->m;
    uint8_t packet[5] = {(uint8_t)(a->index << 3 | codes[a->size])};

    if (!takes(a)) {
        return;
    }
    if (sink_of(m) == NULL) {
        scs_omits(a, MPROFILE_OMITS_PORT);
        return;
    }
    store_le32(packet + 1, value >> (a->address & 3) * 8);
    synchronize(m);
    send(m, packet, a->size + 1);
    stamp(m);
    if (a->index == 0) {
        sink_of(m)->text(m->vcpu.core.config.mprofile.trace, packet + 1,
                         a->size);
    }
}

uint32_t scs_read_itm_tcr(const struct scs_access *a)
{
    return a->m->state.itm_tcr;
}

void scs_write_itm_tcr(const struct scs_access *a, uint32_t value)
{
    if ((value & TCR_TXENA) != 0 &&
        (a->m->state.dwt_ctrl & MPROFILE_DWT_COUNTS) != 0) {
        scs_omits(a, MPROFILE_OMITS_PACKETS);
    }
    if ((value & TCR_GTSFREQ) != 0) {
        scs_omits(a, MPROFILE_OMITS_STAMPS);
    }
    bool begins =
        (value & TCR_TSENA) != 0 && (a->m->state.itm_tcr & TCR_TSENA) == 0;

    a->m->state.itm_tcr = value & TCR_WRITABLE;
    if (begins) {
        a->m->state.itm_stamp = stamps(a->m);
    }
}

/* ---- Trace port ---------------------------------------------------------- */

/* SSPSR and CSPSR: a bit for each width that there is, and for the one in use.
 */
uint32_t scs_read_tpiu_width(const struct scs_access *a)
{
    return 1;
}

void scs_write_tpiu_width(const struct scs_access *a, uint32_t value)
{
    if (a->index == 1 && (value & ~1u) != 0) {
        scs_omits(a, MPROFILE_OMITS_WIDTH);
    }
}

uint32_t scs_read_tpiu_ffcr(const struct scs_access *a)
{
    return a->m->state.tpiu_ffcr;
}

void scs_write_tpiu_ffcr(const struct scs_access *a, uint32_t value)
{
    enum { ENFCONT = 1 << 1, TRIGIN = 1 << 8 };

    if ((value & ENFCONT) != 0) {
        scs_omits(a, MPROFILE_OMITS_FORMATTER);
    }
    a->m->state.tpiu_ffcr = value & (ENFCONT | TRIGIN);
}

/* FtNonStop: the formatter cannot be stopped. */
uint32_t scs_read_tpiu_ffsr(const struct scs_access *a)
{
    return 8;
}
