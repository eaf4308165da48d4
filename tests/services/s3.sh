#!/usr/bin/env bash
# A real S3 server on loopback: versitygw over a plain folder, so that an object is a file DIR/data/BUCKET/KEY.
#
#   s3.sh fetch                    builds the server (Go, some minutes, once) and prints where it is
#   s3.sh start DIR                prints the endpoint; clients need path-style addressing
#   s3.sh stop | kill | status DIR
#
# Environment: S3_PORT (17070), S3_ACCESS_KEY (test), S3_SECRET_KEY (testsecret), S3_REGION (us-east-1),
#   VERSITYGW (a versitygw to run in place of the built one).
. "$(dirname "$(readlink -f "$0")")/_lib.sh"
VERSION=v1.8.0

build() { # FOLDER: leaves FOLDER/bin/versitygw; Go's caches for it are large and of no further use
  mkdir "$1/bin" "$1/go" &&
  GOBIN=$1/bin GOPATH=$1/go GOCACHE=$1/go/cache GOFLAGS=-modcacherw CGO_ENABLED=0 \
    nice go install -ldflags='-s -w' "github.com/versity/versitygw/cmd/versitygw@$VERSION" &&
  rm -rf "$1/go"
}

fetch() {
  [ -z "${VERSITYGW:-}" ] || { echo "$VERSITYGW"; return; }
  local folder; folder=$(cached "versitygw-$VERSION" build)
  echo "$folder/bin/versitygw"
}

has_attributes() { # FOLDER: does its file system keep extended attributes?
  python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.probe", b"1"); os.removexattr(sys.argv[1], "user.probe")' "$1" 2>/dev/null
}

start() {
  local dir=$1 port=${S3_PORT:-17070} server metadata=()
  server=$(fetch)
  port_must_be_free "$port"
  mkdir -p "$dir/data"
  # The metadata of objects goes into extended attributes, or beside the data where there are none.
  has_attributes "$dir/data" || { mkdir -p "$dir/metadata"; metadata=(--sidecar "$dir/metadata"); }
  export ROOT_ACCESS_KEY_ID=${S3_ACCESS_KEY:-test} ROOT_SECRET_ACCESS_KEY=${S3_SECRET_KEY:-testsecret}
  launch "$dir" "$server" --port "127.0.0.1:$port" --region "${S3_REGION:-us-east-1}" --health /health --quiet \
    posix "${metadata[@]}" "$dir/data"
  until_ready "$dir" eval "(http_ok $port /health)"
  echo "http://127.0.0.1:$port" >"$dir/address"
}
serve "$@"
