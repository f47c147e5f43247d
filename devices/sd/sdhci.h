/* SPDX-License-Identifier: Apache-2.0 */
/* Declarations for the files of the SD host controller and for its wrapper. */
#ifndef DEVICES_SD_SDHCI_H
#define DEVICES_SD_SDHCI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/device.h"
#include "bus/dma.h"
#include "devices/sd/sd.h"

enum { SDHCI_BUFFER = 4096, SDHCI_CAPABILITIES = 3 };

/* The interface of the device that has the slots: capabilities of one, and its
 * greatest currents. */
struct sdhci_slots {
    uint32_t (*capability)(const struct device *device, unsigned slot,
                           unsigned number);
};

/* The phase of a transfer. */
enum sdhci_transfer {
    TRANSFER_NONE,
    TRANSFER_BUSY,     /* the card is busy after a command without data */
    TRANSFER_MOVING,   /* the card is at a move */
    TRANSFER_BUFFER,   /* the driver is to read or fill the buffer */
    TRANSFER_BOUNDARY, /* the driver is to give SDMA another address */
};

struct sdhci_state {
    uint32_t address;
    uint32_t block;
    uint32_t argument;
    uint32_t command;
    uint32_t response[4];
    uint32_t control;
    uint32_t clock;
    uint32_t status;
    uint32_t enable;
    uint32_t signal;
    uint32_t control_2;
    uint32_t adma_error;
    uint32_t adma[2];
    uint32_t transfer; /* enum sdhci_transfer */
    /* Mode of the transfer, and above it the kind of DMA: the registers may
     * change meanwhile. */
    uint32_t mode;
    uint32_t size;     /* of its blocks */
    uint32_t serial;   /* differs for each transfer */
    uint32_t open;     /* the count of blocks does not end it */
    uint32_t blocks;   /* left */
    uint32_t moving;   /* bytes of the move under way */
    uint32_t boundary; /* that move ends at a boundary of SDMA */
    uint32_t chunk;    /* bytes left of a descriptor's memory */
    uint32_t last;     /* that descriptor was the last one */
    uint32_t buffer_at;
    uint64_t chunk_address;
    uint64_t descriptor; /* address of the next one */
    uint8_t buffer[SDHCI_BUFFER];
};

struct sdhci_wiring {
    struct dma dma;
    struct device *card;
    struct device *wrapper;
    uint32_t slot;
    uint32_t sdma_high; /* bits 63:32 of SDMA's addresses */
};

enum sdhci_mode {
    MODE_DMA = 1 << 0,
    MODE_COUNT = 1 << 1,
    MODE_AUTO_SHIFT = 2, /* 1: CMD12, 2: CMD23 */
    MODE_READ = 1 << 4,
    MODE_MULTIPLE = 1 << 5,
};
enum {
    MODE_BITS = 6,
    CONTROL_DMA_SHIFT = 3,
    DMA_SDMA = 0,
    DMA_ADMA_32 = 2,
    DMA_ADMA_64 = 3
};

enum sdhci_interrupt {
    INT_COMMAND = 1 << 0,
    INT_TRANSFER = 1 << 1,
    INT_DMA = 1 << 3,
    INT_WRITE_READY = 1 << 4,
    INT_READ_READY = 1 << 5,
    INT_ERROR = 1 << 15,
    INT_COMMAND_TIMEOUT = 1 << 16,
    INT_DATA_TIMEOUT = 1 << 20,
    INT_DATA_CRC = 1 << 21,
    INT_AUTO = 1 << 24,
    INT_ADMA = 1 << 25,
};

enum adma_error {
    ADMA_STOP = 0,
    ADMA_FETCH = 1,
    ADMA_MOVE = 3,
    ADMA_LENGTH = 4
};

void sdhci_raise(struct device *device, uint32_t interrupts);
/* Data follow the command that the card just answered. */
void sdhci_begin(struct device *device);
/* A part of the transfer is done or may be done: on to the next. */
void sdhci_go_on(struct device *device);
/* The transfer is no more. */
void sdhci_abort(struct device *device);
/* Functions that the card calls. */
int sdhci_gather(struct device *device, void *bytes, size_t size);
void sdhci_moved(struct device *device, bool good, const void *bytes,
                 size_t size);
bool sdhci_reads(const struct sdhci_state *state);
unsigned sdhci_dma_kind(const struct sdhci_state *state);
/* Memory of a transfer, by the kind of DMA that is selected. */
int sdhci_to_memory(struct device *device, const uint8_t *bytes, size_t size);
int sdhci_from_memory(struct device *device, uint8_t *bytes, size_t size);
/* Where SDMA waits: at multiples of that many bytes. */
uint32_t sdhci_boundary(const struct sdhci_state *state);

#endif
