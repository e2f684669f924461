package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/store/db"
)

// Me is what concerns only the actor: the town, and the posts held in it today.
type Me struct {
	Town  string
	Posts []Held
}

// A Held is a post that the actor holds, and where.
type Held struct {
	Kind  tenant.PostKind
	Grid  string // the name of the unit it stands on
	Since time.Time
}

// Me reads who is signed in. It is the read of a page that shows nothing else.
func (s *Store) Me(ctx context.Context, access Access) (tenant.Actor, Me, error) {
	var card []db.TownCardRow
	var posts []db.OwnPostsRow
	actor, err := s.view(ctx, access, func(b *pgx.Batch) {
		collect(b, &card, db.TownCard)
		collect(b, &posts, db.OwnPosts)
	})
	if err != nil {
		return tenant.Actor{}, Me{}, fmt.Errorf("read own account: %w", err)
	}
	me := Me{Posts: make([]Held, len(posts))}
	for _, c := range card {
		me.Town = c.Name
	}
	for i, p := range posts {
		me.Posts[i] = Held{Kind: tenant.PostKind(p.Kind), Grid: p.Grid, Since: p.BeginsOn}
	}
	return actor, me, nil
}
