# Rows and tuples as a dict of arrays, as a pandas frame, as Arrow record batches and as lists, and rows made of them.
import numpy
import pandas
import pyarrow
from penstock.extensions import filter_batches, map_batches
from pyflink.common import Row, Types
from pyflink.datastream import StreamExecutionEnvironment

CITY = Types.ROW_NAMED(["city", "celsius"], [Types.STRING(), Types.DOUBLE()])
FAHRENHEIT = Types.ROW_NAMED(["place", "fahrenheit", "hot"], [Types.STRING(), Types.DOUBLE(), Types.BOOLEAN()])


def of_arrays(batch: dict[str, numpy.ndarray]):
    fahrenheit = batch["celsius"] * 1.8 + 32
    return {"hot": fahrenheit > 80, "fahrenheit": fahrenheit, "place": batch["city"]}


def of_frame(frame: pandas.DataFrame):
    return pandas.DataFrame(
        {"place": frame["city"].str.upper(), "fahrenheit": frame["celsius"] + 0.5, "hot": frame["celsius"] > 20}
    )


def of_arrow(batch: pyarrow.RecordBatch):
    names = pyarrow.array([name[:2] for name in batch.column("city").to_pylist()])
    cold = pyarrow.array([value < 20 for value in batch.column("celsius").to_pylist()])
    return pyarrow.table({"place": names, "fahrenheit": batch.column("celsius"), "hot": cold})


def of_list(rows: list):
    return [Row(row.city, row["celsius"], False) for row in rows]


def not_annotated(batch):
    return [f"{city}: {celsius}" for city, celsius in zip(*batch.to_pydict().values())]


def warm(batch: dict):
    return batch["celsius"] > 10


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    cities = env.from_collection([Row("Oslo", 8.0), Row("Rome", 31.5), Row("Bern", 20.0)], CITY)
    for function in (of_arrays, of_frame, of_arrow, of_list):
        map_batches(cities, function, output_type=FAHRENHEIT).print(function.__name__)
        env.execute()
    map_batches(filter_batches(cities, warm), not_annotated, output_type=Types.STRING()).print()
    env.execute()
    pairs = env.from_collection([(1, 2.5), (3, 4.5)], Types.TUPLE([Types.LONG(), Types.DOUBLE()]))
    swapped = map_batches(
        pairs,
        lambda batch: [(float(second), first) for first, second in zip(*batch.to_pydict().values())],
        output_type=Types.TUPLE([Types.DOUBLE(), Types.LONG()]),
    )
    swapped.print("swapped")
    env.execute()


if __name__ == "__main__":
    main()
