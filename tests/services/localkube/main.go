// localkube is a whole Kubernetes in one program: the real etcd, kube-apiserver, kube-controller-manager,
// kube-scheduler, kubelet and kubectl, each started as a process of its own by k8s.sh. Containers are processes of this
// machine (runtime.go), so neither docker nor containerd is needed.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	kubectl "k8s.io/kubectl/pkg/cmd"

	_ "k8s.io/client-go/plugin/pkg/client/auth"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"

	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

const wrongCall = 2

func main() {
	os.Exit(run(component()))
}

// component takes the name of what is to run off the arguments: that of the link it was called by, or the first word.
func component() string {
	name := filepath.Base(os.Args[0])
	if name == "localkube" && len(os.Args) > 1 {
		name, os.Args = os.Args[1], os.Args[1:]
	}
	return name
}

func run(name string) int {
	components := map[string]func() *cobra.Command{
		"kube-apiserver":          apiserver.NewAPIServerCommand,
		"kube-controller-manager": controllers.NewControllerManagerCommand,
		"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
	}
	switch name {
	case "etcd":
		etcdmain.Main(os.Args)
	case "kubelet":
		kubelet()
	case "kubectl":
		if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
			fmt.Fprintln(os.Stderr, "error:", err)
			return 1
		}
	default:
		command, known := components[name]
		if !known {
			fmt.Fprintln(os.Stderr, "usage: localkube etcd|kube-apiserver|kube-controller-manager|kube-scheduler|kubelet|kubectl ...")
			return wrongCall
		}
		return cli.Run(command())
	}
	return 0
}
