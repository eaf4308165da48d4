package main

// Addresses of pods: each pod is a network namespace whose one card hangs on a bridge. The bridge, and the route that
// makes the addresses of services this machine's own, are laid by k8s.sh.

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
	"k8s.io/klog/v2"
)

const lastPod = 32000 // of the addresses 10.N.0.0/17

type network struct {
	id   int
	mu   sync.Mutex // guards what follows
	used map[string]bool
	last int
}

func newNetwork(id int) *network { return &network{id: id, used: map[string]bool{}, last: 1} }

func (n *network) nodeIP() string { return fmt.Sprintf("10.%d.0.1", n.id) }
func (n *network) bridge() string { return fmt.Sprintf("kube%d", n.id) }

// attach makes a namespace with an address; detach takes it away.
func (n *network) attach() (address, namespace string, err error) {
	address, number := n.next()
	namespace = fmt.Sprintf("%s-%d", n.bridge(), number)
	err = sh(fmt.Sprintf(`ip link del v%[1]s 2>/dev/null || true; ip netns del %[1]s 2>/dev/null || true; ip netns add %[1]s
ip link add v%[1]s type veth peer name eth0 netns %[1]s
ip link set v%[1]s master %[2]s up
ip -n %[1]s addr add %[3]s/17 dev eth0; ip -n %[1]s link set eth0 up; ip -n %[1]s link set lo up
ip -n %[1]s route add default via %[4]s`, namespace, n.bridge(), address, n.nodeIP()))
	if err != nil {
		n.detach(address, namespace)
	}
	return address, namespace, err
}

func (n *network) next() (address string, number int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for address == "" || n.used[address] || n.last&255 < 2 || n.last&255 > 254 {
		n.last = n.last%lastPod + 1
		address = fmt.Sprintf("10.%d.%d.%d", n.id, n.last>>8, n.last&255)
	}
	n.used[address] = true
	return address, n.last
}

func (n *network) detach(address, namespace string) {
	if err := sh(fmt.Sprintf("ip link del v%[1]s 2>/dev/null || true; ip netns del %[1]s", namespace)); err != nil {
		klog.ErrorS(err, "a network namespace is left behind", "namespace", namespace)
	}
	n.mu.Lock()
	delete(n.used, address)
	n.mu.Unlock()
}

func sh(script string) error {
	out, err := exec.Command("/bin/sh", "-ec", script).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// inNamespace runs f on a thread inside a network namespace; "" is this machine's.
func inNamespace(name string, f func() error) error {
	if name == "" {
		return f()
	}
	there, err := os.Open("/run/netns/" + name)
	if err != nil {
		return err
	}
	defer there.Close()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	here, err := os.Open(fmt.Sprintf("/proc/self/task/%d/ns/net", unix.Gettid()))
	if err != nil {
		return err
	}
	defer here.Close()
	if err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
		return err
	}
	err = f()
	// The thread has to come back, and may not end instead: with it would end the containers that it has started.
	if back := unix.Setns(int(here.Fd()), unix.CLONE_NEWNET); back != nil {
		panic(back)
	}
	return err
}

// offerHostPort makes a port of this machine's 127.0.0.1 one of the pod's too.
func offerHostPort(namespace, port string, gone <-chan struct{}) {
	var listener net.Listener
	err := inNamespace(namespace, func() (err error) { listener, err = net.Listen("tcp4", "127.0.0.1:"+port); return err })
	if err != nil {
		klog.ErrorS(err, "a port of the host cannot be offered", "port", port)
		return
	}
	go func() { <-gone; listener.Close() }()
	forward(listener, func() string { return "127.0.0.1:" + port })
}

// forward joins each connection with a new one to where `target` says; "" refuses it, as a service without pods does.
func forward(listener net.Listener, target func() string) {
	for {
		from, err := listener.Accept()
		if err != nil {
			return // it was closed
		}
		go func() {
			var to net.Conn
			err := error(net.UnknownNetworkError("nobody is there"))
			if address := target(); address != "" {
				to, err = net.DialTimeout("tcp", address, 5*time.Second)
			}
			if err != nil {
				from.(*net.TCPConn).SetLinger(0)
				from.Close()
				return
			}
			join(from, to)
		}()
	}
}

// join copies both ways until both have ended.
func join(a, b io.ReadWriteCloser) {
	var both sync.WaitGroup
	both.Add(2)
	go func() { defer both.Done(); copyAll(a, b) }()
	go func() { defer both.Done(); copyAll(b, a) }()
	both.Wait()
	a.Close()
	b.Close()
}

func copyAll(to, from io.ReadWriteCloser) {
	io.Copy(to, from) // a connection that breaks ends like one that is closed
	if half, ok := to.(interface{ CloseWrite() error }); ok {
		half.CloseWrite()
	} else {
		to.Close()
	}
}
