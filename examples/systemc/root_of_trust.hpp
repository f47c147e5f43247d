/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Caliptra core of the library as a SystemC module: its SoC-facing bus is a
 * TLM-2.0 target socket, its lines are signals.
 *
 * b_transport brings the core to the initiator's local time and makes the
 * access; transport_dbg peeks and pokes. Between accesses a thread of the module
 * lets the core run, a quantum at a time while its processor runs, and to its
 * next event while it waits. A write to a FIFO has a streaming width of 4.
 */
#ifndef ROOT_OF_TRUST_HPP
#define ROOT_OF_TRUST_HPP

#include <cairn/cairn.h>
#include <cerrno>
#include <map>
#include <stdexcept>
#include <string>
#include <systemc>
#include <tlm>
#include <tlm_utils/simple_target_socket.h>
#include <vector>

class RootOfTrust : public sc_core::sc_module
{
  public:
    tlm_utils::simple_target_socket<RootOfTrust> socket;
    sc_core::sc_in<bool> power_good{"power_good"};
    sc_core::sc_in<bool> reset_n{"reset_n"};
    sc_core::sc_out<bool> ready_for_fuses{"ready_for_fuses"};
    sc_core::sc_out<bool> ready_for_firmware{"ready_for_firmware"};
    sc_core::sc_out<bool> ready_for_runtime{"ready_for_runtime"};

    SC_HAS_PROCESS(RootOfTrust);

    /* base is the address of the socket's offset 0 on the core's bus. */
    RootOfTrust(sc_core::sc_module_name name, const std::vector<char> &rom,
                uint64_t base, uint32_t user)
        : sc_module(name), socket("socket"), base_(base), user_(user)
    {
        const cairn_image image = {"rom", rom.data(), rom.size()};
        cairn_options options = {};
        cairn_error error = {};
        options.size = sizeof(options);
        options.board = "caliptra-1.1";
        options.images = &image;
        options.image_count = 1;
        options.seed = 1;
        if (cairn_create(&options, &machine_, &error) != 0) {
            throw std::runtime_error(error.text);
        }
        master_ = cairn_master_find(machine_, "soc");
        follow("soc_ifc.ready_for_fuses", ready_for_fuses);
        follow("soc_ifc.ready_for_fw", ready_for_firmware);
        follow("soc_ifc.ready_for_runtime", ready_for_runtime);
        cairn_line_watch(machine_, "soc_ifc.trng_req", serve_randomness, this);
        cairn_power(machine_);
        /* A part without fuses, so any bundle will do. */
        cairn_line_set(machine_, "soc_ifc.security_state", 4);
        socket.register_b_transport(this, &RootOfTrust::b_transport);
        socket.register_transport_dbg(this, &RootOfTrust::transport_dbg);
        SC_THREAD(pass_time);
        SC_METHOD(drive_inputs);
        sensitive << power_good << reset_n;
        dont_initialize();
        SC_METHOD(drive_outputs);
        sensitive << changed_;
        dont_initialize();
    }

    ~RootOfTrust() override
    {
        cairn_destroy(machine_);
    }

    uint64_t instructions() const
    {
        return cairn_instructions(machine_, nullptr);
    }

  private:
    struct Output {
        RootOfTrust *owner;
        sc_core::sc_out<bool> *port;
        bool level;
    };

    uint64_t base_;
    uint32_t user_;
    cairn_machine *machine_ = nullptr;
    cairn_master *master_ = nullptr;
    std::map<std::string, Output> outputs_;
    sc_core::sc_event changed_;  /* of some output */
    sc_core::sc_event accessed_; /* from outside, which may begin something */

    /* ---- Lines ---------------------------------------------------------- */

    void follow(const char *line, sc_core::sc_out<bool> &port)
    {
        Output &output = outputs_[line];
        cairn_watch *watch = nullptr;
        output = Output{this, &port, false};
        cairn_line_follow(machine_, cairn_line_find(machine_, line), on_change,
                          &output, &watch);
    }

    /* Called in whatever process is at work, so a method writes the signal. */
    static void on_change(void *context, uint32_t level)
    {
        Output *output = static_cast<Output *>(context);
        output->level = level != 0;
        output->owner->changed_.notify(sc_core::SC_ZERO_TIME);
    }

    void drive_outputs()
    {
        for (auto &output : outputs_) {
            output.second.port->write(output.second.level);
        }
    }

    void drive_inputs()
    {
        advance(sc_core::sc_time_stamp());
        cairn_line_set(machine_, "soc_ifc.cptra_pwrgood", power_good.read());
        cairn_line_set(machine_, "soc_ifc.cptra_rst_b", reset_n.read());
        accessed_.notify();
    }

    static void serve_randomness(void *context, uint32_t level)
    {
        RootOfTrust *self = static_cast<RootOfTrust *>(context);
        for (uint32_t i = 0; level && i < 12; i++) {
            cairn_master_write(self->machine_, self->master_, self->user_,
                               0x30030078 + 4 * i, 4, 0x9e3779b9u * (i + 1));
        }
        if (level) {
            cairn_master_write(self->machine_, self->master_, self->user_,
                               0x300300ac, 4, 2);
        }
    }

    /* ---- Time ----------------------------------------------------------- */

    void advance(const sc_core::sc_time &time)
    {
        cairn_until until = {};
        until.size = sizeof(until);
        until.time_ns = static_cast<uint64_t>(time / ONE_NS);
        if (cairn_time_ns(machine_) < until.time_ns) {
            cairn_run(machine_, &until);
        }
    }

    void pass_time()
    {
        for (;;) {
            const sc_core::sc_time quantum =
                tlm::tlm_global_quantum::instance().get();
            uint64_t next = 0;
            if (cairn_next_event(machine_, &next) != 0) {
                wait(accessed_);
                continue;
            }
            sc_core::sc_time until = next * ONE_NS;
            if (until < sc_core::sc_time_stamp() + quantum) {
                until = sc_core::sc_time_stamp() + quantum;
            }
            wait(until - sc_core::sc_time_stamp(), accessed_);
            advance(sc_core::sc_time_stamp());
        }
    }

    /* ---- Bus ------------------------------------------------------------ */

    void b_transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay)
    {
        const uint64_t address = base_ + payload.get_address();
        const size_t size = payload.get_data_length();
        cairn_transfer transfer = {};
        size_t done = 0;
        transfer.size = sizeof(transfer);
        transfer.user = user_;
        if (payload.get_byte_enable_ptr()) {
            payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
            return;
        }
        if (payload.get_streaming_width() < size) {
            transfer.width = payload.get_streaming_width();
            transfer.fixed = true;
        }
        advance(sc_core::sc_time_stamp() + delay);
        int code = payload.is_read()
                       ? cairn_master_read_bytes(machine_, master_, &transfer,
                                                 address, payload.get_data_ptr(),
                                                 size, &done)
                       : cairn_master_write_bytes(machine_, master_, &transfer,
                                                  address,
                                                  payload.get_data_ptr(), size,
                                                  &done);
        delay += 100 * ONE_NS * static_cast<double>((size + 3) / 4);
        accessed_.notify(sc_core::SC_ZERO_TIME);
        payload.set_response_status(
            code == 0         ? tlm::TLM_OK_RESPONSE
            : code == -EFAULT ? tlm::TLM_ADDRESS_ERROR_RESPONSE
                              : tlm::TLM_BURST_ERROR_RESPONSE);
    }

    unsigned transport_dbg(tlm::tlm_generic_payload &payload)
    {
        const uint64_t address = base_ + payload.get_address();
        size_t done = 0;
        if (payload.is_read()) {
            cairn_peek(machine_, master_, user_, address,
                       payload.get_data_ptr(), payload.get_data_length(), &done);
        } else {
            cairn_poke(machine_, master_, address, payload.get_data_ptr(),
                       payload.get_data_length(), &done);
        }
        return static_cast<unsigned>(done);
    }

    const sc_core::sc_time ONE_NS = sc_core::sc_time(1, sc_core::SC_NS);
};

#endif
