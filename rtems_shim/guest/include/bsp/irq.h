/* The external interrupts of this board support package. */

#ifndef LIBBSP_V7M_IRQ_H
#define LIBBSP_V7M_IRQ_H

#include <rtems/irq-extension.h>

#define BSP_INTERRUPT_VECTOR_MIN 0
#define BSP_INTERRUPT_VECTOR_MAX (BSP_INTERRUPT_VECTOR_COUNT - 1)
#define BSP_INTERRUPT_VECTOR_COUNT 32

#endif
