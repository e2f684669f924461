package system_test

import (
	"os"
	"testing"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/daliu-governance/daliu/test/system"
)

func TestMain(m *testing.M) {
	ctrl.SetLogger(logr.Discard()) // the test's own client has nothing to tell
	code := m.Run()
	system.Clean()
	os.Exit(code)
}
