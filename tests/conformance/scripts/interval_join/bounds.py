# Interval joins with bounds on both sides of a record, inclusive and exclusive. PyFlink has none in its DataStream API:
# what Flink prints is that of the same joins in Flink SQL, below.
# order: free
from pyflink.common import Duration, Time, Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import KeyedStream, StreamExecutionEnvironment

TYPE = Types.ROW_NAMED(["k", "n", "t"], [Types.STRING(), Types.INT(), Types.LONG()])
JOINS = {
    "inclusive": (-2, 1, "r.ts >= l.ts - INTERVAL '2' SECOND AND r.ts <= l.ts + INTERVAL '1' SECOND"),
    "exclusive": (-2, 1, "r.ts > l.ts - INTERVAL '2' SECOND AND r.ts < l.ts + INTERVAL '1' SECOND"),
    "later": (1, 3, "r.ts >= l.ts + INTERVAL '1' SECOND AND r.ts <= l.ts + INTERVAL '3' SECOND"),
    "earlier": (-3, -1, "r.ts >= l.ts - INTERVAL '3' SECOND AND r.ts <= l.ts - INTERVAL '1' SECOND"),
    "same": (0, 0, "r.ts = l.ts"),
}


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value[2]


def records(env, first):
    # Far from the epoch: near it, Flink SQL loses pairs now and then.
    rows = [("abc"[n % 3], first + n, 1_700_000_000_000 + 1_000 * (n * 7 % 11)) for n in range(24)]
    strategy = WatermarkStrategy.for_bounded_out_of_orderness(Duration.of_seconds(30))
    return env.from_collection(rows, TYPE).assign_timestamps_and_watermarks(
        strategy.with_timestamp_assigner(Times())
    )


def joined(left, right, kind):
    from pyflink.datastream.functions import ProcessJoinFunction

    class Pair(ProcessJoinFunction):
        def process_element(self, left, right, ctx):
            assert (ctx.get_left_timestamp(), ctx.get_right_timestamp()) == (left[2], right[2])
            yield f"{left[0]} {left[1]} {right[1]}"

    lower, upper, _ = JOINS[kind]
    join = left.key_by(lambda row: row[0], Types.STRING()).interval_join(
        right.key_by(lambda row: row[0], Types.STRING())
    )
    join = join.between(Time.seconds(lower), Time.seconds(upper))
    if kind == "exclusive":
        join = join.lower_bound_exclusive().upper_bound_exclusive()
    return join.process(Pair(), Types.STRING())


def joined_by_sql(env, left, right, kind):
    from pyflink.table import Schema, StreamTableEnvironment

    tables = StreamTableEnvironment.create(env)
    schema = Schema.new_builder().column_by_metadata("ts", "TIMESTAMP_LTZ(3)", "rowtime").watermark("ts", "SOURCE_WATERMARK()")
    names = f"left_{kind}", f"right_{kind}"
    for name, stream in zip(names, (left, right)):
        tables.create_temporary_view(name, tables.from_data_stream(stream, schema.build()))
    query = f"SELECT l.k, l.n AS a, r.n AS b FROM {names[0]} l, {names[1]} r WHERE l.k = r.k AND {JOINS[kind][2]}"
    return tables.to_data_stream(tables.sql_query(query)).map(lambda row: f"{row[0]} {row[1]} {row[2]}", Types.STRING())


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    left, right = records(env, 0), records(env, 100)
    for kind in JOINS:
        if hasattr(KeyedStream, "interval_join"):
            pairs = joined(left, right, kind)
        else:
            pairs = joined_by_sql(env, left, right, kind)
        pairs.print(kind)
    env.execute()


if __name__ == "__main__":
    main()
