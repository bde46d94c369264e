/* Linker sets: items that many files define, one after the other in the image, in the order of their section's name. */

#ifndef _RTEMS_LINKERSETS_H
#define _RTEMS_LINKERSETS_H

#include <stddef.h>
#include <stdint.h>

#include <rtems/score/basedefs.h>

#define RTEMS_LINKER_SET_BEGIN(set) _Linker_set_##set##_begin
#define RTEMS_LINKER_SET_END(set) _Linker_set_##set##_end

#define _RTEMS_LINKER_SECTION(kind, rest) __attribute__((__section__("." kind "." rest), __used__))

#define RTEMS_LINKER_ROSET_DECLARE(set, type) extern type const RTEMS_LINKER_SET_BEGIN(set)[]; \
  extern type const RTEMS_LINKER_SET_END(set)[]
#define RTEMS_LINKER_ROSET(set, type) \
  type const RTEMS_LINKER_SET_BEGIN(set)[0] _RTEMS_LINKER_SECTION("rtemsroset", #set ".begin"); \
  type const RTEMS_LINKER_SET_END(set)[0] _RTEMS_LINKER_SECTION("rtemsroset", #set ".end")
#define RTEMS_LINKER_ROSET_ITEM_ORDERED_DECLARE(set, type, item, order) extern type const _Linker_set_##set##_##item
#define RTEMS_LINKER_ROSET_ITEM_DECLARE(set, type, item) extern type const _Linker_set_##set##_##item
#define RTEMS_LINKER_ROSET_ITEM_REFERENCE(set, type, item) \
  static type const * const _Set_reference_##set##_##item __attribute__((__used__)) = &_Linker_set_##set##_##item
#define RTEMS_LINKER_ROSET_ITEM_ORDERED(set, type, item, order) \
  type const _Linker_set_##set##_##item \
  _RTEMS_LINKER_SECTION("rtemsroset", #set ".content.0." RTEMS_XSTRING(order))
#define RTEMS_LINKER_ROSET_ITEM(set, type, item) \
  type const _Linker_set_##set##_##item _RTEMS_LINKER_SECTION("rtemsroset", #set ".content.1")
#define RTEMS_LINKER_ROSET_CONTENT(set, decl) \
  decl _RTEMS_LINKER_SECTION("rtemsroset", #set ".content")

#define RTEMS_LINKER_RWSET_DECLARE(set, type) extern type RTEMS_LINKER_SET_BEGIN(set)[]; \
  extern type RTEMS_LINKER_SET_END(set)[]
#define RTEMS_LINKER_RWSET(set, type) \
  type RTEMS_LINKER_SET_BEGIN(set)[0] _RTEMS_LINKER_SECTION("rtemsrwset", #set ".begin"); \
  type RTEMS_LINKER_SET_END(set)[0] _RTEMS_LINKER_SECTION("rtemsrwset", #set ".end")
#define RTEMS_LINKER_RWSET_ITEM_ORDERED_DECLARE(set, type, item, order) extern type _Linker_set_##set##_##item
#define RTEMS_LINKER_RWSET_ITEM_DECLARE(set, type, item) extern type _Linker_set_##set##_##item
#define RTEMS_LINKER_RWSET_ITEM_REFERENCE(set, type, item) \
  static type * const _Set_reference_##set##_##item __attribute__((__used__)) = &_Linker_set_##set##_##item
#define RTEMS_LINKER_RWSET_ITEM_ORDERED(set, type, item, order) \
  type _Linker_set_##set##_##item _RTEMS_LINKER_SECTION("rtemsrwset", #set ".content.0." RTEMS_XSTRING(order))
#define RTEMS_LINKER_RWSET_ITEM(set, type, item) \
  type _Linker_set_##set##_##item _RTEMS_LINKER_SECTION("rtemsrwset", #set ".content.1")
#define RTEMS_LINKER_RWSET_CONTENT(set, decl) \
  decl _RTEMS_LINKER_SECTION("rtemsrwset", #set ".content")

static inline uintptr_t _Linker_set_Obfuscate(const void *pointer)
{
  uintptr_t address = (uintptr_t) pointer;

  /* Begin and end are two arrays to the compiler, which must not conclude that they never meet. */
  __asm__ volatile("" : "+r"(address));
  return address;
}

#define RTEMS_LINKER_SET_SIZE(set) \
  ((size_t) (_Linker_set_Obfuscate(RTEMS_LINKER_SET_END(set)) - _Linker_set_Obfuscate(RTEMS_LINKER_SET_BEGIN(set))))
#define RTEMS_LINKER_SET_ITEM_COUNT(set) (RTEMS_LINKER_SET_SIZE(set) / sizeof(RTEMS_LINKER_SET_BEGIN(set)[0]))
#define RTEMS_LINKER_SET_IS_EMPTY(set) (RTEMS_LINKER_SET_SIZE(set) == 0)
#define RTEMS_LINKER_SET_FOREACH(set, item) \
  for ( \
    item = (__typeof__(item)) _Linker_set_Obfuscate(RTEMS_LINKER_SET_BEGIN(set)); \
    item != RTEMS_LINKER_SET_END(set); \
    ++item \
  )

#endif
