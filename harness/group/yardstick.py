"""The machine's matrix product, which has a turn in every round: what figures are a share of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness import process, protocol
from harness.ceiling import flops_per_call
from harness.process import ChildError

if TYPE_CHECKING:
    from harness.group.contestant import Contest
    from harness.process import Child

SECONDS = 0.05
CALLS = 2


@dataclass(slots=True)
class Yardstick:
    """A process that multiplies matrices, and what it has reached in each round."""

    child: Child
    threads: int
    rates: list[float] = field(default_factory=list)
    """FLOP/s."""
    reason: str = ""
    """Why there are no more."""

    def take_turn(self, timeout: float) -> None:
        """Measure one turn, unless an earlier one failed."""
        if self.reason:
            return
        question = protocol.Turn(seconds=SECONDS, calls=CALLS)
        try:
            turned = self.child.ask(question, protocol.Turned, timeout)
        except ChildError as error:
            self.child.close()
            self.reason = f"the machine's matrix product could not be measured: {error.reason}"
            return
        self.rates.append(turned.calls * flops_per_call(self.threads) / turned.wall_ns * 1e9)


def start(contest: Contest) -> Yardstick:
    """Start the process, with the threads that every contender has; it ends with the contest."""
    setting = contest.setting
    log = setting.path(f"logs/{contest.began.group_run_id}-ceiling.log")
    child = contest.stack.enter_context(process.start("harness.ceiling", log, setting.threads))
    started = Yardstick(child=child, threads=setting.threads)
    # A process that is still starting would slow down whoever has the first turn.
    started.take_turn(setting.suite.timeout_seconds)
    started.rates.clear()
    return started
