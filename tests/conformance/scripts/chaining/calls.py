# Names, ids, descriptions, chaining and slot sharing: none of them changes what is computed.
from pyflink.common import Types
from pyflink.datastream import SlotSharingGroup, StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection([1, 2, 3], type_info=Types.INT()).name("numbers").uid("source")
    (
        numbers.map(lambda number: number * 2, output_type=Types.INT())
        .name("times two")
        .uid("times-two")
        .set_description("doubles")
        .start_new_chain()
        .filter(lambda number: number != 4)
        .disable_chaining()
        .slot_sharing_group("default")
        .map(lambda number: -number, output_type=Types.INT())
        .set_max_parallelism(64)
        .set_buffer_timeout(10)
        .slot_sharing_group(SlotSharingGroup.builder("default").build())
        .print()
        .name("sink")
        .uid("sink")
        .set_description("prints")
        .disable_chaining()
    )
    env.execute()


if __name__ == "__main__":
    main()
