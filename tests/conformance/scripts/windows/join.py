# Joins by key and window. PyFlink's DataStream has none: what Flink prints comes of the same joins written in SQL.
# order: free
from pyflink.common import Row, Time, Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.window import SlidingEventTimeWindows, TumblingEventTimeWindows

ORDERS = [("a", 1, 100), ("a", 2, 900), ("b", 3, 950), ("a", 4, 1200), ("c", 5, 1250), ("b", 6, 3100)]
PAYMENTS = [("a", 10, 300), ("b", 20, 999), ("b", 30, 400), ("a", 40, 1999), ("a", 50, 1001), ("d", 60, 3500)]

WINDOWS = {
    "tumbling": "TUMBLE(TABLE {}, DESCRIPTOR(rowtime), INTERVAL '1' SECOND)",
    "sliding": "HOP(TABLE {}, DESCRIPTOR(rowtime), INTERVAL '1' SECOND, INTERVAL '2' SECOND)",
}
JOIN = """
SELECT l.name, l.amount, r.amount FROM (SELECT * FROM TABLE({left})) l JOIN (SELECT * FROM TABLE({right})) r
ON l.name = r.name AND l.window_start = r.window_start AND l.window_end = r.window_end
"""
SUMS = "SELECT name, window_start, window_end, COUNT(*) n, SUM(amount) total FROM TABLE({}) {}"
BY_WINDOW = "GROUP BY name, window_start, window_end"
CO_GROUP = """
SELECT COALESCE(l.name, r.name), COALESCE(l.n, 0), COALESCE(l.total, 0), COALESCE(r.n, 0), COALESCE(r.total, 0)
FROM ({left}) l FULL JOIN ({right}) r
ON l.name = r.name AND l.window_start = r.window_start AND l.window_end = r.window_end
"""


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value[2]


def of_streams(orders, payments):
    assigners = {
        "tumbling": TumblingEventTimeWindows.of(Time.seconds(1)),
        "sliding": SlidingEventTimeWindows.of(Time.seconds(2), Time.seconds(1)),
    }

    def together(first, second):
        sums = (len(first), sum(order[1] for order in first), len(second), sum(payment[1] for payment in second))
        yield (*(first or second)[0][:1], *sums)

    for name, assigner in assigners.items():
        by_name = {"where": lambda order: order[0], "equal_to": lambda payment: payment[0]}
        joined = orders.join(payments).where(by_name["where"], Types.STRING()).equal_to(by_name["equal_to"])
        yield f"{name} join", joined.window(assigner).apply(lambda order, payment: (order[0], order[1], payment[1]))
        grouped = orders.co_group(payments).where(by_name["where"], Types.STRING()).equal_to(by_name["equal_to"])
        yield f"{name} co_group", grouped.window(assigner).apply(together)


def of_tables(env, orders, payments):
    from pyflink.table import Schema, StreamTableEnvironment

    tables = StreamTableEnvironment.create(env)
    timed = Schema.new_builder().column("name", "STRING").column("amount", "BIGINT")
    timed = timed.column_by_metadata("rowtime", "TIMESTAMP_LTZ(3)").watermark("rowtime", "SOURCE_WATERMARK()").build()
    for name, stream in [("orders", orders), ("payments", payments)]:
        tables.create_temporary_view(name, stream, timed)
    for name, windows in WINDOWS.items():
        left, right = windows.format("orders"), windows.format("payments")
        queries = {
            "join": JOIN.format(left=left, right=right),
            "co_group": CO_GROUP.format(left=SUMS.format(left, BY_WINDOW), right=SUMS.format(right, BY_WINDOW)),
        }
        for kind, query in queries.items():
            yield f"{name} {kind}", tables.to_data_stream(tables.sql_query(query))


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    fields = Types.ROW_NAMED(["name", "amount", "millis"], [Types.STRING(), Types.LONG(), Types.LONG()])

    def stream(records):
        strategy = WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())
        rows = env.from_collection([Row(*record) for record in records], type_info=fields)
        return rows.assign_timestamps_and_watermarks(strategy)

    # All records are there before the first watermark.
    env.get_config().set_auto_watermark_interval(1_000_000)
    orders, payments = stream(ORDERS), stream(PAYMENTS)
    results = of_streams(orders, payments) if hasattr(orders, "join") else of_tables(env, orders, payments)
    for name, records in results:
        records.map(lambda fields: " ".join(str(field) for field in fields), Types.STRING()).print(name)
    env.execute()


if __name__ == "__main__":
    main()
