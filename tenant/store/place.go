package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/store/db"
)

// Place reads the town as the actor may see it: its card, and the part of the
// grid under the actor's posts with what stands on that part.
func (s *Store) Place(ctx context.Context, access Access) (tenant.Actor, tenant.Place, error) {
	var rows placeRows
	actor, err := s.view(ctx, access, rows.queue)
	if err != nil {
		return tenant.Actor{}, tenant.Place{}, fmt.Errorf("read place: %w", err)
	}
	place, err := rows.place()
	return actor, place, err
}

// placeRows are the rows that a place is put together from.
type placeRows struct {
	card       []db.TownCardRow
	venues     []db.Venue
	units      []db.GridUnitsRow
	posts      []db.PostsRow
	areas      []db.Area
	zones      []db.AreaGridsRow
	offices    []db.OrgUnitsRow
	committees []db.MediationCommitteesRow
	bodies     []db.ConsultationBodiesRow
}

func (r *placeRows) queue(b *pgx.Batch) {
	collect(b, &r.card, db.TownCard)
	collect(b, &r.venues, db.Venues)
	collect(b, &r.units, db.GridUnits)
	collect(b, &r.posts, db.Posts)
	collect(b, &r.areas, db.Areas)
	collect(b, &r.zones, db.AreaGrids)
	collect(b, &r.offices, db.OrgUnits)
	collect(b, &r.committees, db.MediationCommittees)
	collect(b, &r.bodies, db.ConsultationBodies)
}

func (r *placeRows) place() (tenant.Place, error) {
	if len(r.card) != 1 {
		return tenant.Place{}, fmt.Errorf("read place: town has %d cards: %w", len(r.card), tenant.ErrNotFound)
	}
	place := tenant.Place{
		Code: tenant.Code(r.card[0].Code), Name: r.card[0].Name, Description: r.card[0].Description,
		Grid: grid(r.units, r.posts), Areas: zoned(r.areas, r.zones),
	}
	for _, v := range r.venues {
		place.Venues = append(place.Venues, tenant.Venue{Kind: v.Kind, Count: int(v.Count), AtLeast: v.AtLeast})
	}
	for _, u := range r.offices {
		place.Units = append(place.Units, tenant.Unit{Name: u.Name, Stationing: u.Stationing})
	}
	for _, c := range r.committees {
		place.Committees = append(place.Committees, body(place.Grid, int(c.GridID), c.Name, tenant.Mediator))
	}
	for _, c := range r.bodies {
		place.Bodies = append(place.Bodies, body(place.Grid, int(c.GridID), c.Name, tenant.ConsultationMember))
	}
	return place, nil
}

// grid puts the rows into the town's own words. Level 1 is in view exactly when
// the actor holds a post on it, and then all the rest is too.
func grid(units []db.GridUnitsRow, posts []db.PostsRow) tenant.Grid {
	var g tenant.Grid
	for _, u := range units {
		unit := tenant.GridUnit{
			ID: int(u.ID), Code: u.Code, Level: int(u.Level), Kind: tenant.GridKind(u.Kind), Name: u.Name,
			Households: whole(u.Households), Population: whole(u.Population),
		}
		if u.ParentID != nil {
			unit.ParentID = int(*u.ParentID)
		}
		g.Whole = g.Whole || unit.Level == 1
		g.Units = append(g.Units, unit)
	}
	for _, p := range posts {
		post := tenant.Post{ID: int(p.ID), Kind: tenant.PostKind(p.Kind), GridID: int(p.GridID), Seat: int(p.Seat)}
		if p.Holder != nil {
			post.Holder = *p.Holder
		}
		g.Posts = append(g.Posts, post)
	}
	return g
}

// zoned gives every area its units. An area none of whose units is in view is
// left out.
func zoned(areas []db.Area, zones []db.AreaGridsRow) []tenant.Area {
	var out []tenant.Area
	for _, a := range areas {
		area := tenant.Area{ID: int(a.ID), Name: a.Name, Leader: tenant.PostKind(a.Leader)}
		for _, z := range zones {
			if z.AreaID == a.ID {
				area.Grids = append(area.Grids, int(z.GridID))
			}
		}
		if len(area.Grids) > 0 {
			out = append(out, area)
		}
	}
	return out
}

// body counts the seats of a committee from the posts that stand on its unit.
func body(g tenant.Grid, gridID int, name string, kind tenant.PostKind) tenant.Body {
	b := tenant.Body{GridID: gridID, Name: name}
	for _, p := range g.Posts {
		if p.GridID == gridID && p.Kind == kind {
			b.Seats++
		}
	}
	return b
}

// collect queues a query and puts its rows, column by column, into out.
func collect[Row any](b *pgx.Batch, out *[]Row, text string) {
	b.Queue(text).Query(func(rows pgx.Rows) (err error) {
		*out, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Row])
		return err
	})
}

func whole(n *int32) *int {
	if n == nil {
		return nil
	}
	return new(int(*n))
}
