package web_test

import (
	"net/http"
	"testing"

	"github.com/daliu-governance/daliu/tenant/store/storetest"
)

// BenchmarkPage measures a page from the request to the last byte: session,
// row security, queries and HTML. Its reference is the town's own readiness
// probe, which is one query in one round trip.
func BenchmarkPage(b *testing.B) {
	s := newSite(b, false)
	s.town.Exec(b, "update account set must_change = false")
	s.signIn("director", storetest.FirstPassword)
	for _, path := range []string{"/readyz", "/sign-in", "/me", "/", "/grid"} {
		b.Run(path, func(b *testing.B) {
			for b.Loop() {
				if answer := s.get(path); answer.status != http.StatusOK {
					b.Fatalf("%s: %d", path, answer.status)
				}
			}
		})
	}
}
