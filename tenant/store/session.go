package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/store/db"
)

// SessionLength is how long somebody stays signed in: one working day.
const SessionLength = 12 * time.Hour

// tokenSize is the length of a session's token and of a device's, in bytes.
const tokenSize = 32

// An Attempt is what somebody enters to sign in, and what the browser has
// remembered from an earlier time.
type Attempt struct {
	Login    string
	Password string
	Device   string // from an earlier Session; empty in a browser that is new to the town
}

// A Session is what a browser keeps: the token that says who is signed in, and
// the device that lets this browser try apart from all others.
type Session struct {
	Token   string
	Device  string
	Expires time.Time
}

// SignIn opens a session. It returns [tenant.ErrInvalid] for a wrong login, a
// wrong password, a disabled account and one without a post, all alike and
// after the same time; and for a right password during the wait after wrong
// ones. Only a browser that has signed in to the account before is told about
// the wait, with [tenant.ErrTooSoon]: to others it would tell that the login
// exists.
func (s *Store) SignIn(ctx context.Context, a Attempt, now time.Time) (Session, error) {
	pool, err := s.conns(ctx)
	if err != nil {
		return Session{}, err
	}
	account, err := s.try(ctx, pool, a, now)
	if err != nil {
		return Session{}, fmt.Errorf("sign in: %w", err)
	}
	session, err := s.openSession(ctx, pool, account, a.Device, now)
	if err != nil {
		return Session{}, fmt.Errorf("sign in: %w", err)
	}
	return session, nil
}

// SignOut ends a session. It is no error when there is none.
func (s *Store) SignOut(ctx context.Context, token string) error {
	pool, err := s.conns(ctx)
	if err != nil {
		return err
	}
	if err := s.q.SessionClose(ctx, pool, Access{Token: token}.token()); err != nil {
		return fmt.Errorf("sign out: %w", translate(err))
	}
	return nil
}

// ChangePassword replaces the actor's password, ends every session of the
// account and opens a new one. a holds the password until now and the device;
// its login is the actor's own and is not read. Besides what [Store.SignIn]
// returns for the old password it returns a [tenant.PasswordFault] as
// [WeakPasswordError].
func (s *Store) ChangePassword(ctx context.Context, access Access, a Attempt, password string, now time.Time) (Session, error) {
	actor, err := s.view(ctx, access, nil)
	if err != nil {
		return Session{}, fmt.Errorf("change password: %w", err)
	}
	pool, err := s.conns(ctx)
	if err != nil {
		return Session{}, err
	}
	a.Login = actor.Login
	if fault := tenant.FaultOf(password, a.Login, a.Password); fault != "" {
		return Session{}, fmt.Errorf("change password: %w", WeakPasswordError(fault))
	}
	if _, err := s.try(ctx, pool, a, now); err != nil {
		return Session{}, fmt.Errorf("change password: %w", err)
	}
	hash, err := s.hasher.Hash(ctx, password)
	if err != nil {
		return Session{}, fmt.Errorf("change password: %w", translate(err))
	}
	var session Session
	err = s.change(ctx, access, func(actor tenant.Actor, tx pgx.Tx) error {
		changed, err := s.q.OwnPasswordSet(ctx, tx, hash, s.proof("password", actor.AccountID, hash))
		if err != nil {
			return err
		}
		if !changed {
			return errUnproven
		}
		session, err = s.openSession(ctx, tx, actor.AccountID, a.Device, now)
		return err
	})
	if err != nil {
		return Session{}, fmt.Errorf("change password: %w", err)
	}
	return session, nil
}

// A WeakPasswordError says why a new password was not taken. It is
// [tenant.ErrInvalid] for whoever doesn't look closer.
type WeakPasswordError tenant.PasswordFault

func (w WeakPasswordError) Error() string { return "password is " + string(w) }

// Is makes every weak password [tenant.ErrInvalid].
func (w WeakPasswordError) Is(target error) bool { return target == tenant.ErrInvalid }

// errUnproven says that the town's key and ours differ: it was changed in the
// database and not here, or the other way about.
var errUnproven = errors.New("town does not accept our signing key")

// try counts a try, then checks the password. It returns the account when the
// password is right.
func (s *Store) try(ctx context.Context, conn db.DBTX, a Attempt, now time.Time) (int, error) {
	login := strings.ToLower(strings.TrimSpace(a.Login))
	device := hashToken(a.Device)
	waits := make([]int32, 0, 16)
	for _, wait := range tenant.Waits() {
		waits = append(waits, int32(wait.Seconds()))
	}
	var (
		account int
		hash    *string
		known   bool
		retryAt *time.Time
	)
	err := conn.QueryRow(ctx,
		"select account_id, password_hash, known, retry_at from sign_in_try($1, $2, $3, $4, $5)",
		login, device, now, waits, s.proof("try", login, device, now.Unix(), joined(waits)),
	).Scan(&account, &hash, &known, &retryAt)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return 0, translate(err)
	}
	if hash == nil {
		hash = new(string) // work for nothing, so that time tells nothing
	}
	right, err := s.hasher.Verify(ctx, *hash, a.Password)
	switch {
	case err != nil:
		return 0, translate(err)
	case retryAt != nil && known:
		return 0, TooSoonError{Until: *retryAt}
	case !right:
		return 0, tenant.ErrInvalid
	}
	return account, nil
}

// A TooSoonError says when the next try is heard. It is [tenant.ErrTooSoon] for
// whoever doesn't look closer.
type TooSoonError struct{ Until time.Time }

func (e TooSoonError) Error() string { return tenant.ErrTooSoon.Error() }

// Is makes it [tenant.ErrTooSoon].
func (e TooSoonError) Is(target error) bool { return target == tenant.ErrTooSoon }

// openSession makes a token, proves to the database that we made it, and keeps
// the device that the browser has or gives it one.
func (s *Store) openSession(ctx context.Context, conn db.DBTX, account int, device string, now time.Time) (Session, error) {
	session := Session{Token: newToken(), Device: device, Expires: now.Add(SessionLength)}
	if len(hashToken(device)) == 0 {
		session.Device = newToken()
	}
	token, from := hashToken(session.Token), hashToken(session.Device)
	opened, err := s.q.SessionOpen(ctx, conn, db.SessionOpenParams{
		AccountID: int32(account), //nolint:gosec // it came from the database as one
		TokenHash: token, Device: from, ExpiresAt: session.Expires,
		Proof: s.proof("session", account, token, from, session.Expires.Unix()),
	})
	switch {
	case err != nil:
		return Session{}, translate(err)
	case !opened:
		return Session{}, errUnproven
	}
	return session, nil
}

// proof signs a statement as the database's function proven reads it: its parts
// joined by bars, bytes as hex.
func (s *Store) proof(parts ...any) []byte {
	texts := make([]string, len(parts))
	for i, part := range parts {
		if raw, ok := part.([]byte); ok {
			texts[i] = hex.EncodeToString(raw)
		} else {
			texts[i] = fmt.Sprint(part)
		}
	}
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(strings.Join(texts, "|")))
	return mac.Sum(nil)
}

func joined(numbers []int32) string {
	return strings.Join(strings.Fields(strings.Trim(fmt.Sprint(numbers), "[]")), ",")
}

func newToken() string {
	raw := make([]byte, tokenSize)
	_, _ = rand.Read(raw) // never fails: the program ends if the system has no randomness
	return base64.RawURLEncoding.EncodeToString(raw)
}

// hashToken is what the database keeps of a token: nothing of a text that is
// none of ours.
func hashToken(token string) []byte {
	raw := Access{Token: token}.token()
	if len(raw) == 0 {
		return []byte{}
	}
	sum := sha256.Sum256(raw)
	return sum[:]
}
