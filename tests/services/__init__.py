"""Real services for the tests: a Kafka broker, an S3 server and a PostgreSQL on loopback, without containers.

>>> from services import KafkaBroker
>>> KafkaBroker.script.name
'kafka.sh'
"""

from services.kafka import KafkaBroker, Record
from services.postgres import PostgresServer
from services.process import ServiceError
from services.s3 import S3Server

__all__ = ["KafkaBroker", "PostgresServer", "Record", "S3Server", "ServiceError"]
