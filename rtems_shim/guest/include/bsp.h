/* The board: ARM MPS2 with a Cortex-M3 (AN385) or a Cortex-M4 (AN386). */

#ifndef LIBBSP_ARM_MPS2_BSP_H
#define LIBBSP_ARM_MPS2_BSP_H

#include <rtems.h>
#include <rtems/bspIo.h>

#define RTEMS_BSP "mps2"
#define BSP_NAME mps2
#define BSP_INTERRUPT_STACK_SIZE 16384

#endif
