/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Boots a Caliptra core from a SystemC initiator to its runtime firmware:
 *
 *   systemc_boot rom.bin firmware.bundle
 *
 * The initiator is loosely timed: it keeps a quantum of its own, so accesses do
 * not each cost a switch between threads.
 */
#include "root_of_trust.hpp"

#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/tlm_quantumkeeper.h>

using sc_core::sc_time;

class Initiator : public sc_core::sc_module
{
  public:
    tlm_utils::simple_initiator_socket<Initiator> socket;
    sc_core::sc_out<bool> power_good{"power_good"};
    sc_core::sc_out<bool> reset_n{"reset_n"};
    sc_core::sc_in<bool> ready_for_fuses{"ready_for_fuses"};
    sc_core::sc_in<bool> ready_for_firmware{"ready_for_firmware"};
    sc_core::sc_in<bool> ready_for_runtime{"ready_for_runtime"};
    bool done = false;

    SC_HAS_PROCESS(Initiator);

    Initiator(sc_core::sc_module_name name, std::vector<char> bundle)
        : sc_module(name), socket("socket"), bundle_(std::move(bundle))
    {
        SC_THREAD(boot);
    }

  private:
    std::vector<char> bundle_;
    tlm_utils::tlm_quantumkeeper keeper_;

    /* Offsets of the socket: mailbox, then registers. */
    enum : uint64_t {
        LOCK = 0x00,
        CMD = 0x08,
        DLEN = 0x0c,
        DATAIN = 0x10,
        EXECUTE = 0x18,
        FLOW_STATUS = 0x1003c,
    };

    void transport(tlm::tlm_command command, uint64_t address, void *data,
                   unsigned size, unsigned width)
    {
        tlm::tlm_generic_payload payload;
        sc_time delay = keeper_.get_local_time();
        payload.set_command(command);
        payload.set_address(address);
        payload.set_data_ptr(static_cast<unsigned char *>(data));
        payload.set_data_length(size);
        payload.set_streaming_width(width);
        socket->b_transport(payload, delay);
        if (payload.is_response_error()) {
            SC_REPORT_ERROR("initiator", payload.get_response_string().c_str());
        }
        keeper_.set(delay);
        if (keeper_.need_sync()) {
            keeper_.sync();
        }
    }

    void write(uint64_t address, uint32_t value)
    {
        transport(tlm::TLM_WRITE_COMMAND, address, &value, 4, 4);
    }

    uint32_t read(uint64_t address)
    {
        uint32_t value = 0;
        transport(tlm::TLM_READ_COMMAND, address, &value, 4, 4);
        return value;
    }

    uint32_t peek(uint64_t address)
    {
        uint32_t value = 0;
        tlm::tlm_generic_payload payload;
        payload.set_read();
        payload.set_address(address);
        payload.set_data_ptr(reinterpret_cast<unsigned char *>(&value));
        payload.set_data_length(4);
        return socket->transport_dbg(payload) == 4 ? value : 0;
    }

    void wait_for(const sc_core::sc_in<bool> &line, const char *what)
    {
        keeper_.sync();
        while (!line.read()) {
            sc_core::wait(line.value_changed_event());
        }
        std::cout << sc_core::sc_time_stamp() << ": " << what << std::endl;
    }

    void boot()
    {
        static const uint32_t set_up[][2] = {
            {0x10048, 1}, {0x1005c, 1},         {0x10070, 1}, {0x10074, 1},
            {0x10110, 100000000}, {0x100b0, 1}, {0x100b8, 1},
        };
        keeper_.reset();
        power_good.write(true);
        sc_core::wait(1, sc_core::SC_US);
        reset_n.write(true);
        wait_for(ready_for_fuses, "ready for fuses");
        for (const auto &row : set_up) {
            write(row[0], row[1]);
        }
        wait_for(ready_for_firmware, "ready for firmware");
        while (read(LOCK) & 1) {
        }
        bundle_.resize((bundle_.size() + 3) / 4 * 4);
        write(CMD, 0x46574c44);
        write(DLEN, static_cast<uint32_t>(bundle_.size()));
        transport(tlm::TLM_WRITE_COMMAND, DATAIN, bundle_.data(),
                  static_cast<unsigned>(bundle_.size()), 4);
        write(EXECUTE, 1);
        wait_for(ready_for_runtime, "ready for runtime");
        write(EXECUTE, 0);
        std::cout << "flow status 0x" << std::hex << peek(FLOW_STATUS)
                  << std::dec << std::endl;
        done = true;
        sc_core::sc_stop();
    }
};

static std::vector<char> read_file(const char *path)
{
    std::ifstream file(path, std::ios::binary);
    return std::vector<char>(std::istreambuf_iterator<char>(file), {});
}

int sc_main(int argc, char **argv)
{
    if (argc != 3) {
        std::cerr << "usage: systemc_boot ROM BUNDLE" << std::endl;
        return 2;
    }
    tlm::tlm_global_quantum::instance().set(sc_time(10, sc_core::SC_US));
    RootOfTrust rot("rot", read_file(argv[1]), 0x30020000, 1);
    Initiator initiator("initiator", read_file(argv[2]));
    sc_core::sc_signal<bool> power_good, reset_n, fuses, firmware, runtime;
    initiator.socket.bind(rot.socket);
    initiator.power_good(power_good);
    initiator.reset_n(reset_n);
    initiator.ready_for_fuses(fuses);
    initiator.ready_for_firmware(firmware);
    initiator.ready_for_runtime(runtime);
    rot.power_good(power_good);
    rot.reset_n(reset_n);
    rot.ready_for_fuses(fuses);
    rot.ready_for_firmware(firmware);
    rot.ready_for_runtime(runtime);
    sc_core::sc_start(2, sc_core::SC_SEC);
    std::cout << (initiator.done ? "done" : "failed") << " after "
              << rot.instructions() << " instructions of the root of trust"
              << std::endl;
    return initiator.done ? 0 : 1;
}
