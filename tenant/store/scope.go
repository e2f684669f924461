package store

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/daliu-governance/daliu/tenant"
)

// An Access is what a caller shows to be let in: the token of a session, and
// the permission that the page or the command needs. An Access that names no
// permission is refused.
type Access struct {
	Token string
	Need  tenant.Permission
}

const enterText = "select account_id, person_id, login, person_name, must_change, posts from enter($1)"

// view reads as the account behind a session. Begin, enter, what queue adds and
// commit travel in one round trip; nothing that queue added is looked at unless
// the actor has the permission. It returns [tenant.ErrNotSignedIn],
// [tenant.ErrForbidden] or [tenant.ErrMustChange] when the actor is not let in.
func (s *Store) view(ctx context.Context, access Access, queue func(*pgx.Batch)) (tenant.Actor, error) {
	pool, err := s.conns(ctx)
	if err != nil {
		return tenant.Actor{}, err
	}
	var actor tenant.Actor
	batch := &pgx.Batch{}
	batch.Queue("begin read only")
	batch.Queue(enterText, access.token()).Query(enter(&actor, access.Need))
	if queue != nil {
		queue(batch)
	}
	batch.Queue("commit")
	if err := pool.SendBatch(ctx, batch).Close(); err != nil {
		return tenant.Actor{}, translate(err)
	}
	return actor, nil
}

// change writes as the account behind a session, all of it or nothing. The
// audit names that account. It refuses like view.
func (s *Store) change(ctx context.Context, access Access, do func(tenant.Actor, pgx.Tx) error) error {
	pool, err := s.conns(ctx)
	if err != nil {
		return err
	}
	var actor tenant.Actor
	batch := &pgx.Batch{}
	batch.BeginTx(pgx.TxOptions{})
	batch.Queue(enterText, access.token()).Query(enter(&actor, access.Need))
	results := pool.SendBatch(ctx, batch)
	tx := results.Tx()
	if err := results.Close(); err != nil {
		rollback(ctx, tx)
		return translate(err)
	}
	if err := do(actor, tx); err != nil {
		rollback(ctx, tx)
		return translate(err)
	}
	return translate(tx.Commit(ctx))
}

// rollback ends a transaction even when ctx has ended already. Its own failure
// is no news: the connection is gone, and the transaction with it.
func rollback(ctx context.Context, tx pgx.Tx) {
	if tx != nil {
		_ = tx.Rollback(context.WithoutCancel(ctx))
	}
}

// enter reads who the session belongs to and stops the batch unless that actor
// has the permission.
func enter(actor *tenant.Actor, need tenant.Permission) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		found, err := pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (a tenant.Actor, err error) {
			err = row.Scan(&a.AccountID, &a.PersonID, &a.Login, &a.Name, &a.MustChange, &a.Posts)
			return a, err
		})
		if errors.Is(err, pgx.ErrNoRows) {
			return tenant.ErrNotSignedIn
		}
		if err != nil {
			return fmt.Errorf("enter: %w", err)
		}
		*actor = found
		return found.Allow(need)
	}
}

// token is the session's secret as the database knows it. A text that is no
// token of ours becomes one that no session has.
func (a Access) token() []byte {
	raw, err := base64.RawURLEncoding.DecodeString(a.Token)
	if err != nil || len(raw) != tokenSize {
		return []byte{}
	}
	return raw
}
