package main

// The real kubelet with its volumes, probes, restarts, logs, status and leases. What differs from one on a server:
// the runtime below it (runtime.go), no cgroups, no image garbage, and a node that is large enough for any request.

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	cadvisorapi "github.com/google/cadvisor/info/v1"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	kubeletapp "k8s.io/kubernetes/cmd/kubelet/app"
	"k8s.io/kubernetes/cmd/kubelet/app/options"
	cadvisortest "k8s.io/kubernetes/pkg/kubelet/cadvisor/testing"
	"k8s.io/kubernetes/pkg/kubelet/cm"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	kubeletutil "k8s.io/kubernetes/pkg/kubelet/util"
	"k8s.io/kubernetes/pkg/util/oom"
)

const nodeName = "local"

type settings struct {
	kubeconfig, dir, images, hostPorts string
	network, apiserverPort             int
	sync                               time.Duration
}

func parseSettings() settings {
	var s settings
	flags := flag.NewFlagSet("kubelet", flag.ExitOnError)
	flags.StringVar(&s.kubeconfig, "kubeconfig", "", "how the apiserver is reached")
	flags.StringVar(&s.dir, "dir", "", "where everything is kept (absolute)")
	flags.StringVar(&s.images, "images", "", "JSON file: image -> {rootfs, entrypoint, cmd, env, workingDir, pullError}")
	flags.StringVar(&s.hostPorts, "host-ports", "", "ports of this machine's 127.0.0.1 that are on each pod's 127.0.0.1 too")
	flags.IntVar(&s.network, "network", 0, "N of the addresses 10.N.0.0/17 for pods and 10.N.128.0/17 for services")
	flags.IntVar(&s.apiserverPort, "apiserver-port", 0, "where the service `kubernetes` leads to")
	flags.DurationVar(&s.sync, "sync", time.Minute, "how often a pod is synced that nothing happens to")
	check(flags.Parse(os.Args[1:]))
	return s
}

// kubelet runs until it gets a signal; its containers end with it.
func kubelet() {
	s := parseSettings()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()

	client := clientOf(s.kubeconfig)
	pods := newNetwork(s.network)
	names := newServices(pods, s.apiserverPort, s.dir)
	runtime := newRuntime(pods, names, s)
	go names.follow(ctx, client)

	server := serverOptions(s, pods.nodeIP())
	dependencies, err := kubeletapp.UnsecuredDependencies(ctx, server, utilfeature.DefaultFeatureGate)
	check(err)
	dependencies.KubeClient, dependencies.HeartbeatClient, dependencies.EventClient = client, client, client.CoreV1()
	dependencies.CAdvisorInterface = &largeMachine{cadvisortest.Fake{NodeName: nodeName}}
	dependencies.ContainerManager = cm.NewStubContainerManager()
	dependencies.OOMAdjuster = oom.NewFakeOOMAdjuster()
	dependencies.OSInterface = ownFolders{}
	dependencies.RemoteRuntimeService, dependencies.RemoteImageService = runtime, runtime.images
	dependencies.PodStartupLatencyTracker = kubeletutil.NewPodStartupLatencyTracker()
	dependencies.NodeStartupLatencyTracker = kubeletutil.NewNodeStartupLatencyTracker()
	check(kubeletapp.RunKubelet(ctx, server, dependencies))
	<-ctx.Done()
	runtime.endAll()
}

func clientOf(kubeconfig string) *kubernetes.Clientset {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	check(err)
	config.QPS, config.Burst = 500, 1000
	return kubernetes.NewForConfigOrDie(config)
}

func serverOptions(s settings, nodeIP string) *options.KubeletServer {
	// The back-off of a container that fails begins at 1 s and not at 10 s: tests wait for it.
	check(utilfeature.DefaultMutableFeatureGate.Set("ReduceDefaultCrashLoopBackOffDecay=true"))
	o, err := options.NewKubeletServer()
	check(err)
	home := filepath.Join(s.dir, "kubelet")
	o.RootDirectory, o.CertDirectory = filepath.Join(home, "root"), filepath.Join(home, "pki")
	o.VolumePluginDir, o.PodLogsDir = filepath.Join(home, "volume-plugins"), filepath.Join(home, "logs")
	o.HostnameOverride, o.NodeIP = nodeName, nodeIP
	o.Address, o.Port, o.ReadOnlyPort, o.HealthzPort = nodeIP, 10250, 0, 0
	o.SyncFrequency.Duration = s.sync
	o.NodeStatusUpdateFrequency.Duration = 10 * time.Second
	o.MaxPods = 500
	o.CgroupsPerQOS, o.EnforceNodeAllocatable = false, nil
	o.EvictionHard, o.ImageGCHighThresholdPercent = nil, 100
	o.LocalStorageCapacityIsolation, o.ResolverConfig = false, ""
	o.EnableControllerAttachDetach = false
	o.SerializeImagePulls, o.RegistryPullQPS, o.EventRecordQPS = false, 0, 0
	o.MinimumGCAge.Duration, o.MaxPerPodContainerCount, o.MaxContainerCount = time.Minute, 2, 1000
	// Nobody answers there (names are in hosts files), but without an address every pod gets a warning.
	o.ClusterDNS = []string{fmt.Sprintf("10.%d.128.10", s.network)}
	return o
}

// largeMachine has room for any request.
type largeMachine struct{ cadvisortest.Fake }

func (largeMachine) MachineInfo() (*cadvisorapi.MachineInfo, error) {
	return &cadvisorapi.MachineInfo{NumCores: 256, MemoryCapacity: 1 << 40, Timestamp: time.Now()}, nil
}

// ownFolders keeps the kubelet out of /var/log, where it would link the logs of containers.
type ownFolders struct{ kubecontainer.RealOS }

func (ownFolders) Symlink(string, string) error { return nil }

func (o ownFolders) MkdirAll(path string, mode os.FileMode) error {
	if strings.HasPrefix(path, "/var/log/") {
		return nil
	}
	return o.RealOS.MkdirAll(path, mode)
}

// check ends the process where going on makes no sense.
func check(err error) {
	if err != nil {
		klog.ErrorS(err, "the kubelet cannot start")
		os.Exit(1)
	}
}
