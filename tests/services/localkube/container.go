package main

// A container: a process in mount, pid, uts and ipc namespaces of its own. Its root is an overlay of this machine's "/"
// with the image's folder on top, so that it has the machine's programs, and what it writes outside of its volumes is
// seen by nobody else and goes with it.

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

const (
	setupPath   = "PATH=/usr/sbin:/usr/bin:/sbin:/bin"
	defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	byASignal   = 128 // what an exit status begins at for a process that a signal has ended
)

type container struct {
	config *runtimeapi.ContainerConfig
	pod    string
	image  image
	dir    string
	env    []string
	pid    int           // 0 before it runs and after it has ended
	exited chan struct{} // closed when it has ended; nil before it runs
}

// command is what it runs, by Kubernetes' rules for an image's entrypoint and a container's command and arguments.
func (c *container) command() []string {
	switch {
	case len(c.config.Command) > 0:
		return append(append([]string{}, c.config.Command...), c.config.Args...)
	case len(c.config.Args) > 0:
		return append(append([]string{}, c.image.Entrypoint...), c.config.Args...)
	default:
		return append(append([]string{}, c.image.Entrypoint...), c.image.Cmd...)
	}
}

// start starts the process; the channel gives its exit status when it has ended and its output is in the log.
func (c *container) start(p *pod, logPath string) (<-chan int32, error) {
	script := filepath.Join(c.dir, "start.sh")
	if err := os.WriteFile(script, []byte(c.script(p.config.Hostname)), 0o700); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(logPath), 0o755); err != nil {
		return nil, err
	}
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	argv := []string{"/bin/sh", script}
	if p.netns != "" {
		argv = append([]string{"nsenter", "--net=/run/netns/" + p.netns}, argv...)
	}
	process := exec.Command(argv[0], argv[1:]...)
	process.Env, process.Dir = []string{}, "/"
	process.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL,
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC}
	var copies sync.WaitGroup
	if err := startLogged(process, log, &copies); err != nil {
		log.Close()
		return nil, err
	}
	c.pid, c.exited = process.Process.Pid, make(chan struct{})
	ended := make(chan int32, 1)
	go func() {
		process.Wait() // its error is the exit status
		copies.Wait()
		log.Close()
		ended <- exitStatus(process.ProcessState)
	}()
	return ended, nil
}

func exitStatus(state *os.ProcessState) int32 {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return byASignal + int32(status.Signal())
	}
	return int32(state.ExitCode())
}

// startLogged starts the process with its two outputs copied into the log.
func startLogged(process *exec.Cmd, log *os.File, copies *sync.WaitGroup) error {
	var ends [2]*os.File
	for i, stream := range []string{"stdout", "stderr"} {
		from, to, err := os.Pipe()
		if err != nil {
			return err
		}
		defer to.Close() // the process has its own copy
		ends[i] = to
		copies.Add(1)
		go func() { defer copies.Done(); defer from.Close(); copyLines(from, log, stream) }()
	}
	process.Stdout, process.Stderr = ends[0], ends[1]
	return process.Start()
}

// copyLines copies lines in the format that the kubelet reads: time, stream, F or P (the line goes on), text.
func copyLines(from io.Reader, log io.Writer, stream string) {
	in := bufio.NewReaderSize(from, 16<<10)
	for {
		line, unfinished, err := in.ReadLine()
		if err != nil {
			return
		}
		tag := "F"
		if unfinished {
			tag = "P"
		}
		fmt.Fprintf(log, "%s %s %s %s\n", time.Now().UTC().Format(time.RFC3339Nano), stream, tag, line)
	}
}

// script makes the container's root and becomes its command.
func (c *container) script(hostname string) string {
	var s strings.Builder
	s.WriteString("set -e\n" + setupPath + "\nmount --make-rprivate /\n")
	root := c.overlay(&s, "/", "host")
	if c.image.Rootfs != "" {
		// An overlay of its own: of the folders below one, none may be inside another.
		root = c.overlay(&s, c.image.Rootfs+":"+root, "image")
	}
	fmt.Fprintf(&s, "R=%s\n", quote(root))
	s.WriteString(`mount -t proc proc $R/proc; mount --rbind /sys $R/sys; mount -t tmpfs -o mode=755 tmpfs $R/dev; cd $R/dev
for d in null zero full random urandom tty; do :>$d; mount --bind /dev/$d $d; done
mkdir pts shm; mount -t devpts -o newinstance,ptmxmode=0666 devpts pts; mount -t tmpfs -o mode=1777 tmpfs shm
ln -s pts/ptmx ptmx; ln -s /proc/self/fd fd; ln -s fd/0 stdin; ln -s fd/1 stdout; ln -s fd/2 stderr; cd /
# Links in a mount's path (/var/run) are those of the container.
m() { D=$R$(chroot $R realpath -m "$2"); if [ -d "$1" ]; then mkdir -p "$D"; else mkdir -p "$(dirname "$D")"; [ -e "$D" ] || :>"$D"; fi
mount --rbind "$1" "$D"; [ -z "$3" ] || mount -o remount,bind,ro "$D"; }
`)
	for _, mount := range c.config.Mounts {
		fmt.Fprintf(&s, "m %s %s %s\n", quote(mount.HostPath), quote(mount.ContainerPath), map[bool]string{true: "ro"}[mount.Readonly])
	}
	if hostname != "" {
		fmt.Fprintf(&s, "hostname %s\n", quote(hostname))
	}
	folder := firstOf(c.config.WorkingDir, c.image.WorkingDir, "/")
	fmt.Fprintf(&s, "chroot $R mkdir -p %s\n", quote(folder))
	if c.config.GetLinux().GetSecurityContext().GetReadonlyRootfs() {
		s.WriteString("mount -o remount,bind,ro $R\n")
	}
	c.env = append([]string{defaultPath, "HOME=/root", "HOSTNAME=" + hostname}, c.image.Env...)
	for _, e := range c.config.Envs {
		c.env = append(c.env, e.Key+"="+e.Value)
	}
	fmt.Fprintf(&s, "exec chroot %s $R /usr/bin/env -i -C %s", c.user("--userspec=%d:%d", " --groups=%s"), quote(folder))
	for _, word := range append(append([]string{}, c.env...), c.command()...) {
		s.WriteString(" " + quote(word))
	}
	return s.String() + "\n"
}

// overlay mounts a layer of the container's own over the lower ones.
func (c *container) overlay(s *strings.Builder, lower, name string) string {
	folder := func(part string) string {
		path := filepath.Join(c.dir, name, part)
		fmt.Fprintf(s, "mkdir -p %s\n", quote(path))
		return path
	}
	root := folder("root")
	options := "lowerdir=" + lower + ",upperdir=" + folder("upper") + ",workdir=" + folder("work")
	fmt.Fprintf(s, "mount -t overlay overlay -o %s %s\n", quote(options), quote(root))
	return root
}

// user is whom it runs as, written by these formats; nothing for root.
func (c *container) user(ids, groups string) string {
	context := c.config.GetLinux().GetSecurityContext()
	if context.GetRunAsUser().GetValue() == 0 {
		return ""
	}
	group := context.GetRunAsGroup().GetValue()
	all := []string{fmt.Sprint(group)}
	for _, g := range context.GetSupplementalGroups() {
		all = append(all, fmt.Sprint(g))
	}
	text := fmt.Sprintf(ids, context.GetRunAsUser().GetValue(), group)
	if groups != "" {
		text += fmt.Sprintf(groups, strings.Join(all, ","))
	}
	return text
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// kill sends SIGTERM, when the time of grace is over SIGKILL, and returns when the process has ended.
func (r *processRuntime) kill(id string, grace time.Duration) {
	if grace > 0 {
		if exited := r.signal(id, syscall.SIGTERM); exited != nil {
			select {
			case <-exited:
			case <-time.After(grace):
			}
		}
	}
	if exited := r.signal(id, syscall.SIGKILL); exited != nil {
		<-exited
	}
}

// signal gives what is closed when the process has ended, or nil where it does not run.
func (r *processRuntime) signal(id string, number syscall.Signal) chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.running[id]
	if c == nil || c.pid == 0 {
		return nil
	}
	syscall.Kill(c.pid, number) // it may have ended just now
	return c.exited
}
