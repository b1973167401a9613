"""Plans come from their seeds alone, and reach every fault that can be staged."""
import unittest

from fault.catalogue import CATALOGUE, PROMISES, possible_in
from fault.plan import PARTS, plan_of
from fault.world import WORLDS

PLANS = [plan_of(seed) for seed in range(300)]


class PlanTest(unittest.TestCase):
    def test_the_same_seed_gives_the_same_plan(self):
        for seed, plan in enumerate(PLANS[:50]):
            self.assertEqual(plan_of(seed), plan)
        self.assertNotEqual(PLANS[1], PLANS[2])

    def test_every_fault_that_can_be_staged_is_planned_sooner_or_later(self):
        planned = {step.fault for plan in PLANS for step in plan.steps}
        self.assertEqual(planned, {fault.name for fault in CATALOGUE.values() if fault.begin})

    def test_what_is_planned_is_possible_in_its_world(self):
        for plan in PLANS:
            possible = {fault.name for fault in possible_in(PARTS[plan.world])}
            self.assertLessEqual({step.fault for step in plan.steps}, possible, plan)

    def test_one_part_has_one_fault_at_a_time(self):
        for plan in PLANS:
            busy = {}
            for step in plan.steps:
                part = CATALOGUE[step.fault].touches
                self.assertGreaterEqual(step.at, busy.get(part, 0.0), plan)
                busy[part] = step.at + step.seconds

    def test_a_plan_can_be_narrowed_down_to_a_fault(self):
        for name in ("redis-killed", "database-disk-full", "server-unplugged", "database-older"):
            plan = plan_of(7, fault=name)
            self.assertEqual({step.fault for step in plan.steps}, {name})
            self.assertIn(CATALOGUE[name], possible_in(PARTS[plan.world]))

    def test_every_world_has_parts_and_every_fault_keeps_known_promises(self):
        self.assertEqual(set(PARTS), set(WORLDS))
        for fault in CATALOGUE.values():
            self.assertLessEqual(set(fault.promises) | set(fault.may_break), set(PROMISES))
            self.assertTrue(fault.begin or fault.why, fault.name)
