/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nRF51 two-wire interface (reference manual 3.0, chapter 28), with the sensors
 * that a micro:bit has on it: accelerometer MMA8653 and magnetometer MAG3110,
 * each as the registers that tell what it is, and others that keep what is
 * written. They measure nothing: no acceleration, no field. A byte takes no
 * time.
 */
#include "base/assert.h"
#include "devices/nordic/nrf51.h"

enum { TASK_START_RX = 0, TASK_START_TX = 2, TASK_STOP = 5 };
enum { TASK_SUSPEND = 7, TASK_RESUME = 8 };
enum { EVENT_STOPPED = 1, EVENT_RXDREADY = 2, EVENT_TXDSENT = 7 };
enum { EVENT_ERROR = 9, EVENT_BB = 14, EVENT_SUSPENDED = 18 };
enum { SHORT_SUSPEND = 1 << 0, SHORT_STOP = 1 << 1 };
enum { ERROR_ADDRESS = 1 << 1, SENSORS = 2, REGISTERS = 256 };
enum direction { IDLE, RECEIVES, SENDS };

struct state {
    struct nrf51_events events;
    uint32_t error_source;
    uint32_t enable;
    uint32_t select[2];
    uint32_t frequency;
    uint32_t address;
    uint32_t received;
    uint32_t direction;
    uint32_t suspended;
    uint32_t started;        /* the sensor's register was named */
    uint32_t place[SENSORS]; /* the register that comes next */
    uint8_t registers[SENSORS][REGISTERS];
};

static const struct {
    uint8_t address;
    uint8_t who;   /* register of the identification, */
    uint8_t value; /* and what it reads as */
} sensors[SENSORS] = {
    {0x1d, 0x0d, 0x5a}, /* MMA8653FC */
    {0x0e, 0x07, 0xc4}, /* MAG3110 */
};

/* The one that is addressed; SENSORS: none. */
static unsigned find_sensor(const struct state *state)
{
    unsigned sensor = 0;

    while (sensor < SENSORS && sensors[sensor].address != state->address) {
        sensor++;
    }
    return sensor;
}

static void stop(struct device *device)
{
    struct state *state = device->state;

    state->direction = IDLE;
    state->suspended = 0;
    nrf51_happen(device, EVENT_STOPPED);
}

/* A boundary between bytes (BB), at which a shortcut may wait or end it. */
static void end_byte(struct device *device)
{
    struct state *state = device->state;

    nrf51_happen(device, EVENT_BB);
    if ((state->events.shorts & SHORT_SUSPEND) != 0) {
        state->suspended = 1;
        nrf51_happen(device, EVENT_SUSPENDED);
    } else if ((state->events.shorts & SHORT_STOP) != 0) {
        stop(device);
    }
}

static void receive(struct device *device)
{
    struct state *state = device->state;
    unsigned sensor = find_sensor(state);
    uint32_t place;

    debug_assert(sensor < SENSORS);
    place = state->place[sensor] % REGISTERS;
    state->received = place == sensors[sensor].who
                          ? sensors[sensor].value
                          : state->registers[sensor][place];
    state->place[sensor] = (place + 1) % REGISTERS;
    nrf51_happen(device, EVENT_RXDREADY);
    end_byte(device);
}

static void begin(struct device *device, enum direction direction)
{
    struct state *state = device->state;

    state->suspended = 0;
    if (find_sensor(state) == SENSORS) {
        state->direction = IDLE;
        state->error_source |= ERROR_ADDRESS;
        nrf51_happen(device, EVENT_ERROR);
        return;
    }
    state->direction = direction;
    state->started = 0;
    if (direction == RECEIVES && (state->events.shorts & SHORT_SUSPEND) != 0) {
        end_byte(device); /* before the first byte */
    } else if (direction == RECEIVES) {
        receive(device);
    }
}

static void start(struct device *device, unsigned task)
{
    struct state *state = device->state;

    switch (task) {
    case TASK_START_RX:
        begin(device, RECEIVES);
        break;
    case TASK_START_TX:
        begin(device, SENDS);
        break;
    case TASK_STOP:
        stop(device);
        break;
    case TASK_SUSPEND:
        state->suspended = 1;
        nrf51_happen(device, EVENT_SUSPENDED);
        break;
    case TASK_RESUME:
        if (state->suspended != 0 && state->direction == RECEIVES) {
            state->suspended = 0;
            receive(device);
        }
        break;
    default:
        device_guest_error(device, task * 4, "no task %u", task);
        break;
    }
}

NRF51_HANDLERS(start, nrf51_update)

/* Reading makes room for the next byte, unless the interface is suspended. */
static uint32_t read_rxd(struct device *device, const struct access *access,
                         unsigned index)
{
    struct state *state = device->state;
    uint32_t value = state->received;

    if (!access->debug && state->direction == RECEIVES &&
        state->suspended == 0) {
        receive(device);
    }
    return value;
}

/* The first byte names the register of those that follow. */
static void write_txd(struct device *device, const struct access *access,
                      unsigned index, uint32_t value)
{
    struct state *state = device->state;
    unsigned sensor = find_sensor(state);

    if (state->direction != SENDS || sensor == SENSORS) {
        return;
    }
    if (state->started == 0) {
        state->started = 1;
        state->place[sensor] = value;
    } else {
        state->registers[sensor][state->place[sensor] % REGISTERS] =
            (uint8_t)value;
        state->place[sensor] = (state->place[sensor] + 1) % REGISTERS;
    }
    nrf51_happen(device, EVENT_BB);
    nrf51_happen(device, EVENT_TXDSENT);
}

static const struct register_spec registers[] = {
#include "devices/nordic/nrf51_twi.def"
};

const struct device_type nrf51_twi = {
    .compatible = "nordic,nrf51-twi",
    .title = "nRF51 two-wire interface of a micro:bit",
    .reference = "nRF51 Series Reference Manual 3.0, chapter 28",
    DEVICE_OMISSIONS(
        {"EVENTS_ERROR", OMITTED_ABSENT, 0, 0,
         "measurements of the sensors, which do not acknowledge"},
        {"PSEL", OMITTED_UNSEEN, 0, 0, "pins"},
        {"FREQUENCY", OMITTED_UNSEEN, 0, 0, "line speed"},
        {"ENABLE", OMITTED_UNSEEN, 0, 0, "the state off"},
        {NULL, OMITTED_UNSEEN, 0, 0, "arbitration: there is one controller"}),
    .state_size = sizeof(struct state),
    DEVICE_BANKS(REGISTER_BANK("twi", 0x1000, 4, registers)),
    DEVICE_FIELDS(NRF51_EVENTS_STATE, STATE(struct state, received, RESET_CORE),
                  STATE(struct state, direction, RESET_CORE),
                  STATE(struct state, suspended, RESET_CORE),
                  STATE(struct state, started, RESET_CORE),
                  STATE(struct state, place, RESET_CORE),
                  STATE(struct state, registers, RESET_POWER_ON)),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}),
    .restored = nrf51_update,
};
