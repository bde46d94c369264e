"""Makes a failing scenario small: fewer actions, fewer MPU regions, a plainer set-up, the same kind of difference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from differential.lab.scenario import (
    ACTIONS,
    CONTEXTS,
    NO_REGION,
    NOTHING,
    PLAIN_PRIORITY,
    PLAIN_SETUP,
    REGIONS,
    Scenario,
)

Judge = Callable[[Sequence[Scenario]], list[bool]]
Change = Callable[[Scenario], Scenario]


def shrunk(scenario: Scenario, still_fails: Judge) -> Scenario:
    """Return ``scenario`` without what its failure does not need; ``still_fails`` judges many candidates in one run."""
    scenario = _changed(scenario, [partial(_without_context, context) for context in range(len(CONTEXTS))], still_fails)
    places = [(context, number) for context in range(len(CONTEXTS)) for number in range(ACTIONS)]
    changes: list[Change] = [partial(_without_action, place) for place in places]
    changes += [partial(_without_region, number) for number in range(REGIONS)]
    changes += [partial(_with_plain_setup, number) for number in range(len(PLAIN_SETUP))]
    changes += [partial(_with_plain_priority, number) for number in range(len(scenario.priorities))]
    while True:
        smaller = _changed(scenario, changes, still_fails)
        if smaller == scenario:
            return scenario
        scenario = smaller


def _changed(scenario: Scenario, changes: Sequence[Change], still_fails: Judge) -> Scenario:
    """Make every change that the failure survives alone; as many of them together as it survives."""
    changes = [change for change in changes if change(scenario) != scenario]
    if not changes:
        return scenario
    verdicts = still_fails([change(scenario) for change in changes])
    good = [change for change, fails in zip(changes, verdicts, strict=True) if fails]
    if not good:
        return scenario
    count = len(good)
    while count > 1:
        candidate = scenario
        for change in good[:count]:
            candidate = change(candidate)
        if still_fails([candidate])[0]:
            return candidate
        count //= 2
    return good[0](scenario)


def _without_context(context: int, scenario: Scenario) -> Scenario:
    lists = list(scenario.actions)
    lists[context] = (NOTHING,) * ACTIONS
    return replace(scenario, actions=tuple(lists))


def _without_action(place: tuple[int, int], scenario: Scenario) -> Scenario:
    lists = [list(actions) for actions in scenario.actions]
    lists[place[0]][place[1]] = NOTHING
    return replace(scenario, actions=tuple(map(tuple, lists)))


def _without_region(number: int, scenario: Scenario) -> Scenario:
    regions = list(scenario.regions)
    regions[number] = NO_REGION
    return replace(scenario, regions=tuple(regions))


def _with_plain_setup(number: int, scenario: Scenario) -> Scenario:
    setup = list(scenario.setup)
    setup[number] = PLAIN_SETUP[number]
    return replace(scenario, setup=tuple(setup))


def _with_plain_priority(number: int, scenario: Scenario) -> Scenario:
    priorities = list(scenario.priorities)
    priorities[number] = PLAIN_PRIORITY
    return replace(scenario, priorities=tuple(priorities))
