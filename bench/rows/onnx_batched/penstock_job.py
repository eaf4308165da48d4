"""A model of ONNX Runtime on the numbers 1 to n, in batches of 1,024."""

import sys
from pathlib import Path

from pyflink.common import Types, WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.number_seq import NumberSequenceSource

from penstock.extensions import map_batches
from penstock.testing import DiscardingSink

sys.path.insert(0, str(Path(__file__).parent))


class Scores:
    def open(self, runtime_context):
        import classifier

        self.features = classifier.features
        self.session = classifier.session()

    def __call__(self, numbers):
        (scores,) = self.session.run(None, {"x": self.features(numbers)})
        return scores[:, 0]


def main(n: int) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_source(NumberSequenceSource(1, n), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG())
    scores = map_batches(numbers, Scores(), output_type=Types.FLOAT(), batch_size=1024)
    scores.sink_to(DiscardingSink())
    env.execute("onnx_batched")


if __name__ == "__main__":
    main(int(sys.argv[1]))
