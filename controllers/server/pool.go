package server

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/provision"
)

// A Pool holds the servers that the operator works on, opened, and what their
// last drift pass saw. It is safe for concurrent use.
type Pool struct {
	mu      sync.RWMutex
	members map[string]*Member
}

// A Member is one server of the pool as the last pass saw it. It is never
// changed, only replaced.
type Member struct {
	// Server is nil while the server must not be worked on; Reason and Message
	// then say why, in the words of the DatabaseServer's Ready condition.
	Server          *provision.Server
	Reason, Message string
	Identity        provision.Identity
	Towns           map[tenant.Code]provision.Town

	config provision.Config
	opened *provision.Server // kept while the server is away, to go on with
}

// NewPool makes an empty pool.
func NewPool() *Pool { return &Pool{members: map[string]*Member{}} }

// Get returns a server as the last pass saw it; false means that this process
// has not looked at it yet.
func (p *Pool) Get(name string) (*Member, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	member, found := p.members[name]
	return member, found
}

// A Location says where something of a town's code stands. It is empty where the
// code is new.
type Location struct {
	Own      string // the server that has what is the Township's, or what it adopts
	Other    string // without one: a server that has what is another's
	OtherUID string // whose that is, if it says so
}

// Locate asks every server that answers where something of a town stands.
func (p *Pool) Locate(ctx context.Context, id provision.Identification) (Location, error) {
	p.mu.RLock()
	members := maps.Clone(p.members)
	p.mu.RUnlock()
	var found Location
	for _, candidate := range slices.Sorted(maps.Keys(members)) {
		member := members[candidate]
		if member.Server == nil {
			continue // what is placed there is placed in its status
		}
		town, err := member.Server.Observe(ctx, id.Code)
		switch {
		case err != nil:
			return Location{}, err
		case town.Belongs(id):
			return Location{Own: candidate}, nil
		case town.Exists():
			found = Location{Other: candidate, OtherUID: town.Whose()}
		}
	}
	return found, nil
}

// SameCluster returns the name of another server of the pool that is the same
// PostgreSQL cluster, or empty.
func (p *Pool) SameCluster(name, systemIdentifier string) string {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for other, member := range p.members {
		if other != name && member.Server != nil && member.Identity.SystemIdentifier == systemIdentifier {
			return other
		}
	}
	return ""
}

func (p *Pool) set(name string, member *Member) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.members[name] = member
}

func (p *Pool) remove(name string) {
	p.mu.Lock()
	member := p.members[name]
	delete(p.members, name)
	p.mu.Unlock()
	if member != nil {
		member.close()
	}
}

// close ends the sessions on a server. It waits for those that are in use, so it
// is done aside: nobody else should wait for a server that hangs.
func (m *Member) close() {
	if m.opened != nil {
		go m.opened.Close()
	}
}
