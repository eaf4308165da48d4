"""Real services for the tests: a Kafka broker, an S3 server, a PostgreSQL and a Kubernetes on this machine.

>>> from services import KafkaBroker
>>> KafkaBroker.script.name
'kafka.sh'
"""

from services.k8s import Kubernetes
from services.kafka import KafkaBroker, Record
from services.postgres import PostgresServer
from services.process import ServiceError
from services.s3 import S3Server

__all__ = ["KafkaBroker", "Kubernetes", "PostgresServer", "Record", "S3Server", "ServiceError"]
