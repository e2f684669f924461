package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/store/db"
)

// A Held is a post that the actor holds, and where.
type Held struct {
	Kind  tenant.PostKind
	Grid  string // the name of the unit it stands on
	Since time.Time
}

// Actor reads who is signed in, and in which town. It is the read to begin a
// page with that shows nothing else.
func (s *Store) Actor(ctx context.Context, access Access) (tenant.Actor, error) {
	actor, err := s.view(ctx, access, nil)
	if err != nil {
		return tenant.Actor{}, fmt.Errorf("read actor: %w", err)
	}
	return actor, nil
}

// OwnPosts reads the posts that the actor holds today.
func (s *Store) OwnPosts(ctx context.Context, access Access) (tenant.Actor, []Held, error) {
	var rows []db.OwnPostsRow
	actor, err := s.view(ctx, access, func(b *pgx.Batch) { collect(b, &rows, db.OwnPosts) })
	if err != nil {
		return tenant.Actor{}, nil, fmt.Errorf("read own posts: %w", err)
	}
	held := make([]Held, len(rows))
	for i, r := range rows {
		held[i] = Held{Kind: tenant.PostKind(r.Kind), Grid: r.Grid, Since: r.BeginsOn}
	}
	return actor, held, nil
}
