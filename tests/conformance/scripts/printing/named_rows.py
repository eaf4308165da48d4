# The names of a ROW_NAMED are not printed; functions behind a channel read fields by them, also of rows made without.
# order: per-sink
from pyflink.common import Row, Types
from pyflink.datastream import StreamExecutionEnvironment

PERSON = Types.ROW_NAMED(["name", "age"], [Types.STRING(), Types.INT()])


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    rows = [Row("Ada", 36), Row(name="Grace", age=85)]
    people = env.from_collection([0, 1]).map(lambda index: rows[index], output_type=PERSON)
    people.print("case 1")
    people.rebalance().map(
        lambda person: f"{person.name}/{person['age']}/{person[0]}", output_type=Types.STRING()
    ).print("case 2")
    people.rebalance().map(lambda person: repr(person) + str(person.as_dict()), output_type=Types.STRING()).print(
        "case 3"
    )
    env.execute()


if __name__ == "__main__":
    main()
