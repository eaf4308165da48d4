# The restart strategies as objects: their parameters and when two are equal.
from pyflink.common import RestartStrategies


def main():
    fixed = RestartStrategies.fixed_delay_restart(3, 1000)
    print(type(fixed).__name__, fixed.get_restart_attempts(), fixed.get_delay_between_attempts_interval())
    rate = RestartStrategies.failure_rate_restart(5, 60_000, 500)
    print(type(rate).__name__, rate.get_max_failure_rate(), rate.get_failure_interval())
    print(rate.get_delay_between_attempts_interval())
    print(type(RestartStrategies.no_restart()).__name__, type(RestartStrategies.fall_back_restart()).__name__)
    print(
        fixed == RestartStrategies.fixed_delay_restart(3, 1000), fixed == RestartStrategies.fixed_delay_restart(4, 1000)
    )
    print(RestartStrategies.no_restart() == RestartStrategies.no_restart())


if __name__ == "__main__":
    main()
