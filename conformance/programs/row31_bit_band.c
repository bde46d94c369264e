/* Bit-band aliases of the boards that have them. */
#include "console.h"
#include "faults.h"

#define WORD REGISTER(0x20010000)
#define ALIAS(bit) (0x22000000u + (0x10000u * 32) + (bit) * 4)

#define UART_CTRL REGISTER(0x40004008) /* UART 0: bit 0 is TX_EN, bit 1 RX_EN */
#define PERIPHERAL_ALIAS(bit) (0x42000000u + (0x4008u * 32) + (bit) * 4)

PROBE(load, "ldr r0, [r0]")
PROBE(load_byte, "ldrb r0, [r0]")
PROBE(store, "str r1, [r0]\n\tmovs r0, #1")
PROBE(store_byte, "strb r1, [r0]\n\tmovs r0, #1")

int main(void)
{
    enable_fault_handlers();
    WORD = 0x80000005;
    TRY("bit 0", load, ALIAS(0), 0);
    TRY("bit 1", load, ALIAS(1), 0);
    TRY("bit 31", load_byte, ALIAS(31), 0);
    TRY("set bit 4", store, ALIAS(4), 1);
    print("word %x\n", WORD);
    TRY("only bit 0 counts", store, ALIAS(4), 0xFFFFFFFE);
    print("word %x\n", WORD);
    TRY("set bit 12 by a byte", store_byte, ALIAS(12), 0xFF);
    print("word %x\n", WORD);
    UART_CTRL = 0;
    TRY("set a peripheral's bit", store, PERIPHERAL_ALIAS(1), 1);
    print("register %x\n", UART_CTRL);
    TRY("set another", store, PERIPHERAL_ALIAS(0), 1);
    print("register %x\n", UART_CTRL);
    TRY("read it", load, PERIPHERAL_ALIAS(1), 0);
    TRY("clear it", store, PERIPHERAL_ALIAS(1), 0);
    print("register %x\n", UART_CTRL);
    MPU_RBAR = 0x20010000 | 0x17;
    MPU_RASR = RASR(8, 0, 1);
    MPU_CTRL = 5;
    BARRIER();
    TRY("the MPU judges the alias address", load, ALIAS(0), 0);
    MPU_RBAR = (ALIAS(0) & ~0xFFu) | 0x17;
    BARRIER();
    TRY("alias denied", store, ALIAS(0), 0);
    MPU_CTRL = 0;
    BARRIER();
    print("word %x\n", WORD);
    return 0;
}
