package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/credential"
	"github.com/daliu-governance/daliu/tenant/store/db"
)

// loginForm is what a login looks like; the database holds to it too.
var loginForm = regexp.MustCompile(`^[a-z][a-z0-9._-]{1,31}$`)

// IssuePassword gives somebody of the town a one-time password, and an account
// under that login where there is none yet; whoever was signed in to it is out.
// The password is told here once and is nowhere else. It returns
// [tenant.ErrInvalid] for what is no login, [tenant.ErrConflict] for one that is
// taken, and [tenant.ErrForbidden] when the account is not the actor's to keep.
func (s *Store) IssuePassword(ctx context.Context, access Access, person int, login string) (string, error) {
	login = strings.ToLower(strings.TrimSpace(login))
	if _, err := s.view(ctx, access, nil); err != nil { // before the work of hashing
		return "", fmt.Errorf("issue password: %w", err)
	}
	if !loginForm.MatchString(login) {
		return "", fmt.Errorf("issue password: %w", tenant.ErrInvalid)
	}
	password, err := credential.OneTimePassword(rand.Reader)
	if err != nil {
		return "", fmt.Errorf("issue password: %w", err)
	}
	hash, err := s.hasher.Hash(ctx, password)
	if err != nil {
		return "", fmt.Errorf("issue password: %w", translate(err))
	}
	err = s.change(ctx, access, func(actor tenant.Actor, tx pgx.Tx) error {
		issued, err := s.q.AccountIssue(ctx, tx, db.AccountIssueParams{
			Person: int32(person), Login: login, Hash: hash, //nolint:gosec // an id that does not fit is nobody's
			Proof: s.proof("issue", actor.AccountID, person, login, hash),
		})
		if err == nil && !issued {
			return tenant.ErrForbidden
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("issue password: %w", err)
	}
	return password, nil
}

// SwitchAccount disables somebody's account, or enables it again. Whoever was
// signed in to it is out. It returns [tenant.ErrForbidden] when there is none or
// it is not the actor's to keep.
func (s *Store) SwitchAccount(ctx context.Context, access Access, person int, enabled bool) error {
	err := s.change(ctx, access, func(_ tenant.Actor, tx pgx.Tx) error {
		switched, err := s.q.AccountSwitch(ctx, tx, int32(person), enabled) //nolint:gosec // an id that does not fit is nobody's
		if err == nil && !switched {
			return tenant.ErrForbidden
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("switch account of person %d: %w", person, err)
	}
	return nil
}
