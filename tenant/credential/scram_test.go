package credential_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/daliu-governance/daliu/tenant/credential"
)

// That PostgreSQL takes it is proved by every login of the provisioning tests.
func TestSCRAMVerifierHasTheFormOfPostgreSQL(t *testing.T) {
	t.Parallel()
	got, err := credential.SCRAMVerifier("pencil", bytes.NewReader([]byte("0123456789abcdef")))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(got, "SCRAM-SHA-256$4096:MDEyMzQ1Njc4OWFiY2RlZg==$") {
		t.Errorf("verifier = %s", got)
	}
	if strings.Contains(got, "pencil") {
		t.Error("the password is in the verifier")
	}
}

func TestRandomnessThatFailsIsAnError(t *testing.T) {
	t.Parallel()
	broken := iotest.ErrReader(errors.New("no entropy"))
	if _, err := credential.SCRAMVerifier("x", broken); err == nil {
		t.Error("a verifier was made without a salt")
	}
	if _, err := credential.Random(broken); err == nil {
		t.Error("a password was made without randomness")
	}
	if _, err := credential.Key(broken); err == nil {
		t.Error("a key was made without randomness")
	}
}
