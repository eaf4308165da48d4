#!/usr/bin/env bash
# A real schema registry on loopback: Apicurio Registry, from Maven Central, which also answers Confluent's REST API.
#
#   schema-registry.sh fetch                    downloads it (Maven, once) and prints where it is
#   schema-registry.sh start DIR                prints the URL of that API; what was registered in DIR before is still there
#   schema-registry.sh stop | kill | status DIR
#
# Environment: SCHEMA_REGISTRY_PORT (18081), SCHEMA_REGISTRY_MANAGEMENT_PORT (the next), SCHEMA_REGISTRY_HEAP (384m).
. "$(dirname "$(readlink -f "$0")")/_lib.sh"
VERSION=3.0.9 # the last series that runs on Java 17

download() { # FOLDER: leaves the application in FOLDER
  local archive=io/apicurio/apicurio-registry-app/$VERSION/apicurio-registry-app-$VERSION-all.tar.gz
  # Newer versions of the plugin insist on a parent project that is not on Maven Central.
  mvn -q -B -ntp -C "-Dmaven.repo.local=$1/repository" -Dtransitive=false \
    "-Dartifact=io.apicurio:apicurio-registry-app:$VERSION:tar.gz:all" \
    org.apache.maven.plugins:maven-dependency-plugin:2.8:get &&
  tar xzf "$1/repository/$archive" -C "$1" &&
  rm -rf "$1/repository" && [ -n "$(runner "$1")" ]
}

runner() { ls "$1"/quarkus-run.jar "$1"/*-runner.jar 2>/dev/null | head -1; }

fetch() { cached "apicurio-$VERSION" download; }

start() {
  local dir=$1 port=${SCHEMA_REGISTRY_PORT:-18081} management java app
  management=${SCHEMA_REGISTRY_MANAGEMENT_PORT:-$((port + 1))}
  app=$(fetch); java=$(java_17)
  port_must_be_free "$port"; port_must_be_free "$management"
  export APICURIO_STORAGE_KIND=sql APICURIO_STORAGE_SQL_KIND=h2 APICURIO_DATASOURCE_URL="jdbc:h2:file:$dir/h2/db" \
    APICURIO_DATASOURCE_USERNAME=sa APICURIO_DATASOURCE_PASSWORD=sa
  launch "$dir" "$java" "-Xmx${SCHEMA_REGISTRY_HEAP:-384m}" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
    -Djava.net.preferIPv4Stack=true -Dquarkus.http.host=127.0.0.1 "-Dquarkus.http.port=$port" \
    -Dquarkus.management.host=127.0.0.1 "-Dquarkus.management.port=$management" -jar "$(runner "$app")"
  until_ready "$dir" http_ok "$port" /apis/ccompat/v7/subjects
  echo "http://127.0.0.1:$port/apis/ccompat/v7" >"$dir/address"
}

serve "$@"
