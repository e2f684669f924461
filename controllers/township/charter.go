package township

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/controllers/index"
	"github.com/daliu-governance/daliu/controllers/step"
	"github.com/daliu-governance/daliu/tenant"
)

// accept reads the manifest as a charter and refuses what admission could not
// see: a code that another Township has, a model that is not there.
func (s *scope) accept(ctx context.Context) (string, error) {
	charter, err := charterOf(s.town.Spec)
	if err != nil {
		return "", step.Stop(v1alpha1.ReasonCharterInvalid, "%v", err)
	}
	s.charter = charter
	s.id.Code, s.id.UID, s.id.District = charter.Code, string(s.town.UID), s.town.Namespace
	if err := s.onlyOne(ctx); err != nil {
		return "", err
	}
	if s.town.Spec.Adopt != nil {
		s.id.Adopt = s.town.Spec.Adopt.TownshipUID
	}
	// A town that stands goes on being watched over without its model; only a
	// seed needs it.
	if err := s.findModel(ctx); err != nil && s.town.Status.Seed == nil {
		return "", err
	}
	return fmt.Sprintf("code %s, model %s", charter.Code, s.town.Spec.Model.Name), nil
}

// findModel reads the town's model, if it is there and valid.
func (s *scope) findModel(ctx context.Context) error {
	name, model := s.town.Spec.Model.Name, &v1alpha1.GovernanceModel{}
	if err := s.Get(ctx, types.NamespacedName{Name: name}, model); err != nil {
		if apierrors.IsNotFound(err) {
			return step.Stop(v1alpha1.ReasonModelNotFound, "there is no GovernanceModel %s: apply it, or name one of kubectl get gmodel", name)
		}
		return fmt.Errorf("read model %s: %w", name, err)
	}
	if ready := step.Find(model.Status.Conditions, v1alpha1.ConditionReady); ready.Status == "False" {
		return step.Stop(v1alpha1.ReasonModelInvalid, "GovernanceModel %s has faults: %s", name, ready.Message)
	} else if ready.Status != "True" {
		return step.Wait(notLookedAt, v1alpha1.ReasonProgressing, "GovernanceModel %s is being checked", name)
	}
	s.model = model
	return nil
}

// onlyOne stops every Township of a code but the one that has its database, or
// the oldest while none has. Which database is whose is decided by the mark on
// it; this says it before anything is tried.
func (s *scope) onlyOne(ctx context.Context) error {
	towns, err := index.TownshipsBy(ctx, s.Client, index.Code, s.town.Spec.Code)
	if err != nil {
		return err
	}
	for i := range towns {
		other := &towns[i]
		if other.UID == s.town.UID || !first(other, s.town) && !adopts(s.town, other) {
			continue
		}
		return step.Stop(v1alpha1.ReasonDuplicateCode,
			"Township %s/%s has the code %s already: delete this one, or correct its spec.code by applying it anew",
			other.Namespace, other.Name, s.town.Spec.Code)
	}
	return nil
}

// adopts says whether a Township would take a database from one that is still
// there.
func adopts(town, from *v1alpha1.Township) bool {
	return town.Spec.Adopt != nil && town.Spec.Adopt.TownshipUID == string(from.UID)
}

// first says whether a comes before b among the Townships of one code.
func first(a, b *v1alpha1.Township) bool {
	if hasDatabase := a.Status.Database != nil; hasDatabase != (b.Status.Database != nil) {
		return hasDatabase
	}
	if a.CreationTimestamp.Equal(&b.CreationTimestamp) {
		return a.UID < b.UID
	}
	return a.CreationTimestamp.Before(&b.CreationTimestamp)
}

// charterOf translates a manifest into the language of a town.
func charterOf(spec v1alpha1.TownshipSpec) (tenant.Charter, error) {
	code, err := tenant.ParseCode(spec.Code)
	if err != nil {
		return tenant.Charter{}, err
	}
	charter := tenant.Charter{
		Code: code, Name: spec.DisplayName, Description: spec.Description,
		Households: int(spec.Grid.Households), Population: int(spec.Grid.Population),
		ConsultationMembers: int(spec.Grid.ConsultationMembers),
	}
	charter.Venues = append(venueOf("institution", spec.Grid.Venues.Institutions), venueOf("shop", spec.Grid.Venues.Shops)...)
	for _, village := range spec.Grid.Villages {
		charter.Grids = append(charter.Grids, gridOf(tenant.Village, village))
	}
	for _, community := range spec.Grid.Communities {
		charter.Grids = append(charter.Grids, gridOf(tenant.Community, community))
	}
	for _, area := range spec.Areas {
		charter.Areas = append(charter.Areas, tenant.CharterArea{Name: area.Name, Leader: leaders[area.Leader], Grids: area.Grids})
	}
	for _, unit := range spec.Units {
		charter.Units = append(charter.Units, tenant.CharterUnit{Name: unit.Name, Stationing: stationings[unit.Stationing]})
	}
	return charter, charter.Check()
}

var (
	leaders     = map[string]tenant.PostKind{"PartySecretary": tenant.PartySecretary, "Mayor": tenant.Mayor}
	stationings = map[string]string{"": "resident", "Resident": "resident", "Rotating": "rotating", "OnCall": "on_call"}
)

func gridOf(kind tenant.GridKind, second v1alpha1.SecondLevel) tenant.CharterGrid {
	return tenant.CharterGrid{
		Kind: kind, Name: second.Name, Groups: int(second.Groups),
		Households: intOf(second.Households), Population: intOf(second.Population),
		Mediators: int(second.Posts.Mediators), InformationOfficers: int(second.Posts.InformationOfficers),
		Volunteers: int(second.Posts.Volunteers), HouseholdHeads: int(second.Posts.HouseholdHeads),
		ConsultationMembers: int(second.Posts.ConsultationMembers),
	}
}

func venueOf(kind string, count *v1alpha1.VenueCount) []tenant.Venue {
	if count == nil {
		return nil
	}
	return []tenant.Venue{{Kind: kind, Count: int(count.Count), AtLeast: count.AtLeast}}
}

func intOf(n *int32) *int {
	if n == nil {
		return nil
	}
	i := int(*n)
	return &i
}
