# One file or more for each chip, and their tests.
MODULES += devices
devices.SOURCES := \
    devices/devices.c \
    devices/arm/cmsdk_dualtimer.c \
    devices/arm/cmsdk_gpio.c \
    devices/arm/cmsdk_timer.c \
    devices/arm/cmsdk_uart.c \
    devices/arm/cmsdk_watchdog.c \
    devices/arm/gic_maintenance.c \
    devices/arm/gicv2.c \
    devices/arm/gicv2_cpu_interface.c \
    devices/arm/gicv2_distributor.c \
    devices/arm/gicv2_virtual.c \
    devices/arm/gicv2m.c \
    devices/arm/gicv3_cpu_interface.c \
    devices/arm/gicv3_description.c \
    devices/arm/gicv3_distributor.c \
    devices/arm/gicv3_its.c \
    devices/arm/gicv3_its_commands.c \
    devices/arm/gicv3_its_tables.c \
    devices/arm/gicv3_priority.c \
    devices/arm/gicv3_redistributor.c \
    devices/arm/gicv3_sgi.c \
    devices/arm/gicv3_virtual.c \
    devices/arm/mps2_fpgaio.c \
    devices/arm/mps2_scc.c \
    devices/arm/pl011.c \
    devices/arm/pl022.c \
    devices/arm/pl031.c \
    devices/arm/pl061.c \
    devices/arm/sbcon.c \
    devices/arm/sie200_mpc.c \
    devices/arm/sse200_cpu.c \
    devices/arm/sse200_mhu.c \
    devices/arm/sse200_security.c \
    devices/arm/sse200_system.c \
    devices/arm/swo.c \
    devices/aspeed/aspeed_adc.c \
    devices/aspeed/aspeed_gpio.c \
    devices/aspeed/aspeed_hace.c \
    devices/aspeed/aspeed_hace_crypt.c \
    devices/aspeed/aspeed_hace_hash.c \
    devices/aspeed/aspeed_i2c.c \
    devices/aspeed/aspeed_i2c_global.c \
    devices/aspeed/aspeed_pwm_tach.c \
    devices/aspeed/aspeed_rtc.c \
    devices/aspeed/aspeed_sdc.c \
    devices/aspeed/aspeed_smc.c \
    devices/aspeed/aspeed_smc_dma.c \
    devices/aspeed/aspeed_smc_window.c \
    devices/aspeed/aspeed_vuart.c \
    devices/aspeed/aspeed_wdt.c \
    devices/aspeed/ast2700_intc0.c \
    devices/aspeed/ast2700_intc1.c \
    devices/aspeed/ast2700_ipc.c \
    devices/aspeed/ast2700_link.c \
    devices/aspeed/ast2700_m4.c \
    devices/aspeed/ast2700_mcu_timer.c \
    devices/aspeed/ast2700_otp.c \
    devices/aspeed/ast2700_scu.c \
    devices/aspeed/ast2700_scu0.c \
    devices/aspeed/ast2700_scu1.c \
    devices/aspeed/ast2700_sdramc.c \
    devices/aspeed/ast2700_timers.c \
    devices/aspeed/mdio.c \
    devices/caliptra/aes.c \
    devices/caliptra/aes_cipher.c devices/caliptra/aes_run.c \
    devices/caliptra/authorisation.c \
    devices/caliptra/csrng.c devices/caliptra/csrng_run.c \
    devices/caliptra/data_vault.c \
    devices/caliptra/doe.c \
    devices/caliptra/ecc.c \
    devices/caliptra/ecc_known.c \
    devices/caliptra/engine.c \
    devices/caliptra/entropy_source.c \
    devices/caliptra/hmac.c \
    devices/caliptra/interrupts.c \
    devices/caliptra/key_vault.c \
    devices/caliptra/kmac.c \
    devices/caliptra/mailbox.c \
    devices/caliptra/mldsa.c \
    devices/caliptra/mlkem.c \
    devices/caliptra/pcr_vault.c \
    devices/caliptra/sha256.c \
    devices/caliptra/sha512.c \
    devices/caliptra/sha_acc.c \
    devices/caliptra/generation.c \
    devices/caliptra/soc_ifc.c \
    devices/caliptra/soc_ifc_boot.c \
    devices/caliptra/soc_ifc_errors.c devices/caliptra/soc_ifc_fuses.c \
    devices/caliptra/soc_ifc_secrets.c \
    devices/caliptra/soc_ifc_users.c \
    devices/caliptra/soc_ifc_watchdog.c \
    devices/example/channel.c \
    devices/example/disk.c \
    devices/example/dma.c \
    devices/example/endpoint.c \
    devices/flash/cfi_flash.c devices/flash/kept_memory.c \
    devices/flash/nor.c \
    devices/flash/spi_nor.c devices/flash/spi_nor_parts.c \
    devices/flash/spi_nor_status.c \
    devices/i2c/eeprom.c devices/i2c/i2c.c devices/i2c/lm75.c \
    devices/net/ftgmac100.c \
    devices/net/ftgmac100_frame.c \
    devices/net/ftgmac100_ring.c \
    devices/net/rtl8211f.c \
    devices/nordic/nrf51_ficr.c \
    devices/nordic/nrf51_gpio.c \
    devices/nordic/nrf51_nvmc.c \
    devices/nordic/nrf51_power.c \
    devices/nordic/nrf51_rng.c \
    devices/nordic/nrf51_rtc.c \
    devices/nordic/nrf51_temp.c \
    devices/nordic/nrf51_timer.c \
    devices/nordic/nrf51_twi.c \
    devices/nordic/nrf51_uart.c \
    devices/pci/bus.c \
    devices/pci/function.c \
    devices/pci/pcie_host.c \
    devices/qemu/fw_cfg.c \
    devices/qemu/pci_testdev.c \
    devices/riscv/veer_pic.c \
    devices/serial/ns16550a.c \
    devices/sd/card.c devices/sd/emmc.c devices/sd/sd_card.c \
    devices/sd/sdhci.c devices/sd/sdhci_memory.c \
    devices/sd/sdhci_transfer.c \
    devices/sifive/clint.c \
    devices/sifive/spi.c \
    devices/soc/fuses.c \
    devices/soc/or_gate.c \
    devices/soc/reset.c \
    devices/soc/services.c \
    devices/ti/lm3s_system.c devices/ti/lm3s_timer.c \
    devices/tpm/crb.c devices/tpm/tis.c devices/tpm/tpm.c \
    devices/virtio/balloon.c \
    devices/virtio/blk.c \
    devices/virtio/console.c \
    devices/virtio/gpio.c \
    devices/virtio/i2c.c \
    devices/virtio/net_channel.c \
    devices/virtio/input.c \
    devices/virtio/mmio.c \
    devices/virtio/mmio_empty.c \
    devices/virtio/pci.c \
    devices/virtio/rng.c \
    devices/virtio/rtc.c \
    devices/virtio/share.c \
    devices/virtio/transport.c \
    devices/virtio/vsock.c


