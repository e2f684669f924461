package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/store/db"
)

// Roster reads the people whose posts the actor may see, with all that they
// hold and held there.
func (s *Store) Roster(ctx context.Context, access Access) (tenant.Actor, tenant.Roster, error) {
	var rows rosterRows
	actor, err := s.view(ctx, access, rows.queue)
	if err != nil {
		return tenant.Actor{}, tenant.Roster{}, fmt.Errorf("read roster: %w", err)
	}
	roster, err := rows.roster()
	return actor, roster, err
}

// rosterRows are the rows that a roster is put together from.
type rosterRows struct {
	placeRows
	people   []db.PeopleRow
	holdings []db.HoldingsRow
	accounts []db.AccountsRow
}

func (r *rosterRows) queue(b *pgx.Batch) {
	r.placeRows.queue(b)
	collect(b, &r.people, db.People)
	collect(b, &r.holdings, db.Holdings)
	collect(b, &r.accounts, db.Accounts)
}

func (r *rosterRows) roster() (tenant.Roster, error) {
	place, err := r.place()
	if err != nil {
		return tenant.Roster{}, err
	}
	roster, index := tenant.Roster{Place: place, People: make([]tenant.Person, len(r.people))}, map[int32]int{}
	for i, p := range r.people {
		roster.People[i] = tenant.Person{ID: int(p.ID), Name: p.Name, Phone: p.Phone}
		index[p.ID] = i
	}
	for _, a := range r.accounts {
		if i, found := index[a.PersonID]; found {
			roster.People[i].Account = &tenant.Account{Login: a.Login, MustChange: a.MustChange, Disabled: a.Disabled}
		}
	}
	for _, h := range r.holdings {
		i, found := index[h.PersonID]
		if !found {
			continue
		}
		roster.People[i].Holdings = append(roster.People[i].Holdings, tenant.Holding{
			Source: h.Source, ID: int(h.ID), Kind: tenant.PostKind(h.Kind), GridID: int(h.GridID), PostID: int(h.PostID),
			Households: int(h.Households), Begins: h.BeginsOn, Ends: h.EndsOn, Reason: h.Reason,
		})
	}
	return roster, nil
}

// An Enrolment is what is to change in who holds what: first what ends, then
// what begins.
type Enrolment struct {
	Ends  []Ending
	Rows  []tenant.RosterRow
	Words tenant.RosterWords
	Today time.Time
}

// An Ending is a tenure or a sponsorship that ends on a day, for a reason.
type Ending struct {
	Source string
	ID     int
	Day    time.Time
	Reason string
}

// A RosterError is all that is to be corrected in an enrolment. It is
// [tenant.ErrInvalid] for whoever doesn't look closer.
type RosterError []tenant.RosterFault

func (e RosterError) Error() string { return fmt.Sprintf("%d rows or fields are not right", len(e)) }

// Is makes it [tenant.ErrInvalid].
func (e RosterError) Is(target error) bool { return target == tenant.ErrInvalid }

// Enrol ends and begins what the enrolment says, all of it or nothing, and
// returns how much began. It returns [RosterError] with every fault of the rows,
// [tenant.ErrForbidden] for a post that the actor may not touch, and
// [tenant.ErrConflict] when a seat was taken meanwhile or nobody would be left
// to manage the town's people.
func (s *Store) Enrol(ctx context.Context, access Access, e Enrolment) (int, error) {
	added := 0
	err := s.change(ctx, access, func(actor tenant.Actor, tx pgx.Tx) error {
		for _, end := range e.Ends {
			err := s.q.HoldingEnd(ctx, tx, db.HoldingEndParams{
				Source: end.Source, Holding: int32(end.ID), EndsOn: end.Day, Reason: end.Reason, //nolint:gosec // an id that does not fit is nobody's
			})
			if err != nil {
				return err
			}
		}
		if len(e.Rows) == 0 {
			return nil
		}
		roster, known, err := s.enrolled(ctx, tx, e.Rows)
		if err != nil {
			return err
		}
		entries, faults := tenant.PlanRoster(e.Rows, roster, known, e.Words, actor, tenant.Day(e.Today))
		if len(faults) > 0 {
			return RosterError(faults)
		}
		text, err := json.Marshal(entries)
		if err != nil {
			return fmt.Errorf("encode roster: %w", err)
		}
		n, err := s.q.RosterAdd(ctx, tx, text)
		added = int(n)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("enrol: %w", err)
	}
	return added, nil
}

// enrolled reads, inside a change, the town as it is and those of its people
// whom the rows name.
func (s *Store) enrolled(ctx context.Context, tx pgx.Tx, typed []tenant.RosterRow) (tenant.Roster, []tenant.Known, error) {
	names, phones := make([]string, 0, len(typed)), make([]string, 0, len(typed))
	for _, row := range typed {
		row = row.Tidy()
		names = append(names, row.Name)
		if row.Phone != "" {
			phones = append(phones, row.Phone)
		}
	}
	var rows rosterRows
	var known []tenant.Known
	batch := &pgx.Batch{}
	rows.queue(batch)
	batch.Queue("select id, name, phone, has_phone from roster_people($1, $2)", names, phones).Query(func(found pgx.Rows) (err error) {
		known, err = pgx.CollectRows(found, pgx.RowToStructByPos[tenant.Known])
		return err
	})
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return tenant.Roster{}, nil, err
	}
	roster, err := rows.roster()
	return roster, known, err
}

// ChangePerson gives somebody another name, and another phone unless phone is
// empty. It returns [tenant.ErrInvalid] for what is no name or no phone, and
// [tenant.ErrForbidden] when the actor may not.
func (s *Store) ChangePerson(ctx context.Context, access Access, person int, name, phone string) error {
	row := tenant.RosterRow{Name: name, Phone: phone}.Tidy()
	if !tenant.IsName(row.Name) || row.Phone != "" && !tenant.IsPhone(row.Phone) {
		return fmt.Errorf("change person %d: %w", person, tenant.ErrInvalid)
	}
	err := s.change(ctx, access, func(_ tenant.Actor, tx pgx.Tx) error {
		changed, err := s.q.PersonChange(ctx, tx, int32(person), row.Name, row.Phone) //nolint:gosec // an id that does not fit is nobody's
		if err == nil && !changed {
			return tenant.ErrForbidden
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("change person %d: %w", person, err)
	}
	return nil
}

// RevealPhone shows a number to somebody who says why, and keeps in the access
// log who asked for whose. It returns [tenant.ErrInvalid] for an empty reason
// and [tenant.ErrNotFound] for a number that is not there or not for the actor.
func (s *Store) RevealPhone(ctx context.Context, access Access, person int, reason string) (string, error) {
	reason = strings.Join(strings.Fields(reason), " ")
	if n := len([]rune(reason)); n < 2 || n > 100 {
		return "", fmt.Errorf("reveal phone of person %d: %w", person, tenant.ErrInvalid)
	}
	phone := ""
	err := s.change(ctx, access, func(_ tenant.Actor, tx pgx.Tx) (err error) {
		phone, err = s.q.PhoneReveal(ctx, tx, int32(person), reason) //nolint:gosec // an id that does not fit is nobody's
		return err
	})
	if err == nil && phone == "" {
		err = tenant.ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("reveal phone of person %d: %w", person, err)
	}
	return phone, nil
}
