#!/usr/bin/env bash
# A real Apache Kafka on loopback: one node in KRaft mode, from the jars on Maven Central.
#
#   kafka.sh fetch                    downloads the broker (Maven, once) and prints where it is
#   kafka.sh start DIR                prints the bootstrap address; what was written to DIR before is still there
#   kafka.sh stop | kill | status DIR kill is SIGKILL, for tests of a broker that crashes
#
# Environment: KAFKA_PORT (19092), KAFKA_CONTROLLER_PORT (the next), KAFKA_HEAP (384m),
#   KAFKA_PROPERTIES (more lines for server.properties),
#   KAFKA_SASL_PORT with KAFKA_SASL_USER and KAFKA_SASL_PASSWORD: one more listener that wants that user, by PLAIN
#   or SCRAM-SHA-256 (SCRAM is stored when DIR is formatted, so from the first start on).
. "$(dirname "$(readlink -f "$0")")/_lib.sh"
VERSION=4.3.1
LOG4J=2.25.5

download() { # FOLDER: leaves the broker's jars in FOLDER/libs
  dependency() { echo "<dependency><groupId>$1</groupId><artifactId>$2</artifactId><version>$3</version></dependency>"; }
  {
    echo '<project><modelVersion>4.0.0</modelVersion>'
    echo '<groupId>tests</groupId><artifactId>broker</artifactId><version>1</version><packaging>pom</packaging><dependencies>'
    dependency org.apache.kafka kafka_2.13 "$VERSION"
    dependency org.apache.logging.log4j log4j-slf4j-impl "$LOG4J"
    dependency org.apache.logging.log4j log4j-core "$LOG4J"
    echo '</dependencies></project>'
  } >"$1/pom.xml" &&
  mvn -q -B -ntp -C -f "$1/pom.xml" "-Dmaven.repo.local=$1/repository" "-DoutputDirectory=$1/libs" -DincludeScope=runtime \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies &&
  rm -rf "$1/repository" && [ -s "$1/libs/kafka_2.13-$VERSION.jar" ]
}

fetch() { cached "kafka-$VERSION" download; }

server_properties() { # DIR PORT CONTROLLER_PORT: a broker that starts fast, also after a kill (the controller
                   # refuses it until its old session has timed out), and needs no replicas
  local listeners=PLAINTEXT://127.0.0.1:$2 protocols=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
  if [ -n "${KAFKA_SASL_PORT:-}" ]; then
    listeners=$listeners,SASL://127.0.0.1:$KAFKA_SASL_PORT
    protocols=$protocols,SASL:SASL_PLAINTEXT
  fi
  cat <<P
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$3
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listeners=$listeners,CONTROLLER://127.0.0.1:$3
advertised.listeners=$listeners
listener.security.protocol.map=$protocols
log.dirs=$1/data
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
group.initial.rebalance.delay.ms=0
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=4000
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=16777216
P
  [ -z "${KAFKA_SASL_PORT:-}" ] || sasl_properties
  printf '%s\n' "${KAFKA_PROPERTIES:-}"
}

sasl_properties() {
  local modules=org.apache.kafka.common.security
  cat <<P
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256
listener.name.sasl.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256
listener.name.sasl.plain.sasl.jaas.config=$modules.plain.PlainLoginModule required user_$KAFKA_SASL_USER="$KAFKA_SASL_PASSWORD";
listener.name.sasl.scram-sha-256.sasl.jaas.config=$modules.scram.ScramLoginModule required;
P
}

logging() {
  cat <<P
appender.out.type = Console
appender.out.name = Out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = [%d] %p %m (%c)%n
rootLogger.level = info
rootLogger.appenderRef.out.ref = Out
P
}

format() { # DIR JAVA LIBS: KRaft wants its storage formatted before the first start
  local user=()
  [ -z "${KAFKA_SASL_PORT:-}" ] || user=(--add-scram "SCRAM-SHA-256=[name=$KAFKA_SASL_USER,password=$KAFKA_SASL_PASSWORD]")
  "$2" -XX:TieredStopAtLevel=1 "-Dlog4j2.configurationFile=$1/log4j2.properties" -cp "$3/*" kafka.tools.StorageTool format \
    -t "$(head -c 16 /dev/urandom | base64 | tr '+/' 'AB' | tr -d =)" -c "$1/server.properties" "${user[@]}" \
    >"$1/format.log" 2>&1 || { cat "$1/format.log" >&2; die "could not format $1/data"; }
}

answers() { grep -q 'Kafka Server started' "$1/log" && port_answers "$2"; }

start() {
  local dir=$1 port=${KAFKA_PORT:-19092} java libs
  local controller=${KAFKA_CONTROLLER_PORT:-$((port + 1))}
  java=$(java_17); libs=$(fetch)/libs
  port_must_be_free "$port"; port_must_be_free "$controller"
  (umask 077; server_properties "$dir" "$port" "$controller" >"$dir/server.properties")
  logging >"$dir/log4j2.properties"
  [ -s "$dir/data/meta.properties" ] || format "$dir" "$java" "$libs"
  launch "$dir" "$java" -Xms128m "-Xmx${KAFKA_HEAP:-384m}" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
    -Djava.net.preferIPv4Stack=true "-Dlog4j2.configurationFile=$dir/log4j2.properties" \
    -cp "$libs/*" kafka.Kafka "$dir/server.properties"
  until_ready "$dir" answers "$dir" "$port"
  echo "127.0.0.1:$port" >"$dir/address"
}
serve "$@"
