package township

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

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
// the server has of the town. A choice is written down before anything is made
// on the server: from then on the town stays.
func (s *scope) place(ctx context.Context) (string, error) {
	placed := s.town.Status.Server
	if placed == nil || placed.Name == "" {
		return "", s.settle(ctx)
	}
	s.release(s.id.UID)
	member, found := s.Pool.Get(placed.Name)
	switch {
	case !found:
		return "", step.Stop(v1alpha1.ReasonNoServer, "the town is on DatabaseServer %s, which is gone: apply it again", placed.Name)
	case member.Server == nil:
		return "", step.Wait(serverRetry, v1alpha1.ReasonServerUnreachable, "DatabaseServer %s: %s", placed.Name, member.Message)
	case placed.SystemIdentifier != "" && placed.SystemIdentifier != member.Identity.SystemIdentifier:
		return "", step.Stop(v1alpha1.ReasonIdentityChanged,
			"the town is on cluster %s, DatabaseServer %s is now cluster %s: apply the town's own cluster under this name again",
			placed.SystemIdentifier, placed.Name, member.Identity.SystemIdentifier)
	}
	s.server, s.neighbours = member.Server, member.Towns
	s.town.Status.Server = &v1alpha1.TownServer{Name: placed.Name, SystemIdentifier: member.Identity.SystemIdentifier}
	return "on DatabaseServer " + placed.Name, s.observe(ctx)
}

// settle decides where a town is that has no place yet: where something of its
// own or of what it adopts stands already, else on a server, provided that none
// has anything of its code. It always returns an error: the choice is written to
// the status, and the next reconcile goes on from there.
func (s *scope) settle(ctx context.Context) error {
	found, err := s.Pool.Locate(ctx, s.id)
	if err != nil {
		return s.explain(err)
	}
	name := found.Own
	switch {
	case name == "" && found.Other != "":
		return step.Stop(v1alpha1.ReasonConflict,
			"DatabaseServer %s has a database or roles of code %s that are not this Township's but that of uid %q. They are left "+
				"untouched: if a deleted Township of this namespace left them, take them over with that uid in spec.adopt.townshipUID; "+
				"else move them out of the way, or correct spec.code by applying this town anew", found.Other, s.id.Code, found.OtherUID)
	case name == "":
		if name, err = s.choose(ctx); err != nil {
			return err
		}
	}
	member, _ := s.Pool.Get(name)
	s.town.Status.Server = &v1alpha1.TownServer{Name: name, SystemIdentifier: member.Identity.SystemIdentifier}
	return step.Wait(time.Millisecond, v1alpha1.ReasonProgressing, "goes to DatabaseServer %s", name)
}

// choose picks the emptiest server that fits, by name among equals, and reserves
// a place on it until the choice is in the cache: several workers choose at once.
func (s *scope) choose(ctx context.Context) (string, error) {
	s.reservations.Lock()
	defer s.reservations.Unlock()
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
		s.reserved[s.id.UID] = best
		return best, nil
	}
	slices.Sort(refused)
	if len(refused) == 0 {
		refused = []string{"none exists"}
	}
	return "", step.Stop(v1alpha1.ReasonNoServer,
		"no DatabaseServer takes this town: %s; apply one, or change spec.placement", strings.Join(refused, ", "))
}

// release gives a reservation back, once the choice is written down.
func (r *Reconciler) release(uid string) {
	r.reservations.Lock()
	defer r.reservations.Unlock()
	delete(r.reserved, uid)
}

// room is how many more towns a server takes, or why it takes none. Townships
// count from the moment they are chosen for, before their database exists.
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
	here := map[string]bool{}
	for i := range placed {
		here[string(placed[i].UID)] = true
	}
	for uid, name := range s.reserved {
		if name == candidate.Name && uid != s.id.UID {
			here[uid] = true
		}
	}
	if room := capacity - max(len(here), marked(member)); room > 0 {
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
