package localcluster

import (
	"os"
	"testing"
	"time"
)

func TestTry(t *testing.T) {
	s := time.Now()
	c, err := Start(t.Context(), Options{Progress: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(time.Since(s))
	t.Log(c.Postgres.URL(c.Postgres.OperatorUser, "x", "postgres"), c.Kubeconfig)
	s = time.Now()
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	t.Log(time.Since(s))
}
