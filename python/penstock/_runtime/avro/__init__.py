"""Single Avro values, as Kafka records carry them: from bytes to Python objects and back.

>>> from penstock._runtime.avro import decoder, encoder, parse
>>> schema = parse('{"type": "record", "name": "User", "fields": [{"name": "id", "type": "long"}]}')
>>> encoder(schema)({"id": 3})
b'\\x06'
>>> decoder(schema, schema)(b'\\x06')
{'id': 3}
"""

from penstock._runtime.avro.decoding import decoder, program
from penstock._runtime.avro.encoding import encoder
from penstock._runtime.avro.rows import rows_of
from penstock._runtime.avro.schema import AvroError, Schema, parse

__all__ = ["AvroError", "Schema", "decoder", "encoder", "parse", "program", "rows_of"]
