/* Instructions that some cores do not have: which of them execute. */
#include "console.h"
#include "faults.h"

#define WIDE(name, code) PROBE(name, ".inst.w " #code "\n\tmovs r0, #1")
WIDE(sadd16, 0xFA90F001)
WIDE(qadd, 0xFA80F081)
WIDE(pkhbt, 0xEAC00001)
WIDE(smulbb, 0xFB10F001)
WIDE(umaal, 0xFBE01361)
WIDE(smlad, 0xFB201001)
WIDE(usad8, 0xFB70F001)
WIDE(ssat16, 0xF3200000)
WIDE(lda, 0xE8D01FAF)
WIDE(ldrexd, 0xE8D0237F)
WIDE(vld1, 0xF920078F)
WIDE(vst1, 0xF900078F)
PROBE(setend, ".inst.n 0xB650\n\tmovs r0, #1")

int main(void)
{
    enable_fault_handlers();
    TRY("sadd16", sadd16, 0x20018000, 0);
    TRY("qadd", qadd, 0x20018000, 0);
    TRY("pkhbt", pkhbt, 0x20018000, 0);
    TRY("smulbb", smulbb, 0x20018000, 0);
    TRY("umaal", umaal, 0x20018000, 0);
    TRY("smlad", smlad, 0x20018000, 0);
    TRY("usad8", usad8, 0x20018000, 0);
    TRY("ssat16", ssat16, 0x20018000, 0);
    TRY("lda", lda, 0x20018000, 0);
    TRY("ldrexd", ldrexd, 0x20018000, 0);
    TRY("vld1", vld1, 0x20018000, 0);
    TRY("vst1", vst1, 0x20018000, 0);
    TRY("setend", setend, 0x20018000, 0);
    return 0;
}
