package credential_test

import (
	"context"
	"crypto/rand"
	"errors"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/daliu-governance/daliu/tenant/credential"
)

func TestVerifyPassword(t *testing.T) {
	t.Parallel()

	hash, err := credential.HashPassword("小事不出村 2021", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hash %q does not carry the parameters we chose", hash)
	}
	for name, tc := range map[string]struct {
		hash, password string
		want, fails    bool
	}{
		"the password itself":             {hash: hash, password: "小事不出村 2021", want: true},
		"another password":                {hash: hash, password: "小事不出村 2022"},
		"no password":                     {hash: hash},
		"a hash with all memory":          {hash: "$argon2id$v=19$m=4294967295,t=2,p=1$c2FsdHNhbHQ$a2V5a2V5a2V5a2V5a2V5", fails: true},
		"a hash without a pass":           {hash: "$argon2id$v=19$m=19456,t=0,p=1$c2FsdHNhbHQ$a2V5a2V5a2V5a2V5a2V5", fails: true},
		"a hash of another kind":          {hash: "$2a$10$abcdefghijklmnopqrstuv", fails: true},
		"a hash with a key of one byte":   {hash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aw", fails: true},
		"something that is no hash":       {hash: "password", password: "password", fails: true},
		"a hash of a version we know not": {hash: strings.Replace(hash, "v=19", "v=16", 1), fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got, err := credential.VerifyPassword(tc.hash, tc.password)
			if got != tc.want || (err != nil) != tc.fails {
				t.Errorf("VerifyPassword = %v, %v; want %v, error %v", got, err, tc.want, tc.fails)
			}
		})
	}
}

func TestHashesOfOnePasswordDiffer(t *testing.T) {
	t.Parallel()

	a, errA := credential.HashPassword("same password", rand.Reader)
	b, errB := credential.HashPassword("same password", rand.Reader)
	if err := errors.Join(errA, errB); err != nil {
		t.Fatal(err)
	}
	if a == b {
		t.Error("two hashes share a salt")
	}
}

func TestHasherDoesNotServeWhoGaveUp(t *testing.T) {
	t.Parallel()

	hasher := credential.NewHasher(rand.Reader)
	var busy sync.WaitGroup
	for range 64 {
		busy.Go(func() { _, _ = hasher.Verify(t.Context(), "", "x") })
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := hasher.Hash(ctx, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("hash after giving up: error = %v, want %v", err, context.Canceled)
	}
	busy.Wait()
}

// A login that nobody has must cost what a wrong password costs. Time can't be
// told apart from a busy machine, so the test looks at the memory that argon2id
// fills, which is what takes the time.
func TestVerifyWithoutHashDoesTheSameWork(t *testing.T) {
	hasher := credential.NewHasher(rand.Reader)
	hash, err := hasher.Hash(t.Context(), "right")
	if err != nil {
		t.Fatal(err)
	}
	filled := func(stored string) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if ok, err := hasher.Verify(t.Context(), stored, "wrong"); ok || err != nil {
			t.Fatalf("Verify = %v, %v", ok, err)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	known, unknown := filled(hash), filled("")
	if ratio := float64(known) / float64(unknown); ratio < 0.99 || ratio > 1.01 {
		t.Errorf("known login fills %d bytes, unknown %d", known, unknown)
	}
}

func TestOneTimePassword(t *testing.T) {
	t.Parallel()

	form := regexp.MustCompile(`^([a-z2-9]{4}-){3}[a-z2-9]{4}$`)
	seen := make(map[string]bool)
	for range 100 {
		password, err := credential.OneTimePassword(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if !form.MatchString(password) || strings.ContainsAny(password, "ilo01") {
			t.Errorf("%q is hard to read from paper", password)
		}
		if seen[password] {
			t.Errorf("%q was made twice", password)
		}
		seen[password] = true
	}
	if _, err := credential.OneTimePassword(iotest.ErrReader(errors.New("dry"))); err == nil {
		t.Error("a password was made without randomness")
	}
}
