"""Where the fields of the system registers are, typed from ARM DDI 0403E.e, chapters B3 and C1.

A row: address, and its fields as ``NAME high:low`` or ``NAME bit``. A field is found by name in a word that has ones in
just these bits.
"""

import pytest

import emulator.armv7m.scs  # noqa: F401 - declares the registers
from emulator.armv7m.registers import register_at

ROWS = {
    0xE000_0000: "STIMULUS 31:0, FIFOREADY 0",
    0xE000_0E00: "STIMENA 31:0",
    0xE000_0E40: "PRIVMASK 3:0",
    0xE000_0E80: "BUSY 23, TraceBusID 22:16, GTSFREQ 11:10, TSPrescale 9:8, SWOENA 4, TXENA 3, SYNCENA 2, TSENA 1, "
    "ITMENA 0",
    0xE000_0FB0: "KEY 31:0",
    0xE000_0FB4: "nTT 2, SLK 1, SLI 0",
    0xE000_1000: "NUMCOMP 31:28, NOTRCPKT 27, NOEXTTRIG 26, NOCYCCNT 25, NOPRFCNT 24, CYCEVTENA 22, FOLDEVTENA 21, "
    "LSUEVTENA 20, SLEEPEVTENA 19, EXCEVTENA 18, CPIEVTENA 17, EXCTRCENA 16, PCSAMPLENA 12, SYNCTAP 11:10, CYCTAP 9, "
    "POSTINIT 8:5, POSTPRESET 4:1, CYCCNTENA 0",
    0xE000_1004: "CYCCNT 31:0",
    0xE000_1008: "CPICNT 7:0",
    0xE000_100C: "EXCCNT 7:0",
    0xE000_1010: "SLEEPCNT 7:0",
    0xE000_1014: "LSUCNT 7:0",
    0xE000_1018: "FOLDCNT 7:0",
    0xE000_101C: "EIASAMPLE 31:0",
    0xE000_1020: "COMP 31:0",
    0xE000_1024: "MASK 4:0",
    0xE000_1028: "MATCHED 24, DATAVADDR1 19:16, DATAVADDR0 15:12, DATAVSIZE 11:10, LNK1ENA 9, DATAVMATCH 8, "
    "CYCMATCH 7, EMITRANGE 5, FUNCTION 3:0",
    0xE000_E004: "INTLINESNUM 3:0",
    0xE000_E010: "COUNTFLAG 16, CLKSOURCE 2, TICKINT 1, ENABLE 0",
    0xE000_E014: "RELOAD 23:0",
    0xE000_E018: "CURRENT 23:0",
    0xE000_E01C: "NOREF 31, SKEW 30, TENMS 23:0",
    0xE000_E100: "SETENA 31:0",
    0xE000_E180: "CLRENA 31:0",
    0xE000_E200: "SETPEND 31:0",
    0xE000_E280: "CLRPEND 31:0",
    0xE000_E300: "ACTIVE 31:0",
    0xE000_E400: "PRI_N3 31:24, PRI_N2 23:16, PRI_N1 15:8, PRI_N0 7:0",
    0xE000_ED00: "Implementer 31:24, Variant 23:20, Architecture 19:16, PartNo 15:4, Revision 3:0",
    0xE000_ED04: "NMIPENDSET 31, PENDSVSET 28, PENDSVCLR 27, PENDSTSET 26, PENDSTCLR 25, ISRPREEMPT 23, ISRPENDING 22, "
    "VECTPENDING 20:12, RETTOBASE 11, VECTACTIVE 8:0",
    0xE000_ED08: "TBLOFF 31:7",
    0xE000_ED0C: "VECTKEYSTAT 31:16, VECTKEY 31:16, ENDIANNESS 15, PRIGROUP 10:8, SYSRESETREQ 2, VECTCLRACTIVE 1, "
    "VECTRESET 0",
    0xE000_ED10: "SEVONPEND 4, SLEEPDEEP 2, SLEEPONEXIT 1",
    0xE000_ED14: "BP 18, IC 17, DC 16, STKALIGN 9, BFHFNMIGN 8, DIV_0_TRP 4, UNALIGN_TRP 3, USERSETMPEND 1, "
    "NONBASETHRDENA 0",
    0xE000_ED18: "PRI_6 23:16, PRI_5 15:8, PRI_4 7:0",
    0xE000_ED1C: "PRI_11 31:24",
    0xE000_ED20: "PRI_15 31:24, PRI_14 23:16, PRI_12 7:0",
    0xE000_ED24: "USGFAULTENA 18, BUSFAULTENA 17, MEMFAULTENA 16, SVCALLPENDED 15, BUSFAULTPENDED 14, "
    "MEMFAULTPENDED 13, USGFAULTPENDED 12, SYSTICKACT 11, PENDSVACT 10, MONITORACT 8, SVCALLACT 7, USGFAULTACT 3, "
    "BUSFAULTACT 1, MEMFAULTACT 0",
    0xE000_ED28: "DIVBYZERO 25, UNALIGNED 24, NOCP 19, INVPC 18, INVSTATE 17, UNDEFINSTR 16, BFARVALID 15, LSPERR 13, "
    "STKERR 12, UNSTKERR 11, IMPRECISERR 10, PRECISERR 9, IBUSERR 8, MMARVALID 7, MLSPERR 5, MSTKERR 4, MUNSTKERR 3, "
    "DACCVIOL 1, IACCVIOL 0",
    0xE000_ED2C: "DEBUGEVT 31, FORCED 30, VECTTBL 1",
    0xE000_ED30: "EXTERNAL 4, VCATCH 3, DWTTRAP 2, BKPT 1, HALTED 0",
    0xE000_ED78: "LoUU 29:27, LoC 26:24, LoUIS 23:21, Ctype1 2:0",
    0xE000_ED7C: "Format 31:29, CWG 27:24, ERG 23:20, DminLine 19:16, IminLine 3:0",
    0xE000_ED80: "WT 31, WB 30, RA 29, WA 28, NumSets 27:13, Associativity 12:3, LineSize 2:0",
    0xE000_ED84: "Level 3:1, InD 0",
    0xE000_ED88: "CP11 23:22, CP10 21:20",
    0xE000_ED90: "IREGION 23:16, DREGION 15:8, SEPARATE 0",
    0xE000_ED94: "PRIVDEFENA 2, HFNMIENA 1, ENABLE 0",
    0xE000_ED98: "REGION 7:0",
    0xE000_ED9C: "ADDR 31:5, VALID 4, REGION 3:0",
    0xE000_EDA0: "XN 28, AP 26:24, TEX 21:19, S 18, C 17, B 16, SRD 15:8, SIZE 5:1, ENABLE 0",
    0xE000_EDB8: "XN 28, AP 26:24, TEX 21:19, S 18, C 17, B 16, SRD 15:8, SIZE 5:1, ENABLE 0",
    0xE000_EDF0: "DBGKEY 31:16, S_RESET_ST 25, S_RETIRE_ST 24, S_LOCKUP 19, S_SLEEP 18, S_HALT 17, S_REGRDY 16, "
    "C_SNAPSTALL 5, C_MASKINTS 3, C_STEP 2, C_HALT 1, C_DEBUGEN 0",
    0xE000_EDF4: "REGWnR 16, REGSEL 6:0",
    0xE000_EDF8: "DBGTMP 31:0",
    0xE000_EDFC: "TRCENA 24, MON_REQ 19, MON_STEP 18, MON_PEND 17, MON_EN 16, VC_HARDERR 10, VC_INTERR 9, VC_BUSERR 8, "
    "VC_STATERR 7, VC_CHKERR 6, VC_NOCPERR 5, VC_MMERR 4, VC_CORERESET 0",
    0xE000_EF00: "INTID 8:0",
    0xE000_EF34: "ASPEN 31, LSPEN 30, MONRDY 8, BFRDY 6, MMRDY 5, HFRDY 4, THREAD 3, USER 1, LSPACT 0",
    0xE000_EF3C: "AHP 26, DN 25, FZ 24, RMode 23:22",
    0xE000_EF40: "FP_rounding_modes 31:28, Short_vectors 27:24, Square_root 23:20, Divide 19:16, "
    "FP_exception_trapping 15:12, Double_precision 11:8, Single_precision 7:4, A_SIMD_registers 3:0",
    0xE000_EF44: "FP_fused_MAC 31:28, FP_HPFP 27:24, D_NaN_mode 7:4, FtZ_mode 3:0",
    0xE000_EF48: "VFP_Misc 7:4",
}


@pytest.mark.parametrize("address", ROWS, ids=[f"{address:#x}" for address in ROWS])
def test_each_field_is_where_the_manual_has_it_and_there_are_no_others(address):
    register = register_at(address)
    named = []
    for item in ROWS[address].split(", "):
        name, bits = item.split()
        high, _, low = bits.partition(":")
        width = int(high) - int(low or high) + 1
        ones = (1 << width) - 1
        assert getattr(register(ones << int(low or high)), name) == ones, item
        assert getattr(register(0xFFFF_FFFF & ~(ones << int(low or high))), name) == 0, item
        named.append(name)
    assert named == list(register.FIELDS)
