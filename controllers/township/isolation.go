package township

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/controllers/step"
	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/provision"
)

// isolation logs in with the town's own credential: it must reach the town's
// database and nothing else.
func (s *scope) isolation(ctx context.Context) (string, error) {
	probe := provision.Probe{Login: s.secrets.app, SigningKey: s.secrets.signingKey, Neighbour: s.neighbour()}
	found, err := s.server.Probe(ctx, s.id.Code, probe)
	if errors.Is(err, provision.ErrCredentialRefused) {
		if err := s.resetPassword(ctx, s.secrets.app.Role); err != nil {
			return "", s.explain(err)
		}
		found, err = s.server.Probe(ctx, s.id.Code, probe)
	}
	if err == nil && !found.KeyAccepted {
		if err := s.server.SetSigningKey(ctx, s.id.Code, s.secrets.signingKey); err != nil {
			return "", s.explain(err)
		}
		s.repaired = append(s.repaired, "signing key was not the Secret's")
		found, err = s.server.Probe(ctx, s.id.Code, probe)
	}
	switch {
	case errors.Is(err, provision.ErrCredentialRefused):
		return "", step.Wait(serverRetry, v1alpha1.ReasonCredentialRefused,
			"the server refuses %s with the password of Secret %s", s.secrets.app.Role, s.town.DatabaseSecretName())
	case err != nil:
		return "", s.explain(err)
	case len(found.Reached) > 0:
		return "", step.Stop(v1alpha1.ReasonNotIsolated,
			"the town's credential reaches %s: see the Hardened condition of DatabaseServer %s for the SQL that closes it",
			strings.Join(found.Reached, ", "), s.town.Status.Server.Name)
	}
	return fmt.Sprintf("%s reaches %s and nothing else", s.secrets.app.Role, s.town.Status.Database.Name), nil
}

// neighbour is some other town on the same server, to try its door for real.
func (s *scope) neighbour() tenant.Code {
	var first tenant.Code
	for code, town := range s.neighbours {
		if code != s.id.Code && town.Database != nil && (first == "" || code < first) {
			first = code
		}
	}
	return first
}
