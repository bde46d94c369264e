"""Random scenarios: priorities, masks, nesting, MPU programmes, faults of stacking and unstacking, spoilt returns."""

from __future__ import annotations

import random
from dataclasses import replace

from differential.lab.scenario import (
    ACTIONS,
    CONTEXTS,
    HOLE_BASE,
    NO_REGION,
    NOTHING,
    NOWHERE,
    ODD_STACK,
    ODD_STACK_END,
    PROBES,
    REGIONS,
    RESTARTS,
    THREAD_STACK,
    Action,
    Scenario,
)

PRIORITIES = (0x00, 0x20, 0x40, 0x40, 0x60, 0x80, 0x80, 0xA0, 0xC0, 0xE0)
SUBREGIONS = {11: (0, 0, 0x0F, 0xF0), 12: (0, 0x03, 0x0C, 0x30, 0xC0, 0x3C, 0xF3)}  # SRD by the region's size
LOCKING = ("NMI", "HardFault")  # contexts where a fault or an SVC is a lockup: once in a while is enough


def _odd_stack(rng: random.Random) -> int:
    return rng.randrange(ODD_STACK + 0x80, ODD_STACK_END, 4)


def random_region(rng: random.Random) -> tuple[int, int]:
    """Return MPU_RBAR (without VALID) and MPU_RASR of a region over the probes, the restarts or the odd stack.

    Subregions of one 1 KiB page are disabled together, for there is Q-32.
    """
    log2_size = rng.choice((5, 5, 6, 6, 7, 8, 8, 9, 10, 11, 12))
    base = rng.randrange(PROBES, ODD_STACK_END, 1 << log2_size)
    subregions = rng.choice(SUBREGIONS[log2_size]) if log2_size in SUBREGIONS else 0
    rights = rng.choice((0, 0, 1, 1, 1, 2, 2, 3, 5, 6)) << 24 | rng.choice((0, 0, 1)) << 28
    enabled = rng.random() < 0.9
    return base, rights | 0x2_0000 | subregions << 8 | log2_size - 1 << 1 | enabled


def _simple_action(rng: random.Random) -> Action:
    """What any context may do."""
    line = rng.randrange(5)
    choices = (
        (7, Action("PEND", line)),
        (1, Action("TRIGGER", line)),
        (2, Action("SET_PENDSV", 0, 1 << rng.choice((28, 28, 28, 27)))),
        (1, Action("SYSTICK", 0, rng.randrange(2))),
        (2, Action("DO_SVC")),
        (1, Action("PRIMASK", 0, int(rng.random() < 0.3))),
        (2, Action("BASEPRI", 0, rng.choice((0, 0, 0, *PRIORITIES)))),
        (1, Action("BASEPRI_MAX", 0, rng.choice(PRIORITIES))),
        (2, Action("PRIORITY", rng.randrange(12), rng.choice(PRIORITIES))),
        (1, Action(rng.choice(("ENABLE", "ENABLE", "DISABLE")), 0, rng.randrange(32))),
        (1, Action("UNPEND", line)),
        (3, Action("FP_USE", 0, 0x3F80_0000 + rng.randrange(1 << 20))),
        (2, Action("FP_CHECK")),
        (1, Action("HANDLERS", 0, rng.choice((0x7_0000, 0x7_0000, 0x7_0000, rng.randrange(8) << 16)))),
        (1, Action("EVENT")),
        (2, _region_action(rng)),
    )
    return rng.choices([action for _, action in choices], [weight for weight, _ in choices])[0]


def _region_action(rng: random.Random) -> Action:
    base, rasr = random_region(rng)
    return Action("REGION", rng.randint(1, REGIONS), rasr, (base - PROBES) // 32)


def _fault_action(rng: random.Random) -> Action:
    """What faults, or may fault under the scenario's regions."""
    operations = ("UNDEFINED", "BAD_LOAD", "BAD_STORE", "DENIED_LOAD", "UNALIGNED", "DIVIDE", "BAD_JUMP", "NO_T_JUMP")
    probes = ("PROBE_LOAD", "PROBE_STORE", "PROBE_JUMP")
    operation = rng.choice((*operations, "DO_SVC", *probes, *probes))
    value = rng.randrange(0, 256, 4)
    if operation == "BAD_JUMP":
        value = rng.choice((0x4800_0001, 0x6000_0001, 0xE000_ED01, NOWHERE + 0x101))
    if operation in probes:
        value = rng.randrange(PROBES, RESTARTS, 4)
    return Action(operation, 0, value)


def _rare_actions(rng: random.Random, context: int, on_psp: bool) -> list[Action]:
    """Return one action, or two that belong together."""
    bad_stack = rng.choice((HOLE_BASE + 0x200, NOWHERE, _odd_stack(rng), _odd_stack(rng)))
    restart = rng.randrange(RESTARTS + 0x200, ODD_STACK - 0x80, 32)
    choices = [
        [Action("FAULTMASK", 0, rng.choice((0, 1)))],
        [Action("SET_NMI")],
        [Action("PEND_FAULT", 0, 1 << rng.randrange(12, 16))],
        [Action("CCR", 0, rng.choice((0x200, 0x201, 0x210, 0x218)))],
        [Action("MPU_ON", 0, rng.choice((0, 5, 7)))],
        [Action("CONFIGURE_FP", 0, rng.randrange(4) << 30)],
        [Action("CPACR", 0, rng.choice((0, 0xF0_0000)))],
    ]
    if context:
        choices += [[Action("FRAME_T")], [Action("LEAVE_BY", 0, _bad_return(rng, on_psp))]]
        choices += [[Action("MOVE_FPCAR", 0, bad_stack), Action("FP_USE", 0, 0x3F80_0000)]] * 2
        choices += [[Action("ACTIVE", 0, 1 << rng.choice((0, 1, 3, 7, 10, 11)))]]
        choices += [[Action("MOVE_PSP", 0, restart), Action("LEAVE_BY", 0, 0xFFFF_FFFD - rng.choice((0, 0x10)))]]
        if not on_psp or rng.random() < 0.02:  # there is Q-19
            choices += [[Action("FRAME_IPSR", 0, rng.choice((0, 3, 11, 16, 17)))]]
        if on_psp:
            choices += [[Action("MOVE_PSP", 0, rng.choice((HOLE_BASE + 0x200, NOWHERE, NOWHERE, restart)))]] * 3
    else:
        choices += [[Action("UNPRIVILEGE")]]
        if on_psp:
            place = rng.choice((bad_stack, HOLE_BASE + 0x410, _odd_stack(rng))) | rng.randrange(2)
            choices += [[Action("STACK_FAULT", 0, place)]] * 7
            choices += [[Action("FAULTMASK", 0, 1), Action("STACK_FAULT", 0, place | 1)]]
    return rng.choice(choices)


def _bad_return(rng: random.Random, on_psp: bool) -> int:
    """EXC_RETURN values that the checks refuse wherever they are used."""
    values = [0xFFFF_FFF5, 0xFFFF_FFF0, 0xFFFF_FFF3, 0xFFFF_FFFB, 0xFFFF_FFFF, 0xFFFF_FFE5]
    return rng.choice(values if on_psp else [*values, 0xFFFF_FFF1])


def _list(rng: random.Random, context: int, on_psp: bool) -> tuple[Action, ...]:
    """Return the list of a context."""
    actions: list[Action] = []
    locking = CONTEXTS[context] in LOCKING
    simple = 0.85 if locking else 0.75
    faulty = 0.2 if locking else 0.6 if context else 0.4
    for _ in range(rng.randint(4, ACTIONS) if context == 0 else rng.randint(1, ACTIONS)):
        pick = rng.random()
        if context and pick < 0.25:
            actions.append(Action())
        elif pick < simple:
            actions.append(_simple_action(rng))
        elif pick < simple + (1 - simple) * faulty:
            actions.append(_fault_action(rng))
        else:
            actions += _rare_actions(rng, context, on_psp)
    if locking and rng.random() < 0.8:
        actions = [action for action in actions if action.operation != "DO_SVC"]
    return (*actions, *[Action()] * ACTIONS)[:ACTIONS]


# What a part without FPU, or a scenario without an FP context, leaves out.
WITHOUT_FPU = {"FP_CHECK", "CONFIGURE_FP", "CPACR", "MOVE_FPCAR"}
WITHOUT_FP = {"CONFIGURE_FP", "CPACR"}


def random_scenario(rng: random.Random, has_fpu: bool) -> Scenario:
    """Return one scenario."""
    on_psp = rng.random() < 0.6
    without_fp = not has_fpu or rng.random() < 0.2
    unprivileged = rng.random() < 0.3
    mpu_ctrl = rng.choice((0, 5, 5, 7))
    setup = (
        rng.choice((0, 0, 3, 4, 5, 6, 7)) << 8,
        rng.choice((0x7_0000, 0x7_0000, 0x7_0000, rng.randrange(8) << 16)),
        rng.choice((0x200, 0x200, 0x210, 0x218)) & (~0x200 if rng.random() < (0.7 if without_fp else 0.02) else ~0),
        mpu_ctrl,
        0 if without_fp else rng.choice((0xC000_0000, 0xC000_0000, 0x8000_0000, 0x0000_0000)),
        rng.choice((0, 0, 0x0300_0000)),
        (2 if on_psp else 0) | unprivileged | (0 if without_fp else rng.choice((0, 4))),
        THREAD_STACK - 4 * rng.randrange(4),
        rng.choice((0x1F, 0x1F, rng.randrange(32))),
    )
    regions = tuple(random_region(rng) if mpu_ctrl and rng.random() < 0.6 else NO_REGION for _ in range(REGIONS))
    unfit = set() if not without_fp else WITHOUT_FP if has_fpu else WITHOUT_FPU

    def fit(action: Action) -> Action:
        if action.operation == "LEAVE_BY" and not has_fpu:
            return replace(action, value=action.value | 0x10)  # UNPREDICTABLE when clear [D-010]
        seldom = not has_fpu and action.operation == "FP_USE" and rng.random() < 0.85
        return NOTHING if seldom or action.operation in unfit else action

    lists = tuple(tuple(map(fit, _list(rng, context, on_psp))) for context in range(len(CONTEXTS)))
    return Scenario(setup, tuple(rng.choice(PRIORITIES) for _ in range(12)), regions, lists)


def random_scenarios(seed: object, count: int, core: str = "m4f") -> list[Scenario]:
    """Return ``count`` scenarios for ``core``; the same arguments give the same ones."""
    rng = random.Random(f"scenarios {seed} {core}")
    return [random_scenario(rng, core != "m3") for _ in range(count)]
