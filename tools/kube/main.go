// Command kube is etcd, kube-apiserver and kubectl in one binary: the name it
// is called by, or its first argument, picks the program. It is built from the
// same Go modules that the releases are built from, so that a machine with
// nothing but Go and its module proxy gets a real control plane.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() {
	args := os.Args
	if name := filepath.Base(args[0]); name == "kube" && len(args) > 1 {
		args = args[1:]
	}
	var command *cobra.Command
	switch name := filepath.Base(args[0]); name {
	case "etcd":
		etcdmain.Main(args)
		return
	case "kube-apiserver":
		command = apiserver.NewAPIServerCommand()
	case "kubectl":
		command = kubectl.NewDefaultKubectlCommand()
	default:
		fmt.Fprintf(os.Stderr, "kube: %q is none of etcd, kube-apiserver, kubectl\n", name)
		os.Exit(2)
	}
	os.Args = args
	command.SetArgs(args[1:])
	os.Exit(cli.Run(command))
}
