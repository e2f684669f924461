package township

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/controllers/step"
	"github.com/daliu-governance/daliu/tenant/provision"
)

// roles makes the town's roles what they should be. The Secrets come first, so
// that no password is ever known to the server only.
func (s *scope) roles(ctx context.Context) (string, error) {
	if _, err := s.seen.OwnedBy(s.id); err != nil {
		return "", s.explain(err) // before anything of a stranger's is touched
	}
	if err := s.ensureSecrets(ctx); err != nil {
		return "", err
	}
	if err := s.closeOutgoing(ctx); err != nil {
		return "", err
	}
	if err := s.apply(ctx, provision.DiffRoles, s.seen.Exists()); err != nil {
		return "", err
	}
	if err := s.finishRotation(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d roles, of which %s may log in", len(s.seen.Roles), strings.Join(s.id.Logins(), " and ")), nil
}

// database makes the town's database exist once, closed to strangers, marked,
// and open to its own roles.
func (s *scope) database(ctx context.Context) (string, error) {
	ours, err := s.seen.OwnedBy(s.id)
	if err != nil {
		return "", s.explain(err)
	}
	if !ours {
		if err := s.server.CreateDatabase(ctx, s.id.Code); err != nil {
			return "", s.explain(err)
		}
		if err := s.observe(ctx); err != nil {
			return "", err
		}
	}
	if s.seen.LostMark(s.id) {
		if err := s.recoverMark(ctx); err != nil {
			return "", err
		}
	}
	was, marked := s.seen.Database.Mark()
	if err := s.apply(ctx, diffDatabase, marked); err != nil {
		return "", err
	}
	if marked && was.UID != s.id.UID {
		s.event(s.town, corev1.EventTypeNormal, v1alpha1.EventAdopted, "Adopt",
			"took over database %s with the records of Township %s", s.seen.Database.Name, was.UID)
	}
	s.mark, _ = s.seen.Database.Mark()
	s.town.Status.Database = &v1alpha1.TownDatabase{Name: s.seen.Database.Name, OID: int64(s.seen.Database.OID)}
	if len(s.drifted) > 0 {
		return fmt.Sprintf("%s, oid %d, differs from what it should be: see Drifted", s.seen.Database.Name, s.seen.Database.OID), nil
	}
	return fmt.Sprintf("%s, oid %d, is open to its own roles only", s.seen.Database.Name, s.seen.Database.OID), nil
}

// recoverMark marks a database again that lost its mark.
func (s *scope) recoverMark(ctx context.Context) error {
	if _, err := s.server.RecoverMark(ctx, s.id); err != nil {
		return s.explain(err)
	}
	s.repaired = append(s.repaired, "database "+s.seen.Database.Name+" had lost its mark")
	return s.observe(ctx)
}

func diffDatabase(id provision.Identification, town provision.Town) ([]provision.Change, error) {
	return provision.DiffDatabase(id, town), nil
}

// apply makes what differs right and observes again, so that what a step reports
// was seen: PostgreSQL answers some changes that it did not make with no more
// than a warning. On something that stood before, they are repairs, and told as
// such.
func (s *scope) apply(ctx context.Context, diff func(provision.Identification, provision.Town) ([]provision.Change, error), repairs bool) error {
	changes, err := diff(s.id, s.seen)
	if err != nil || len(changes) == 0 {
		return s.explain(err)
	}
	repairs = repairs && !s.adopting()
	if repairs && s.town.Spec.Drift == v1alpha1.DriftObserve {
		s.drifted = append(s.drifted, said(changes)...)
		return nil
	}
	if err := s.server.Apply(ctx, changes); err != nil {
		return s.explain(err)
	}
	if err := s.observe(ctx); err != nil {
		return err
	}
	left, err := diff(s.id, s.seen)
	if err != nil {
		return s.explain(err)
	}
	if len(left) > 0 {
		return step.Stop(v1alpha1.ReasonNotRepaired,
			"the server took the change and did not make it: %s; look as its administrator who else gave these rights", strings.Join(said(left), "; "))
	}
	if repairs {
		s.repaired = append(s.repaired, said(changes)...)
	}
	return nil
}

func said(changes []provision.Change) []string {
	what := make([]string, len(changes))
	for i, change := range changes {
		what[i] = change.What
	}
	return what
}

// adopting says whether the town's database is still another's that is being
// taken over: the changes of that are wanted, not drift.
func (s *scope) adopting() bool {
	if s.seen.Database == nil {
		return false
	}
	mark, marked := s.seen.Database.Mark()
	return marked && mark.UID != s.id.UID
}

// schema brings the database to this program's schema.
func (s *scope) schema(ctx context.Context) (string, error) {
	mark, err := s.server.EnsureSchema(ctx, s.id.Code, s.mark)
	if err != nil {
		return "", s.explain(err)
	}
	s.mark = mark
	s.town.Status.SchemaVersion = mark.Schema
	return fmt.Sprintf("schema %d", mark.Schema), nil
}
