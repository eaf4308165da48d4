"""What to do when a job fails (Flink 1.x; since 2.0 the configuration keys `restart-strategy.*` say it)."""

from __future__ import annotations

from datetime import timedelta


class RestartStrategyConfiguration:
    """What to do when a job fails. `j_restart_strategy_configuration` are the options that say the same."""

    def __init__(self, j_restart_strategy_configuration: dict[str, str]) -> None:
        self._options = j_restart_strategy_configuration

    def get_description(self) -> str:
        """The strategy in words."""
        return self._options.get("restart-strategy.type", "what the configuration says")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RestartStrategyConfiguration) and self._options == other._options

    def __hash__(self) -> int:
        return hash(frozenset(self._options.items()))


class RestartStrategies:
    """Makes restart strategies.

    env.set_restart_strategy(RestartStrategies.fixed_delay_restart(3, 10_000))
    """

    class NoRestartStrategyConfiguration(RestartStrategyConfiguration):
        """A failure ends the job."""

        def __init__(self, j_restart_strategy: dict[str, str] | None = None) -> None:
            super().__init__(j_restart_strategy or {"restart-strategy.type": "none"})

        def get_description(self) -> str:
            """The strategy in words."""
            return "no restarts"

    class FixedDelayRestartStrategyConfiguration(RestartStrategyConfiguration):
        """So many restarts, with a pause before each."""

        def __init__(
            self,
            restart_attempts: int | None = None,
            delay_between_attempts_interval: timedelta | int | None = None,
            j_restart_strategy: dict[str, str] | None = None,
        ) -> None:
            self._attempts = _count(1 if restart_attempts is None else restart_attempts, "restart_attempts")
            self._delay = _interval(delay_between_attempts_interval, "delay_between_attempts", 1000)
            super().__init__(
                j_restart_strategy
                or {
                    "restart-strategy.type": "fixed-delay",
                    "restart-strategy.fixed-delay.attempts": str(self._attempts),
                    "restart-strategy.fixed-delay.delay": _text(self._delay),
                }
            )

        def get_restart_attempts(self) -> int:
            """How often the job is restarted."""
            return self._attempts

        def get_delay_between_attempts_interval(self) -> timedelta:
            """The pause before a restart."""
            return self._delay

        def get_description(self) -> str:
            """The strategy in words."""
            return f"{self._attempts} restarts, {_text(self._delay)} apart"

    class FailureRateRestartStrategyConfiguration(RestartStrategyConfiguration):
        """Restarts as long as failures are rare, with a pause before each."""

        def __init__(
            self,
            max_failure_rate: int | None = None,
            failure_interval: timedelta | int | None = None,
            delay_between_attempts_interval: timedelta | int | None = None,
            j_restart_strategy: dict[str, str] | None = None,
        ) -> None:
            self._rate = _count(1 if max_failure_rate is None else max_failure_rate, "failure_rate")
            self._interval = _interval(failure_interval, "failure_interval", 60_000)
            self._delay = _interval(delay_between_attempts_interval, "delay_interval", 1000)
            super().__init__(
                j_restart_strategy
                or {
                    "restart-strategy.type": "failure-rate",
                    "restart-strategy.failure-rate.max-failures-per-interval": str(self._rate),
                    "restart-strategy.failure-rate.failure-rate-interval": _text(self._interval),
                    "restart-strategy.failure-rate.delay": _text(self._delay),
                }
            )

        def get_max_failure_rate(self) -> int:
            """How many failures the interval may have."""
            return self._rate

        def get_failure_interval(self) -> timedelta:
            """The interval in which failures are counted."""
            return self._interval

        def get_delay_between_attempts_interval(self) -> timedelta:
            """The pause before a restart."""
            return self._delay

        def get_description(self) -> str:
            """The strategy in words."""
            return f"restarts up to {self._rate} failures in {_text(self._interval)}, {_text(self._delay)} apart"

    class FallbackRestartStrategyConfiguration(RestartStrategyConfiguration):
        """What the configuration says."""

        def __init__(self, j_restart_strategy: dict[str, str] | None = None) -> None:
            super().__init__(j_restart_strategy or {})

        def get_description(self) -> str:
            """The strategy in words."""
            return "what the configuration says"

    @staticmethod
    def no_restart() -> NoRestartStrategyConfiguration:
        """A failure ends the job."""
        return RestartStrategies.NoRestartStrategyConfiguration()

    @staticmethod
    def fall_back_restart() -> FallbackRestartStrategyConfiguration:
        """What the configuration says."""
        return RestartStrategies.FallbackRestartStrategyConfiguration()

    @staticmethod
    def fixed_delay_restart(
        restart_attempts: int, delay_between_attempts: int
    ) -> FixedDelayRestartStrategyConfiguration:
        """So many restarts, with a pause in milliseconds before each."""
        return RestartStrategies.FixedDelayRestartStrategyConfiguration(restart_attempts, delay_between_attempts)

    @staticmethod
    def failure_rate_restart(
        failure_rate: int, failure_interval: int, delay_interval: int
    ) -> FailureRateRestartStrategyConfiguration:
        """Restarts while an interval has at most so many failures, with a pause before each; both in milliseconds."""
        return RestartStrategies.FailureRateRestartStrategyConfiguration(failure_rate, failure_interval, delay_interval)


def _count(value: int, name: str) -> int:
    if not isinstance(value, int) or value < 0:
        raise ValueError(f"{name} is a whole number from 0, not {value!r}")
    return value


def _interval(value: timedelta | int | None, name: str, default: int) -> timedelta:
    value = default if value is None else value
    interval = value if isinstance(value, timedelta) else timedelta(milliseconds=value)
    if interval < timedelta(0):
        raise ValueError(f"{name} is a number of milliseconds from 0, not {value!r}")
    return interval


def _text(interval: timedelta) -> str:
    return f"{interval // timedelta(milliseconds=1)} ms"
