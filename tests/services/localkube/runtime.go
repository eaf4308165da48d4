package main

// The container runtime: what the kubelet asks of one, answered with processes of this machine (container.go). A pod is
// a network namespace (network.go), a container a process in it. The books that a runtime keeps (what there is, in which
// state) are kept by the fake runtime of the kubelet's own tests.

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	critest "k8s.io/cri-api/pkg/apis/testing"
	"k8s.io/kubelet/pkg/cri/streaming"
)

type processRuntime struct {
	*critest.FakeRuntimeService
	images    *imageService
	network   *network
	services  *services
	dir       string
	hostPorts []string
	streams   streaming.Server
	mu        sync.Mutex // guards the maps, and what changes in their values
	pods      map[string]*pod
	running   map[string]*container
}

type pod struct {
	config  *runtimeapi.PodSandboxConfig
	address string
	netns   string        // "" is this machine's own
	gone    chan struct{} // closed when the pod ends
}

func newRuntime(network *network, services *services, s settings) *processRuntime {
	r := &processRuntime{
		FakeRuntimeService: critest.NewFakeRuntimeService(),
		images:             &imageService{critest.NewFakeImageService(), s.images},
		network:            network,
		services:           services,
		dir:                s.dir,
		hostPorts:          strings.FieldsFunc(s.hostPorts, func(c rune) bool { return c == ',' || c == ' ' }),
		pods:               map[string]*pod{},
		running:            map[string]*container{},
	}
	r.FakeStatus = &runtimeapi.RuntimeStatus{Conditions: []*runtimeapi.RuntimeCondition{
		{Type: runtimeapi.RuntimeReady, Status: true}, {Type: runtimeapi.NetworkReady, Status: true}}}
	r.serveStreams()
	return r
}

// serveStreams answers `kubectl exec` and `kubectl port-forward` on a free port.
func (r *processRuntime) serveStreams() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	config := streaming.DefaultConfig
	config.Addr = listener.Addr().String()
	check(listener.Close())
	r.streams, err = streaming.NewServer(config, streams{r})
	check(err)
	go func() { check(r.streams.Start(true)) }()
}

func (r *processRuntime) Version(context.Context, string) (*runtimeapi.VersionResponse, error) {
	r.Lock()
	r.Called = nil // the fake's list of all calls, which would grow for ever
	r.Unlock()
	return &runtimeapi.VersionResponse{Version: "0.1.0", RuntimeName: "process", RuntimeVersion: "1.0.0", RuntimeApiVersion: "v1"}, nil
}

func (r *processRuntime) RunPodSandbox(ctx context.Context, config *runtimeapi.PodSandboxConfig, handler string) (string, error) {
	p := &pod{config: config, gone: make(chan struct{})}
	if config.GetLinux().GetSecurityContext().GetNamespaceOptions().GetNetwork() != runtimeapi.NamespaceMode_NODE {
		var err error
		if p.address, p.netns, err = r.network.attach(); err != nil {
			return "", err
		}
		for _, port := range r.hostPorts {
			go offerHostPort(p.netns, port, p.gone)
		}
	}
	id, err := r.FakeRuntimeService.RunPodSandbox(ctx, config, handler)
	if err != nil {
		r.end(p)
		return "", err
	}
	r.Lock()
	r.Sandboxes[id].Network = &runtimeapi.PodSandboxNetworkStatus{Ip: p.address}
	r.Unlock()
	r.mu.Lock()
	r.pods[id] = p
	r.mu.Unlock()
	return id, nil
}

func (r *processRuntime) end(p *pod) {
	close(p.gone)
	if p.netns != "" {
		r.network.detach(p.address, p.netns)
	}
}

func (r *processRuntime) StopPodSandbox(ctx context.Context, id string) error {
	r.mu.Lock()
	p := r.pods[id]
	delete(r.pods, id)
	var containers []string
	for container, c := range r.running {
		if c.pod == id {
			containers = append(containers, container)
		}
	}
	r.mu.Unlock()
	for _, container := range containers {
		r.kill(container, 0)
	}
	if p != nil {
		r.end(p)
	}
	return r.FakeRuntimeService.StopPodSandbox(ctx, id)
}

func (r *processRuntime) CreateContainer(ctx context.Context, pod string, config *runtimeapi.ContainerConfig, podConfig *runtimeapi.PodSandboxConfig) (string, error) {
	c := &container{config: config, pod: pod, image: r.images.find(config.Image.Image)}
	if len(c.command()) == 0 {
		return "", errors.New("no command specified, and the image has none in the images file")
	}
	id, err := r.FakeRuntimeService.CreateContainer(ctx, pod, config, podConfig)
	if err != nil {
		return "", err
	}
	c.dir = filepath.Join(r.dir, "containers", id)
	r.Lock()
	r.Containers[id].LogPath = filepath.Join(podConfig.LogDirectory, config.LogPath)
	r.Containers[id].Mounts = config.Mounts // among them the kubelet looks for the termination message
	r.Unlock()
	r.mu.Lock()
	r.running[id] = c
	r.mu.Unlock()
	return id, os.MkdirAll(c.dir, 0o755)
}

func (r *processRuntime) StartContainer(ctx context.Context, id string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.running[id]
	if c == nil || r.pods[c.pod] == nil {
		return fmt.Errorf("container %s not found", id)
	}
	p := r.pods[c.pod]
	for _, mount := range c.config.Mounts {
		if mount.ContainerPath == "/etc/hosts" {
			r.services.tell(mount.HostPath, p.config.Metadata.Namespace)
		}
	}
	r.Lock()
	log := r.Containers[id].LogPath
	r.Unlock()
	ended, err := c.start(p, log)
	if err != nil {
		return err
	}
	if err := r.FakeRuntimeService.StartContainer(ctx, id); err != nil {
		return err
	}
	go func() { r.ended(id, c, <-ended) }()
	return nil
}

// ended notes how a container's process has ended.
func (r *processRuntime) ended(id string, c *container, code int32) {
	r.Lock()
	if known := r.Containers[id]; known != nil {
		known.State, known.FinishedAt = runtimeapi.ContainerState_CONTAINER_EXITED, time.Now().UnixNano()
		known.ExitCode, known.Reason = code, "Error"
		if code == 0 {
			known.Reason = "Completed"
		}
	}
	r.Unlock()
	r.mu.Lock()
	c.pid = 0
	r.mu.Unlock()
	close(c.exited)
}

func (r *processRuntime) StopContainer(ctx context.Context, id string, seconds int64) error {
	r.mu.Lock()
	c := r.running[id]
	r.mu.Unlock()
	if c == nil {
		return nil
	}
	if c.exited == nil {
		return r.FakeRuntimeService.StopContainer(ctx, id, seconds) // it never started
	}
	r.kill(id, time.Duration(seconds)*time.Second)
	return nil
}

func (r *processRuntime) RemoveContainer(ctx context.Context, id string) error {
	r.kill(id, 0)
	r.mu.Lock()
	if c := r.running[id]; c != nil {
		os.RemoveAll(c.dir)
		delete(r.running, id)
	}
	r.mu.Unlock()
	r.Lock()
	if known := r.Containers[id]; known != nil {
		os.Remove(known.LogPath)
	}
	r.Unlock()
	return r.FakeRuntimeService.RemoveContainer(ctx, id)
}

// endAll ends all containers, when the kubelet ends.
func (r *processRuntime) endAll() {
	var all sync.WaitGroup
	r.mu.Lock()
	for id := range r.running {
		all.Add(1)
		go func() { defer all.Done(); r.kill(id, 2*time.Second) }()
	}
	r.mu.Unlock()
	all.Wait()
}
