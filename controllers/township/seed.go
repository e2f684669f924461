package township

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/credential"
	"github.com/daliu-governance/daliu/tenant/provision"
)

// seed writes the charter and the model into the town and reports what then
// stands there, counted from the town's own rows.
func (s *scope) seed(ctx context.Context) (string, error) {
	if s.model == nil {
		if err := s.findModel(ctx); err != nil {
			return "", err
		}
	}
	seed := provision.Seed{Charter: s.charter, Model: s.model.Name, SigningKey: s.secrets.signingKey}
	if s.mark.Seed != seed.Digest() {
		if err := s.complete(&seed); err != nil {
			return "", err
		}
		mark, err := s.server.EnsureSeed(ctx, s.mark, seed)
		if err != nil {
			return "", s.explain(err)
		}
		s.mark = mark
	}
	counts, err := s.establishment(ctx)
	if err != nil {
		return "", s.explain(err)
	}
	s.town.Status.Seed = seedStatus(s.mark, counts)
	return describe(counts), nil
}

// complete adds what is only needed to write a seed: hashing a password costs
// 30 ms, so it is not done to find out that nothing changed.
func (s *scope) complete(seed *provision.Seed) error {
	spec, err := json.Marshal(s.model.Spec)
	if err != nil {
		return fmt.Errorf("encode model %s: %w", s.model.Name, err)
	}
	seed.ModelSpec = spec
	if s.secrets.director != "" {
		if seed.DirectorHash, err = credential.HashPassword(s.secrets.director, rand.Reader); err != nil {
			return err
		}
	}
	return nil
}

// establishment reads the town's numbers as its roll-up login. If the server
// refuses that login, its password is set to the Secret's, once.
func (s *scope) establishment(ctx context.Context) (tenant.Establishment, error) {
	counts, err := s.server.Establishment(ctx, s.id.Code, s.secrets.rollup)
	if errors.Is(err, provision.ErrCredentialRefused) {
		if err := s.resetPassword(ctx, s.secrets.rollup.Role); err != nil {
			return tenant.Establishment{}, err
		}
		counts, err = s.server.Establishment(ctx, s.id.Code, s.secrets.rollup)
	}
	return counts, err
}

// resetPassword gives a login the password that its Secret holds.
func (s *scope) resetPassword(ctx context.Context, role string) error {
	if err := s.server.SetPassword(ctx, role, s.id.Verifiers[role]); err != nil {
		return err
	}
	s.repaired = append(s.repaired, "password of role "+role+" was not the Secret's")
	return nil
}

func describe(e tenant.Establishment) string {
	return fmt.Sprintf("%d grids on three levels, %d mediation committees, %d mediators, %d information officers, "+
		"%d volunteers, %d household heads, %d consultation bodies with %d seats",
		e.Level1+e.Level2+e.Level3, e.Committees, e.Mediators, e.InformationOfficers,
		e.Volunteers, e.HouseHeads, e.ConsultationBodies, e.ConsultationMembers)
}

func seedStatus(mark provision.Mark, e tenant.Establishment) *v1alpha1.Seed {
	return &v1alpha1.Seed{
		Digest: mark.Seed, Model: mark.Model,
		Grids:  fmt.Sprintf("%d/%d/%d", e.Level1, e.Level2, e.Level3),
		Posts:  fmt.Sprintf("%d/%d/%d/%d", e.Mediators, e.InformationOfficers, e.Volunteers, e.HouseHeads),
		Level1: int64(e.Level1), Level2: int64(e.Level2), Level3: int64(e.Level3), Committees: int64(e.Committees),
		Mediators: int64(e.Mediators), InformationOfficers: int64(e.InformationOfficers),
		Volunteers: int64(e.Volunteers), HouseholdHeads: int64(e.HouseHeads),
		ConsultationBodies: int64(e.ConsultationBodies), ConsultationMembers: int64(e.ConsultationMembers),
	}
}
