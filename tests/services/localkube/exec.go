package main

// What goes into a running container: probes, `kubectl exec` (a terminal is a plain pipe) and `kubectl port-forward`.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"time"

	"k8s.io/client-go/tools/remotecommand"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	remote "k8s.io/cri-client/pkg"
	utilexec "k8s.io/utils/exec"
)

// run runs a command in the namespaces of a container and as its user.
func (r *processRuntime) run(ctx context.Context, id string, argv []string, in io.Reader, out, problems io.Writer) error {
	r.mu.Lock()
	c := r.running[id]
	if c == nil || c.pid == 0 {
		r.mu.Unlock()
		return fmt.Errorf("container %s is not running", id)
	}
	args := []string{"-t", fmt.Sprint(c.pid), "-m", "-u", "-i", "-n", "-p", "-r", "-w"}
	args = append(args, strings.Fields(c.user("-S %d -G %d", ""))...)
	args = append(append(args, "/usr/bin/env", "-i"), c.env...)
	r.mu.Unlock()
	command := exec.CommandContext(ctx, "nsenter", append(args, argv...)...)
	command.Stdin, command.Stdout, command.Stderr, command.WaitDelay = in, out, problems, time.Second
	err := command.Run()
	var failed *exec.ExitError
	if errors.As(err, &failed) && ctx.Err() == nil {
		code := failed.ExitCode()
		return utilexec.CodeExitError{Err: fmt.Errorf("command terminated with exit code %d", code), Code: code}
	}
	return err
}

func (r *processRuntime) ExecSync(ctx context.Context, id string, argv []string, timeout time.Duration) ([]byte, []byte, error) {
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	var out, problems bytes.Buffer
	err := r.run(ctx, id, argv, nil, &out, &problems)
	if ctx.Err() != nil {
		err = fmt.Errorf("%w: %q timed out after %s", remote.ErrCommandTimedOut, strings.Join(argv, " "), timeout)
	}
	return out.Bytes(), problems.Bytes(), err
}

func (r *processRuntime) Exec(_ context.Context, request *runtimeapi.ExecRequest) (*runtimeapi.ExecResponse, error) {
	return r.streams.GetExec(request)
}

func (r *processRuntime) PortForward(_ context.Context, request *runtimeapi.PortForwardRequest) (*runtimeapi.PortForwardResponse, error) {
	return r.streams.GetPortForward(request)
}

// streams is the runtime as the server of streams calls it.
type streams struct{ r *processRuntime }

func (s streams) Exec(ctx context.Context, id string, argv []string, in io.Reader, out, problems io.WriteCloser, tty bool, _ <-chan remotecommand.TerminalSize) error {
	if tty {
		problems = out
	}
	return s.r.run(ctx, id, argv, in, writer(out), writer(problems))
}

// writer keeps what is nil from becoming an interface that is not.
func writer(w io.WriteCloser) io.Writer {
	if w == nil {
		return nil
	}
	return w
}

func (s streams) Attach(context.Context, string, io.Reader, io.WriteCloser, io.WriteCloser, bool, <-chan remotecommand.TerminalSize) error {
	return errors.New("attach is not supported")
}

// PortForward looks for the port on the pod's 127.0.0.1, then on its address.
func (s streams) PortForward(_ context.Context, id string, port int32, stream io.ReadWriteCloser) error {
	s.r.mu.Lock()
	p := s.r.pods[id]
	s.r.mu.Unlock()
	if p == nil {
		return fmt.Errorf("pod %s not found", id)
	}
	var connection net.Conn
	err := inNamespace(p.netns, func() (err error) {
		connection, err = net.DialTimeout("tcp4", fmt.Sprintf("127.0.0.1:%d", port), 10*time.Second)
		return err
	})
	if err != nil && p.address != "" {
		connection, err = net.DialTimeout("tcp4", fmt.Sprintf("%s:%d", p.address, port), 10*time.Second)
	}
	if err == nil {
		join(stream, connection)
	}
	return err
}
