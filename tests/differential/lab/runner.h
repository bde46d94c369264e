/* Numbers that the runner, its assembly and lab/batch.py agree on. */
#define CASE_MEMORY 0x20080180   /* what is compared: 640 bytes up to a page's end */
#define CASE_MEMORY_WORDS 160
#define CASE_MARGIN 256
#define CASE_SP 0x200802E0
#define CASE_LR 0x01020305
#define STATE_FP 56              /* after r0-r12 and APSR */
#define RESULTS 0x20100000

/* Bits of lab_mode. */
#define MODE_UNPRIVILEGED 1
#define MODE_SPLIT 2             /* the page of the case's memory is split by a region that no case touches */
#define MODE_HOLE 4              /* 32 bytes in the middle of the memory are denied */
#define MODE_EDGE 8              /* the page after the memory is denied */
#define MODE_UNALIGN_TRP 16
#define MODE_DIV_0_TRP 32
#define MODE_FRESH_FP 128        /* no FP context when the case begins: CONTROL.FPCA is clear */
#define MODE_READ_ONLY 64        /* the 32 bytes before the memory's end are read-only */
