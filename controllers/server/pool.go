package server

import (
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

// Holding returns the name of the server that holds a database with that
// Township's mark, as the last passes saw it, or empty.
func (p *Pool) Holding(code tenant.Code, uid string) string {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for name, member := range p.members {
		if town, found := member.Towns[code]; found && town.Database != nil {
			if mark, marked := town.Database.Mark(); marked && mark.UID == uid {
				return name
			}
		}
	}
	return ""
}

// Close ends the sessions on all servers.
func (p *Pool) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for name, member := range p.members {
		member.close()
		delete(p.members, name)
	}
}

func (p *Pool) set(name string, member *Member) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.members[name] = member
}

func (p *Pool) remove(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if member := p.members[name]; member != nil {
		member.close()
	}
	delete(p.members, name)
}

func (m *Member) close() {
	if m.opened != nil {
		m.opened.Close()
	}
}
