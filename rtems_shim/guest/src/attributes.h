/* Checks that all attribute functions begin with. */

#ifndef RTEMS_SHIM_ATTRIBUTES_H
#define RTEMS_SHIM_ATTRIBUTES_H

#include <errno.h>

#include <rtems.h>

#include "internal.h"

/* Every attribute function refuses an attribute object that is not there or not initialised. */
#define REQUIRE(condition) \
  do { \
    if (!(condition)) { \
      return EINVAL; \
    } \
  } while (0)
#define REQUIRE_OBJECT(attributes) REQUIRE((attributes) != NULL && (attributes)->is_initialized)

#endif
