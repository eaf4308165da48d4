package main

// Services: a listener of this machine for each of their addresses, which forwards to a pod that is ready, and their
// names in the hosts files of pods.

import (
	"context"
	"fmt"
	"math/rand"
	"net"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"

	v1 "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	discoverylisters "k8s.io/client-go/listers/discovery/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
	"k8s.io/utils/ptr"
)

// What changes within this time is dealt with at once.
const together = 50 * time.Millisecond

type services struct {
	network       *network
	apiserverPort int
	podFolders    string
	mu            sync.Mutex // guards the hosts files, and the listers, which are there when `follow` has begun
	services      corelisters.ServiceLister
	slices        discoverylisters.EndpointSliceLister
	listeners     map[string]net.Listener // by address; only `follow` uses it
}

func newServices(network *network, apiserverPort int, dir string) *services {
	folders := filepath.Join(dir, "kubelet", "root", "pods")
	return &services{network: network, apiserverPort: apiserverPort, podFolders: folders, listeners: map[string]net.Listener{}}
}

// follow keeps listeners and hosts files as services, their pods and all other pods are.
func (s *services) follow(ctx context.Context, client kubernetes.Interface) {
	changed := make(chan struct{}, 1)
	note := func(any) {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	handler := cache.ResourceEventHandlerFuncs{AddFunc: note, DeleteFunc: note, UpdateFunc: func(_, new any) { note(new) }}
	factory := informers.NewSharedInformerFactory(client, 0)
	core, slices := factory.Core().V1(), factory.Discovery().V1().EndpointSlices()
	for _, informer := range []cache.SharedIndexInformer{core.Services().Informer(), core.Pods().Informer(), slices.Informer()} {
		if _, err := informer.AddEventHandler(handler); err != nil {
			klog.ErrorS(err, "services are not followed")
			return
		}
	}
	pods := core.Pods().Lister()
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	s.mu.Lock()
	s.services, s.slices = core.Services().Lister(), slices.Lister()
	s.mu.Unlock()
	for {
		s.listen()
		all, _ := pods.List(labels.Everything()) // from memory: no error is possible
		for _, pod := range all {
			s.tell(filepath.Join(s.podFolders, string(pod.UID), "etc-hosts"), pod.Namespace)
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
			time.Sleep(together)
		}
	}
}

func (s *services) all() []*v1.Service {
	all, _ := s.services.List(labels.Everything())
	return all
}

func (s *services) endpoints(namespace, service string) []*discovery.EndpointSlice {
	slices, _ := s.slices.EndpointSlices(namespace).List(labels.SelectorFromSet(labels.Set{discovery.LabelServiceName: service}))
	return slices
}

// listen opens and closes listeners until there is one for each address and port of a service.
func (s *services) listen() {
	wanted := map[string]func() string{}
	for _, service := range s.all() {
		if !hasAddress(service) {
			continue
		}
		for _, port := range service.Spec.Ports {
			if port.Protocol != v1.ProtocolTCP {
				continue
			}
			target := func() string { return s.target(service.Namespace, service.Name, port.Name) }
			wanted[fmt.Sprintf("%s:%d", service.Spec.ClusterIP, port.Port)] = target
			if port.NodePort != 0 {
				wanted[fmt.Sprintf("127.0.0.1:%d", port.NodePort)] = target
				wanted[fmt.Sprintf("%s:%d", s.network.nodeIP(), port.NodePort)] = target
			}
		}
	}
	for address, listener := range s.listeners {
		if wanted[address] == nil {
			listener.Close()
			delete(s.listeners, address)
		}
	}
	for address, target := range wanted {
		if s.listeners[address] != nil {
			continue
		}
		listener, err := net.Listen("tcp4", address)
		if err != nil {
			klog.ErrorS(err, "a service has no listener", "address", address)
			continue
		}
		s.listeners[address] = listener
		go forward(listener, target)
	}
}

func hasAddress(service *v1.Service) bool {
	return service.Spec.ClusterIP != "" && service.Spec.ClusterIP != v1.ClusterIPNone
}

// target is one of the pods that are ready behind a port of a service, or "".
func (s *services) target(namespace, service, port string) string {
	if namespace == "default" && service == "kubernetes" {
		return fmt.Sprintf("127.0.0.1:%d", s.apiserverPort)
	}
	var targets []string
	for _, slice := range s.endpoints(namespace, service) {
		for _, p := range slice.Ports {
			if ptr.Deref(p.Name, "") != port || p.Port == nil {
				continue
			}
			for _, endpoint := range slice.Endpoints {
				if ptr.Deref(endpoint.Conditions.Ready, true) {
					targets = append(targets, fmt.Sprintf("%s:%d", endpoint.Addresses[0], *p.Port))
				}
			}
		}
	}
	if len(targets) == 0 {
		return ""
	}
	return targets[rand.Intn(len(targets))]
}

// hosts are the lines of a hosts file with the services' names, as they are seen from a namespace.
func (s *services) hosts(namespace string) string {
	var lines []string
	for _, service := range s.all() {
		if hasAddress(service) {
			lines = append(lines, service.Spec.ClusterIP+" "+names(service, "", namespace))
			continue
		}
		for _, slice := range s.endpoints(service.Namespace, service.Name) {
			for _, endpoint := range slice.Endpoints {
				if !ptr.Deref(endpoint.Conditions.Ready, true) {
					continue
				}
				line := endpoint.Addresses[0] + " " + names(service, "", namespace)
				if endpoint.Hostname != nil {
					line += " " + names(service, *endpoint.Hostname+".", namespace)
				}
				lines = append(lines, line)
			}
		}
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n") + "\n"
}

func names(service *v1.Service, host, seenFrom string) string {
	name := host + service.Name
	all := fmt.Sprintf("%[1]s.%[2]s.svc.cluster.local %[1]s.%[2]s.svc %[1]s.%[2]s", name, service.Namespace)
	if service.Namespace == seenFrom {
		all += " " + name
	}
	return all
}

// The lines of ours in a hosts file.
const begin, end = "# services: begin\n", "# services: end\n"

// tell writes the names into a pod's hosts file, if the kubelet has made it: in place, for it is mounted.
func (s *services) tell(file, namespace string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.services == nil {
		return
	}
	old, err := os.ReadFile(file)
	if err != nil {
		return // it is not there yet, or no more
	}
	kept, _, _ := strings.Cut(string(old), begin)
	text := kept + begin + s.hosts(namespace) + end
	if text == string(old) {
		return
	}
	if err := overwrite(file, []byte(text)); err != nil {
		klog.ErrorS(err, "a hosts file is not up to date", "file", file)
	}
}

// overwrite never leaves the file empty for a moment.
func overwrite(path string, text []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.WriteAt(text, 0); err != nil {
		return err
	}
	return file.Truncate(int64(len(text)))
}
