/* No options. */

#ifndef LIBBSP_ARM_MPS2_BSPOPTS_H
#define LIBBSP_ARM_MPS2_BSPOPTS_H

#endif
