"""Real services for the tests: a Kafka broker and an S3 server on loopback, without containers.

>>> from services import KafkaBroker
>>> KafkaBroker.script.name
'kafka.sh'
"""

from services.kafka import KafkaBroker, Record
from services.process import ServiceError
from services.s3 import S3Server

__all__ = ["KafkaBroker", "Record", "S3Server", "ServiceError"]
