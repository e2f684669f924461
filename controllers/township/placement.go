package township

import (
	"context"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/controllers/index"
	"github.com/daliu-governance/daliu/controllers/server"
	"github.com/daliu-governance/daliu/controllers/step"
)

// defaultCapacity is how many towns a server takes that says nothing of it.
const defaultCapacity = 1000

// lookedAt says whether this process has seen the servers that matter to a
// Township since it started. Until then nothing is known, and nothing is said.
func (r *Reconciler) lookedAt(ctx context.Context, town *v1alpha1.Township) bool {
	if placed := index.ServerOf(town); placed != "" {
		if _, looked := r.Pool.Get(placed); looked {
			return true
		}
	}
	var servers v1alpha1.DatabaseServerList
	if err := r.List(ctx, &servers); err != nil {
		return false
	}
	for _, s := range servers.Items {
		if _, looked := r.Pool.Get(s.Name); !looked {
			return false
		}
	}
	return true
}

// place finds the server that the town is on, or chooses one, and observes what
// the server has of the town. Once chosen, a server is kept.
func (s *scope) place(ctx context.Context) (string, error) {
	name := s.Pool.Holding(s.id.Code, s.id.UID)
	if name == "" {
		name = index.ServerOf(s.town)
	}
	if name == "" {
		chosen, err := s.choose(ctx)
		if err != nil {
			return "", err
		}
		name = chosen
	}
	member, found := s.Pool.Get(name)
	switch {
	case !found:
		return "", step.Stop(v1alpha1.ReasonNoServer, "the town is on DatabaseServer %s, which is gone: apply it again", name)
	case member.Server == nil:
		s.town.Status.Server = &v1alpha1.TownServer{Name: name, SystemIdentifier: identifierOf(s.town)}
		return "", step.Wait(serverRetry, v1alpha1.ReasonServerUnreachable, "DatabaseServer %s: %s", name, member.Message)
	}
	s.server, s.neighbours = member.Server, member.Towns
	s.town.Status.Server = &v1alpha1.TownServer{Name: name, SystemIdentifier: member.Identity.SystemIdentifier}
	return "on DatabaseServer " + name, s.observe(ctx)
}

func identifierOf(town *v1alpha1.Township) string {
	if town.Status.Server == nil {
		return ""
	}
	return town.Status.Server.SystemIdentifier
}

// choose picks the emptiest server that fits, by name among equals.
func (s *scope) choose(ctx context.Context) (string, error) {
	var servers v1alpha1.DatabaseServerList
	if err := s.List(ctx, &servers); err != nil {
		return "", fmt.Errorf("list servers: %w", err)
	}
	selector := labels.Everything()
	if s.town.Spec.Placement.Selector != nil {
		parsed, err := metav1.LabelSelectorAsSelector(s.town.Spec.Placement.Selector)
		if err != nil {
			return "", step.Stop(v1alpha1.ReasonNoServer, "spec.placement.selector: %v", err)
		}
		selector = parsed
	}
	best, most := "", -1
	var refused []string
	for i := range servers.Items {
		candidate := &servers.Items[i]
		room, why := s.room(ctx, candidate, selector)
		switch {
		case why != "":
			refused = append(refused, candidate.Name+" ("+why+")")
		case room > most || room == most && candidate.Name < best:
			best, most = candidate.Name, room
		}
	}
	if best != "" {
		return best, nil
	}
	slices.Sort(refused)
	if len(refused) == 0 {
		refused = []string{"none exists"}
	}
	return "", step.Stop(v1alpha1.ReasonNoServer,
		"no DatabaseServer takes this town: %s; apply one, or change spec.placement", strings.Join(refused, ", "))
}

// room is how many more towns a server takes, or why it takes none. Townships
// count from the moment they are placed, before their database exists.
func (s *scope) room(ctx context.Context, candidate *v1alpha1.DatabaseServer, selector labels.Selector) (int, string) {
	wanted := s.town.Spec.Placement.ServerName
	switch {
	case wanted != "" && candidate.Name != wanted:
		return 0, "is not " + wanted
	case !selector.Matches(labels.Set(candidate.Labels)):
		return 0, "does not match the selector"
	case candidate.Spec.Unschedulable:
		return 0, "is unschedulable"
	}
	member, _ := s.Pool.Get(candidate.Name)
	if member == nil || member.Server == nil {
		return 0, "is not ready"
	}
	placed, err := index.TownshipsBy(ctx, s.Client, index.Server, candidate.Name)
	if err != nil {
		return 0, err.Error()
	}
	capacity := defaultCapacity
	if candidate.Spec.Capacity.MaxTownships != nil {
		capacity = int(*candidate.Spec.Capacity.MaxTownships)
	}
	if room := capacity - max(len(placed), marked(member)); room > 0 {
		return room, ""
	}
	return 0, fmt.Sprintf("is full with %d", capacity)
}

// marked counts the databases of towns on a server, released ones included:
// they take room too.
func marked(member *server.Member) int {
	n := 0
	for _, town := range member.Towns {
		if town.Database != nil {
			n++
		}
	}
	return n
}
