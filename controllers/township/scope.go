package township

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/controllers/step"
	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/provision"
)

// serverRetry is how long a town waits for its server before it looks again; the
// server's own watcher calls it earlier.
const serverRetry = 10 * time.Second

// A scope is one reconcile of one Township: what each step found out, for the
// steps after it.
type scope struct {
	*Reconciler
	town *v1alpha1.Township

	charter    tenant.Charter            // accept
	model      *v1alpha1.GovernanceModel // accept, seed; nil while it is not there
	id         provision.Identification  // accept, roles
	server     *provision.Server         // place
	neighbours map[tenant.Code]provision.Town
	seen       provision.Town // place; again after every change
	mark       provision.Mark // database, schema, seed
	secrets    secrets        // roles
	wake       time.Duration  // when to look again, if before the next verification; 0: no need
	repaired   []string       // what drift was put right
	drifted    []string       // what drift was left, as spec.drift says
}

// observe reads what the server has of the town.
func (s *scope) observe(ctx context.Context) error {
	seen, err := s.server.Observe(ctx, s.id.Code)
	if err != nil {
		return s.explain(err)
	}
	s.seen = seen
	return nil
}

// explain turns what provisioning says into what a Township says, with the
// remedy. It is the one place where this happens.
func (s *scope) explain(err error) error {
	n := provision.NamesOf(s.id.Code)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, provision.ErrUnreachable):
		return step.Wait(serverRetry, v1alpha1.ReasonServerUnreachable,
			"DatabaseServer %s does not answer; the operator goes on when it does", s.town.Status.Server.Name)
	case errors.Is(err, provision.ErrDatabaseMissing):
		return step.Stop(v1alpha1.ReasonDatabaseMissing,
			"%v. It is not replaced by an empty one: restore it under the same name with its comment, or, if its data may "+
				"be lost, drop the roles %s as the server's administrator and the town is made anew", err, strings.Join(n.Roles(), ", "))
	case errors.Is(err, provision.ErrDatabaseInvalid):
		return step.Stop(v1alpha1.ReasonDatabaseInvalid,
			"%v: PostgreSQL lets it only be dropped; drop it and restore the town's backup under the same name", err)
	case errors.Is(err, provision.ErrConflict):
		return step.Stop(v1alpha1.ReasonConflict,
			"%v. It is left untouched. If a deleted Township left it, take it over with its uid in spec.adopt.townshipUID; "+
				"else move it out of the way, or correct spec.code by applying this town anew", err)
	case errors.Is(err, provision.ErrSchemaNewer):
		return step.Stop(v1alpha1.ReasonSchemaNewer, "%v: run the operator's newer version", err)
	case errors.Is(err, provision.ErrGridShrinks):
		return step.Stop(v1alpha1.ReasonGridChangeUnsupported,
			"%v. Records may stand on it, so nothing was changed: put it back into the manifest", err)
	case errors.Is(err, provision.ErrModelChanged):
		return step.Stop(v1alpha1.ReasonModelChangeUnsupported, "%v: set spec.model.name back", err)
	}
	return err
}
