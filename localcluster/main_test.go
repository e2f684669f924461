package localcluster

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
)

// childTask names what a copy of the test binary does instead of testing.
const childTask = "DALIU_TEST_TASK"

// shared is one cluster for all tests that leave no trace in it.
var shared = sync.OnceValues(func() (*Cluster, error) {
	return Start(context.Background(), Options{})
})

// started says whether a test has asked for the shared cluster.
var started bool

func sharedCluster(t *testing.T) *Cluster {
	t.Helper()
	started = true
	cluster, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return cluster
}

func TestMain(m *testing.M) {
	if task := os.Getenv(childTask); task != "" {
		if err := runTask(task); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	if started {
		cluster, err := shared()
		if err == nil {
			err = cluster.Stop()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}
