package v1alpha1

import (
	"errors"
	"fmt"
	"net/url"
)

// ErrNoHost says that nothing tells under which host a town is served.
var ErrNoHost = errors.New("no host")

// Address is where a town's people work: spec.instance.host if it is set, else
// the Township's name in front of the host of the District's baseURL. district
// is nil where the namespace has none. It returns [ErrNoHost] when neither says
// a host.
func (t *Township) Address(district *District) (*url.URL, error) {
	base := &url.URL{Scheme: "https"}
	if district != nil {
		parsed, err := url.Parse(district.Spec.BaseURL)
		if err != nil {
			return nil, fmt.Errorf("read baseURL of district %s: %w: %w", district.Namespace, ErrNoHost, err)
		}
		base.Scheme, base.Host = parsed.Scheme, parsed.Host
	}
	host := t.Spec.Instance.Host
	switch {
	case host == "" && base.Host == "":
		return nil, fmt.Errorf("address of township %s/%s: %w", t.Namespace, t.Name, ErrNoHost)
	case host == "":
		base.Host = t.Name + "." + base.Host
	case base.Port() != "":
		base.Host = host + ":" + base.Port()
	default:
		base.Host = host
	}
	return base, nil
}

// Names of a Township's Secrets, in its own namespace.

// DatabaseSecretName is the Secret with the login that the instance uses.
func (t *Township) DatabaseSecretName() string { return t.Name + "-database" }

// RollupSecretName is the Secret with the login that reads the town's numbers.
func (t *Township) RollupSecretName() string { return t.Name + "-rollup" }

// DirectorSecretName is the Secret with the first account's one-time password.
func (t *Township) DirectorSecretName() string { return t.Name + "-director" }

// Keys of those Secrets.
const (
	SecretKeyUsername = "username"
	SecretKeyPassword = "password"
	// SecretKeyURI is a PostgreSQL connection URI without the password.
	SecretKeyURI = "uri"
	// SecretKeyNextUsername and SecretKeyNextPassword are the login that is about
	// to come into use; they are there for a moment only.
	SecretKeyNextUsername = "next-username"
	SecretKeyNextPassword = "next-password"
	// SecretKeySigning is the town's signing key, 32 bytes; in the Secret of the
	// instance's login only.
	SecretKeySigning = "signing-key"
)
