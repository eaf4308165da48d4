#!/usr/bin/env bash
# A real Kubernetes 1.34 on this machine, without containers below it: etcd, kube-apiserver, kube-controller-manager,
# kube-scheduler and a kubelet whose containers are processes (localkube/).
#
#   k8s.sh fetch                    builds it (Go, some minutes, once) and prints where the program is
#   k8s.sh start DIR                prints the apiserver's address; DIR/kubeconfig is an administrator's
#   k8s.sh stop | kill | status DIR what was in a cluster that was stopped is gone; kill leaves it in DIR for a start
#
# An image is a folder that DIR/images.json gives a name: {"name": {"rootfs": "/a/folder", "entrypoint": […], "env": […]}}.
# It is laid over this machine's own "/", so containers have the programs of the machine; what they write outside of
# their volumes is theirs alone. Pods have addresses of their own (10.N.0.0/17), services are listeners on this machine,
# their names are in the hosts files of pods. There are no limits to what pods use, no network policies, no UDP.
# Needs root (namespaces, mounts) and iproute2.
#
# Environment: K8S_PORT (26443), K8S_ETCD_PORT (22379), K8S_ETCD_PEER_PORT (22380): where it listens on 127.0.0.1;
#   K8S_HOST_PORTS ("9092,9000"): ports of this machine's 127.0.0.1 that pods find on theirs;
#   K8S_SYNC (1m, the kubelet's default): how often a pod is synced that nothing happens to, and so how late it sees a
#   changed ConfigMap.
. "$(dirname "$(readlink -f "$0")")/_lib.sh"
VERSION=1.34.4
SOURCES=$(dirname "$(readlink -f "$0")")/localkube
# What is started first is stopped last.
COMPONENTS=(etcd kube-apiserver kube-controller-manager kube-scheduler kubelet)

build() { # FOLDER: leaves FOLDER/localkube and FOLDER/kubectl; Go keeps its own caches, so an edit is built fast
  local version=k8s.io/component-base/version
  (cd "$SOURCES" && CGO_ENABLED=0 nice go build -trimpath -buildvcs=false -o "$1/localkube" \
    -ldflags "-s -w -X $version.gitVersion=v$VERSION -X $version.gitMajor=1 -X $version.gitMinor=34" .) &&
  ln -s localkube "$1/kubectl"
}

fetch() {
  local sources folder
  sources=$(cat "$SOURCES"/*.go "$SOURCES"/go.mod "$SOURCES"/go.sum | sha256sum | cut -c1-12)
  folder=$(cached "localkube-$VERSION-$sources" build)
  echo "$folder/localkube"
}

# --- the network of pods ----------------------------------------------------------------------------------------

make_network() { # DIR: takes the first N that is free; whoever makes the bridge has it
  local n
  [ ! -s "$1/network" ] || { ip link show "kube$(cat "$1/network")" >/dev/null 2>&1 && return; }
  for n in $(seq 244 -1 128); do
    [ -z "$(ip route show table all | grep -E "(^| )10\.$n\.")" ] && ip link add "kube$n" type bridge 2>/dev/null || continue
    echo "$n" >"$1/network"
    ip addr add "10.$n.0.1/17" dev "kube$n"
    ip link set "kube$n" up
    ip route replace local "10.$n.128.0/17" dev lo
    return
  done
  die "there is no free network among 10.128.0.0/16 to 10.244.0.0/16, or bridges cannot be made"
}

remove_network() { # DIR
  local n namespace
  n=$(cat "$1/network" 2>/dev/null) || return 0
  ip netns list | grep -o "^kube$n-[0-9]*" | while read -r namespace; do ip netns del "$namespace"; done || true
  ip route del local "10.$n.128.0/17" dev lo 2>/dev/null || true
  ip link del "kube$n" 2>/dev/null || true
  rm -f "$1/network"
}

# --- the processes ----------------------------------------------------------------------------------------------

run() { # DIR COMPONENT ARGUMENTS...
  local dir=$1 component=$2; shift 2
  mkdir -p "$dir/$component"
  launch "$dir/$component" "$PROGRAM" "$component" "$@"
}

secrets() { # DIR: an administrator's token, and the key that signs those of service accounts
  mkdir -p "$1/pki"
  ( umask 077
    [ -s "$1/pki/accounts.key" ] || openssl genrsa -out "$1/pki/accounts.key" 2048 2>/dev/null
    [ -s "$1/pki/tokens.csv" ] || echo "$(openssl rand -hex 16),admin,admin,system:masters" >"$1/pki/tokens.csv" )
}

kubeconfig() { # DIR PORT
  ( umask 077
    cat >"$1/kubeconfig" <<C
apiVersion: v1
kind: Config
clusters: [{name: local, cluster: {server: "https://127.0.0.1:$2", certificate-authority-data: $(base64 -w0 "$1/pki/apiserver.crt")}}]
users: [{name: admin, user: {token: $(cut -d, -f1 "$1/pki/tokens.csv")}}]
contexts: [{name: local, context: {cluster: local, user: admin}}]
current-context: local
C
  )
}

start() {
  local dir=$1 port=${K8S_PORT:-26443} etcd=${K8S_ETCD_PORT:-22379} peer=${K8S_ETCD_PEER_PORT:-22380} n
  [ "$(id -u)" = 0 ] || die "needs root, for namespaces and mounts"
  PROGRAM=$(fetch)
  STARTING=$dir
  trap 'stop_all "$STARTING" KILL' EXIT # unless all goes well
  for n in "$port" "$etcd" "$peer"; do port_must_be_free "$n"; done
  make_network "$dir"; n=$(cat "$dir/network")
  secrets "$dir"
  [ -e "$dir/images.json" ] || echo '{}' >"$dir/images.json"

  run "$dir" etcd --name local --data-dir "$dir/etcd/data" --unsafe-no-fsync --log-level warn \
    --listen-client-urls "http://127.0.0.1:$etcd" --advertise-client-urls "http://127.0.0.1:$etcd" \
    --listen-peer-urls "http://127.0.0.1:$peer" --initial-advertise-peer-urls "http://127.0.0.1:$peer" \
    --initial-cluster "local=http://127.0.0.1:$peer"
  run "$dir" kube-apiserver --etcd-servers "http://127.0.0.1:$etcd" --bind-address 127.0.0.1 --secure-port "$port" \
    --advertise-address "10.$n.0.1" --service-cluster-ip-range "10.$n.128.0/17" --cert-dir "$dir/pki" \
    --token-auth-file "$dir/pki/tokens.csv" --authorization-mode Node,RBAC --allow-privileged --profiling=false \
    --service-account-issuer https://kubernetes.default.svc --service-account-key-file "$dir/pki/accounts.key" \
    --service-account-signing-key-file "$dir/pki/accounts.key" --kubelet-preferred-address-types InternalIP
  until_ready "$dir/kube-apiserver" [ -s "$dir/pki/apiserver.crt" ]
  kubeconfig "$dir" "$port"
  until_ready "$dir/kube-apiserver" kubectl "$dir" get --raw /readyz

  run "$dir" kube-controller-manager --kubeconfig "$dir/kubeconfig" --leader-elect=false --secure-port 0 --profiling=false \
    --service-account-private-key-file "$dir/pki/accounts.key" --root-ca-file "$dir/pki/apiserver.crt"
  run "$dir" kube-scheduler --kubeconfig "$dir/kubeconfig" --leader-elect=false --secure-port 0 --profiling=false
  run "$dir" kubelet --kubeconfig "$dir/kubeconfig" --dir "$dir" --network "$n" --apiserver-port "$port" \
    --images "$dir/images.json" --host-ports "${K8S_HOST_PORTS:-}" --sync "${K8S_SYNC:-1m}"
  until_ready "$dir/kube-controller-manager" kubectl "$dir" get serviceaccount default
  until_ready "$dir/kubelet" can_schedule "$dir"
  cp "$dir/kubelet/pid" "$dir/pid" # by which the verbs see that the cluster runs
  echo "https://127.0.0.1:$port" >"$dir/address"
  trap - EXIT
}

kubectl() { local dir=$1; shift; "$PROGRAM" kubectl --kubeconfig "$dir/kubeconfig" "$@"; }

can_schedule() { # DIR: is the node ready, and without the taint of one that is not?
  [ "$(kubectl "$1" get node local -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}{.spec.taints}')" = True ]
}

stop_all() { # DIR SIGNAL: end all processes, then what is left of containers
  local i mounted
  for ((i = ${#COMPONENTS[@]} - 1; i >= 0; i--)); do
    [ ! -d "$1/${COMPONENTS[i]}" ] || end_process "$1/${COMPONENTS[i]}" "$2"
  done
  rm -f "$1/pid" "$1/address"
  { grep -oE " $1/[^ ]+ " /proc/mounts || true; } | sort -r | while read -r mounted; do umount -l "$mounted" || true; done
  rm -rf "$1/containers"
  remove_network "$1"
}

end_service() { # DIR SIGNAL
  stop_all "$1" "$2"
  [ "$2" = KILL ] || rm -rf "${COMPONENTS[@]/#/$1/}" "$1/volumes" "$1/pki" "$1/kubeconfig"
}
serve "$@"
