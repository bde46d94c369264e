/* How the command of an ioctl() is made up: which way its argument goes, how large that is, whose it is, a number. */

#ifndef _SYS_IOCCOM_H_
#define _SYS_IOCCOM_H_

#define IOCPARM_SHIFT 13
#define IOCPARM_MASK ((1UL << IOCPARM_SHIFT) - 1)
#define IOCPARM_MAX (1UL << IOCPARM_SHIFT)
#define IOCPARM_LEN(command) (((command) >> 16) & IOCPARM_MASK)
#define IOCBASECMD(command) ((command) & ~(IOCPARM_MASK << 16))
#define IOCGROUP(command) (((command) >> 8) & 0xFFUL)

#define IOC_VOID 0x20000000UL
#define IOC_OUT 0x40000000UL
#define IOC_IN 0x80000000UL
#define IOC_INOUT (IOC_IN | IOC_OUT)
#define IOC_DIRMASK (IOC_VOID | IOC_OUT | IOC_IN)

#define _IOC(direction, group, number, length) \
  ((direction) | (((unsigned long) (length) & IOCPARM_MASK) << 16) | ((unsigned long) (group) << 8) | (unsigned long) (number))
#define _IO(group, number) _IOC(IOC_VOID, (group), (number), 0)
#define _IOWINT(group, number) _IOC(IOC_VOID, (group), (number), sizeof(int))
#define _IOR(group, number, type) _IOC(IOC_OUT, (group), (number), sizeof(type))
#define _IOW(group, number, type) _IOC(IOC_IN, (group), (number), sizeof(type))
#define _IOWR(group, number, type) _IOC(IOC_INOUT, (group), (number), sizeof(type))

#endif
