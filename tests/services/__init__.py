"""Real services for the tests on this machine: Kafka, an S3 server, PostgreSQL, Redis, a schema registry, Kubernetes.

>>> from services import KafkaBroker
>>> KafkaBroker.script.name
'kafka.sh'
"""

from services.k8s import Kubernetes
from services.kafka import KafkaBroker, Record
from services.postgres import PostgresServer
from services.process import ServiceError
from services.redis import RedisServer
from services.s3 import S3Server
from services.schema_registry import SchemaRegistryServer

__all__ = [
    "KafkaBroker",
    "Kubernetes",
    "PostgresServer",
    "Record",
    "RedisServer",
    "S3Server",
    "SchemaRegistryServer",
    "ServiceError",
]
