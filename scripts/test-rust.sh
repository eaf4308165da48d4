#!/usr/bin/env bash
# The Rust tests of these crates, beside a real Kafka broker with and without SASL where one can be started.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ROOT"
folder=$(mktemp -d)
trap 'tests/services/kafka.sh stop "$folder/kafka" >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
export KAFKA_PORT=${KAFKA_PORT:-$(free_port)} KAFKA_CONTROLLER_PORT=$(free_port) KAFKA_SASL_PORT=$(free_port)
export KAFKA_SASL_USER=penstock KAFKA_SASL_PASSWORD=penstock-secret
if command -v java mvn >/dev/null; then
  PENSTOCK_TEST_KAFKA=$(tests/services/kafka.sh start "$folder/kafka")
  export PENSTOCK_TEST_KAFKA PENSTOCK_TEST_KAFKA_SASL="$KAFKA_SASL_USER:$KAFKA_SASL_PASSWORD@127.0.0.1:$KAFKA_SASL_PORT"
else
  echo "no Java or Maven: the tests on a real Kafka broker are left out" >&2
fi
cargo test --release --locked "$@"
