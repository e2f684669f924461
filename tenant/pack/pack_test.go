package pack_test

import (
	"testing"

	"github.com/daliu-governance/daliu/tenant/pack"
)

func TestX(t *testing.T) {
	for _, n := range pack.Names() {
		m, err := pack.Load(n)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range pack.Validate(m) {
			t.Error(n, p)
		}
		t.Log(n, len(m.Enumerations), len(m.Clocks), len(m.Duties), len(m.Papers), len(m.Indicators), len(m.Roles))
	}
}
