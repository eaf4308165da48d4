# JSON strings parsed, changed and filtered as untyped tuples.
# order: free
# prefix: any
import json
import logging
import sys

from pyflink.datastream import StreamExecutionEnvironment

PEOPLE = [
    (1, '{"name": "Ada", "visits": 7, "home": {"city": "London", "zip": null}}'),
    (2, '{"name": "Grace", "visits": 41, "home": {"city": "Arlington", "zip": 22202}}'),
    (3, '{"name": "Emmy", "visits": 0, "home": {"city": "London", "zip": "E1"}}'),
]


def one_more_visit(record):
    person = json.loads(record[1])
    person["visits"] += 1
    return record[0], person


def lives_in_london(record):
    return record[1]["home"]["city"] == "London"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    people = env.from_collection(collection=PEOPLE)
    people.map(one_more_visit).filter(lives_in_london).print()
    env.execute()


if __name__ == "__main__":
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(message)s")
    main()
